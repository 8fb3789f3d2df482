"""Writes the trained chat model as a GGUF file that llama.cpp loads.

python export_chat.py out/chat ../spinfer/builtin/chat.gguf
"""

import argparse
import json
from pathlib import Path

import gguf
import numpy as np
import torch
from model import ChatModel, ChatShape
from tokenizer import BEGIN, END, UNKNOWN, Tokenizer

CHAT_TEMPLATE = (
    "{% for message in messages %}"
    "{{ '<|im_start|>' + message['role'] + '\\n' + message['content'] + '<|im_end|>' + '\\n' }}"
    "{% endfor %}"
    "{% if add_generation_prompt %}{{ '<|im_start|>assistant\\n' }}{% endif %}"
)


def load_tokenizer(folder: Path) -> Tokenizer:
    """The tokenizer that a training run left behind."""
    stored = json.loads((folder / "tokenizer.json").read_text())
    return Tokenizer(tuple(stored["pieces"]), tuple(stored["scores"]))


def load_model(folder: Path, tokenizer: Tokenizer) -> ChatModel:
    """The weights that a training run left behind."""
    model = ChatModel(ChatShape(vocab=len(tokenizer.pieces)))
    model.load_state_dict(torch.load(folder / "model.pt", weights_only=True))
    return model.eval()


def export(folder: Path, target: Path) -> None:
    """Read tokenizer.json and model.pt from `folder`, write `target`."""
    tokenizer = load_tokenizer(folder)
    model = load_model(folder, tokenizer)
    writer = gguf.GGUFWriter(target, "llama")
    _write_metadata(writer, model.shape)
    _write_tokenizer(writer, tokenizer)
    for name, tensor in _named_tensors(model).items():
        writer.add_tensor(name, tensor.astype(np.float32 if tensor.ndim == 1 else np.float16))
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


def _write_metadata(writer: gguf.GGUFWriter, shape: ChatShape) -> None:
    writer.add_name("spinfer built-in chat")
    writer.add_description("A very small chat model, trained from scratch on generated text")
    writer.add_license("Apache-2.0")
    writer.add_size_label("4M")
    writer.add_context_length(shape.context)
    writer.add_embedding_length(shape.width)
    writer.add_block_count(shape.layers)
    writer.add_feed_forward_length(shape.feed_forward)
    writer.add_head_count(shape.heads)
    writer.add_head_count_kv(shape.heads)
    writer.add_rope_dimension_count(shape.head_width)
    writer.add_rope_freq_base(shape.rope_base)
    writer.add_layer_norm_rms_eps(shape.norm_eps)
    writer.add_vocab_size(shape.vocab)
    writer.add_file_type(gguf.LlamaFileType.MOSTLY_F16)


def _write_tokenizer(writer: gguf.GGUFWriter, tokenizer: Tokenizer) -> None:
    writer.add_tokenizer_model("llama")
    writer.add_token_list(list(tokenizer.pieces))
    writer.add_token_scores(list(tokenizer.scores))
    writer.add_token_types([int(kind) for kind in tokenizer.kinds])
    writer.add_bos_token_id(BEGIN)
    writer.add_eos_token_id(END)
    writer.add_eot_token_id(END)
    writer.add_unk_token_id(UNKNOWN)
    writer.add_pad_token_id(UNKNOWN)
    writer.add_add_bos_token(True)
    writer.add_add_eos_token(False)
    writer.add_add_space_prefix(False)
    writer.add_chat_template(CHAT_TEMPLATE)


def _named_tensors(model: ChatModel) -> dict[str, np.ndarray]:
    """The weights under llama.cpp's names; the output matrix is the embedding, so it is not stored."""
    shape = model.shape
    tensors = {"token_embd.weight": model.embedding.weight, "output_norm.weight": model.norm}
    for i, block in enumerate(model.blocks):
        tensors |= {
            f"blk.{i}.attn_norm.weight": block.attention_norm,
            f"blk.{i}.attn_q.weight": _neighbours(block.attention.q.weight, shape),
            f"blk.{i}.attn_k.weight": _neighbours(block.attention.k.weight, shape),
            f"blk.{i}.attn_v.weight": block.attention.v.weight,
            f"blk.{i}.attn_output.weight": block.attention.out.weight,
            f"blk.{i}.ffn_norm.weight": block.feed_forward_norm,
            f"blk.{i}.ffn_gate.weight": block.gate.weight,
            f"blk.{i}.ffn_up.weight": block.up.weight,
            f"blk.{i}.ffn_down.weight": block.down.weight,
        }
    return {name: tensor.detach().float().numpy() for name, tensor in tensors.items()}


def _neighbours(weight: torch.Tensor, shape: ChatShape) -> torch.Tensor:
    """Rows of each head from (i, i + half) pairs to neighbours, as llama.cpp rotates them."""
    half = shape.head_width // 2
    heads = weight.view(shape.heads, 2, half, shape.width)
    return heads.transpose(1, 2).reshape(weight.shape)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("target", type=Path)
    arguments = parser.parse_args()
    export(arguments.folder, arguments.target)
    print(f"{arguments.target}: {arguments.target.stat().st_size / 1e6:.2f} MB")


if __name__ == "__main__":
    main()
