"""Writes the trained embedding model as a GGUF file that llama.cpp loads.

python export_embedding.py out/embedding ../spinfer/builtin/embedding.gguf
"""

import argparse
import json
from pathlib import Path

import gguf
import numpy as np
import torch
from embedder import Embedder, EmbedderShape, EncoderBlock
from wordpiece import CLASS, MASK, PAD, SEPARATOR, SPECIALS, UNKNOWN, WordPiece


def load(folder: Path) -> tuple[WordPiece, Embedder]:
    """The tokenizer and the weights that a training run left behind."""
    tokenizer = WordPiece(tuple(json.loads((folder / "vocabulary.json").read_text())))
    model = Embedder(EmbedderShape(vocab=len(tokenizer.pieces)))
    model.load_state_dict(torch.load(folder / "model.pt", weights_only=True))
    return tokenizer, model.eval()


def export(folder: Path, target: Path) -> None:
    """Read vocabulary.json and model.pt from `folder`, write `target`."""
    tokenizer, model = load(folder)
    writer = gguf.GGUFWriter(target, "bert")
    _write_metadata(writer, model.shape)
    _write_tokenizer(writer, tokenizer)
    for name, tensor in _named_tensors(model).items():
        matrix = tensor.ndim == 2 and name not in {"position_embd.weight", "token_types.weight"}
        writer.add_tensor(name, tensor.astype(np.float16 if matrix else np.float32))
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


def _write_metadata(writer: gguf.GGUFWriter, shape: EmbedderShape) -> None:
    writer.add_name("spinfer built-in embedding")
    writer.add_description("A very small sentence embedding model, trained from scratch on generated text")
    writer.add_license("Apache-2.0")
    writer.add_size_label("1M")
    writer.add_context_length(shape.context)
    writer.add_embedding_length(shape.width)
    writer.add_block_count(shape.layers)
    writer.add_feed_forward_length(shape.feed_forward)
    writer.add_head_count(shape.heads)
    writer.add_layer_norm_eps(shape.norm_eps)
    writer.add_causal_attention(False)
    writer.add_pooling_type(gguf.PoolingType.MEAN)
    writer.add_vocab_size(shape.vocab)
    writer.add_file_type(gguf.LlamaFileType.MOSTLY_F16)


def _write_tokenizer(writer: gguf.GGUFWriter, tokenizer: WordPiece) -> None:
    control = [gguf.TokenType.CONTROL] * len(SPECIALS)
    writer.add_tokenizer_model("bert")
    writer.add_token_list(list(tokenizer.pieces))
    writer.add_token_types([*control, *[gguf.TokenType.NORMAL] * (len(tokenizer.pieces) - len(SPECIALS))])
    writer.add_token_type_count(2)
    writer.add_pad_token_id(PAD)
    writer.add_unk_token_id(UNKNOWN)
    writer.add_bos_token_id(CLASS)
    writer.add_sep_token_id(SEPARATOR)
    writer.add_eos_token_id(SEPARATOR)
    writer.add_mask_token_id(MASK)
    writer.add_add_bos_token(True)
    writer.add_add_eos_token(True)


def _named_tensors(model: Embedder) -> dict[str, np.ndarray]:
    """The weights under llama.cpp's names."""
    tensors = {
        "token_embd.weight": model.tokens.weight,
        "token_types.weight": model.types,
        "position_embd.weight": model.positions.weight,
        "token_embd_norm.weight": model.norm.weight,
        "token_embd_norm.bias": model.norm.bias,
    }
    for i, block in enumerate(model.blocks):
        for name, layer in _named_layers(block).items():
            tensors[f"blk.{i}.{name}.weight"] = layer.weight
            tensors[f"blk.{i}.{name}.bias"] = layer.bias
    return {name: tensor.detach().numpy() for name, tensor in tensors.items()}


def _named_layers(block: EncoderBlock) -> dict[str, torch.nn.Module]:
    return {
        "attn_q": block.q,
        "attn_k": block.k,
        "attn_v": block.v,
        "attn_output": block.out,
        "attn_output_norm": block.attention_norm,
        "ffn_up": block.up,
        "ffn_down": block.down,
        "layer_output_norm": block.norm,
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("target", type=Path)
    arguments = parser.parse_args()
    export(arguments.folder, arguments.target)
    print(f"{arguments.target}: {arguments.target.stat().st_size / 1e6:.2f} MB")


if __name__ == "__main__":
    main()
