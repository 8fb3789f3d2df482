"""Model files small enough to write in a test: random weights from a seed, real tokenizers, valid GGUF."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Literal

import gguf
import numpy as np

CHAT_TEMPLATE = (
    "{% for message in messages %}<|{{ message.role }}|>{{ message.content }}\n{% endfor %}"
    "{% if add_generation_prompt %}<|assistant|>{% endif %}"
)
_WORDS = ("▁the", "▁a", "▁cat", "▁dog", "▁sat", "▁ran", "he", "er", "in", "on", "ing", "▁")


def write_llama(
    path: Path,
    *,
    seed: int = 0,
    context: int = 512,
    width: int = 32,
    layers: int = 2,
    feed_forward: int = 64,
    template: str | None = CHAT_TEMPLATE,
    words: int = 0,
    quantize: bool = False,
    bytes_known: int = 256,
    metadata: Mapping[str, int] | None = None,
) -> Path:
    """A llama-architecture model with a byte-level SentencePiece vocabulary of some 270 tokens.

    `words` adds that many tokens; with `quantize` the matrices are Q8_0. With fewer than 256 `bytes_known`
    the tokenizer is broken. `metadata` adds keys, such as `llama.pooling_type`.
    """
    random = np.random.default_rng(seed)
    writer = gguf.GGUFWriter(path, "llama")
    size = _sentencepiece(writer, words, bytes_known)
    for key, value in (metadata or {}).items():
        writer.add_uint32(key, value)
    heads = max(1, width // 16) if width <= 64 else width // 64
    writer.add_context_length(context)
    writer.add_embedding_length(width)
    writer.add_block_count(layers)
    writer.add_feed_forward_length(feed_forward)
    writer.add_head_count(heads)
    writer.add_head_count_kv(heads)
    writer.add_rope_dimension_count(width // heads)
    writer.add_layer_norm_rms_eps(1e-5)
    writer.add_vocab_size(size)
    if template is not None:
        writer.add_chat_template(template)

    def matrix(name: str, rows: int, columns: int, scale: float) -> None:
        values = (random.standard_normal((rows, columns), np.float32) * scale).astype(np.float32)
        if quantize:
            kind = gguf.GGMLQuantizationType.Q8_0
            writer.add_tensor(name, gguf.quants.quantize(values, kind), raw_dtype=kind)
        else:
            writer.add_tensor(name, values)

    matrix("token_embd.weight", size, width, 1.0)
    matrix("output.weight", size, width, 2.0 / np.sqrt(width))
    writer.add_tensor("output_norm.weight", np.ones(width, np.float32))
    for layer in range(layers):
        for name in ("attn_q", "attn_k", "attn_v", "attn_output"):
            matrix(f"blk.{layer}.{name}.weight", width, width, 1.5 / np.sqrt(width))
        matrix(f"blk.{layer}.ffn_gate.weight", feed_forward, width, 1.5 / np.sqrt(width))
        matrix(f"blk.{layer}.ffn_up.weight", feed_forward, width, 1.5 / np.sqrt(width))
        matrix(f"blk.{layer}.ffn_down.weight", width, feed_forward, 1.5 / np.sqrt(feed_forward))
        for name in ("attn_norm", "ffn_norm"):
            writer.add_tensor(f"blk.{layer}.{name}.weight", np.ones(width, np.float32))
    return _write(writer, path)


def write_bert(
    path: Path,
    *,
    seed: int = 0,
    context: int = 64,
    width: int = 32,
    layers: int = 2,
    pooling: Literal["mean", "cls", None] = "mean",
) -> Path:
    """A bert-architecture model with a WordPiece vocabulary of letters and a few words."""
    random = np.random.default_rng(seed)
    writer = gguf.GGUFWriter(path, "bert")
    size = _wordpiece(writer)
    writer.add_context_length(context)
    writer.add_embedding_length(width)
    writer.add_block_count(layers)
    writer.add_feed_forward_length(2 * width)
    writer.add_head_count(2)
    writer.add_layer_norm_eps(1e-12)
    writer.add_causal_attention(False)
    writer.add_vocab_size(size)
    if pooling is not None:
        writer.add_pooling_type(gguf.PoolingType.MEAN if pooling == "mean" else gguf.PoolingType.CLS)

    def tensor(name: str, *shape: int, scale: float = 0.3) -> None:
        writer.add_tensor(name, (random.standard_normal(shape, np.float32) * scale).astype(np.float32))

    def norm(name: str) -> None:
        writer.add_tensor(f"{name}.weight", np.ones(width, np.float32))
        writer.add_tensor(f"{name}.bias", np.zeros(width, np.float32))

    tensor("token_embd.weight", size, width)
    tensor("position_embd.weight", context, width)
    tensor("token_types.weight", 2, width)
    norm("token_embd_norm")
    for layer in range(layers):
        for name in ("attn_q", "attn_k", "attn_v", "attn_output"):
            tensor(f"blk.{layer}.{name}.weight", width, width)
            tensor(f"blk.{layer}.{name}.bias", width)
        tensor(f"blk.{layer}.ffn_up.weight", 2 * width, width)
        tensor(f"blk.{layer}.ffn_up.bias", 2 * width)
        tensor(f"blk.{layer}.ffn_down.weight", width, 2 * width)
        tensor(f"blk.{layer}.ffn_down.bias", width)
        norm(f"blk.{layer}.attn_output_norm")
        norm(f"blk.{layer}.layer_output_norm")
    return _write(writer, path)


def write_lora(
    path: Path, *, seed: int = 1, width: int = 32, layers: int = 2, rank: int = 4, architecture: str = "llama"
) -> Path:
    """A LoRA adapter for the queries and outputs of every layer of write_llama's model of that width."""
    random = np.random.default_rng(seed)
    writer = gguf.GGUFWriter(path, architecture)
    writer.add_type("adapter")
    writer.add_string("adapter.type", "lora")
    writer.add_float32("adapter.lora.alpha", float(rank))
    for layer in range(layers):
        for name in ("attn_q", "attn_output"):
            for part in ("lora_a", "lora_b"):  # (rank, width), then (width, rank)
                shape = (rank, width) if part == "lora_a" else (width, rank)
                values = random.standard_normal(shape, np.float32)
                writer.add_tensor(f"blk.{layer}.{name}.weight.{part}", values)
    return _write(writer, path)


def _sentencepiece(writer: gguf.GGUFWriter, extra: int, bytes_known: int) -> int:
    tokens: list[tuple[str, float, gguf.TokenType]] = [
        ("<unk>", 0.0, gguf.TokenType.UNKNOWN),
        ("<s>", 0.0, gguf.TokenType.CONTROL),
        ("</s>", 0.0, gguf.TokenType.CONTROL),
        ("<|user|>", 0.0, gguf.TokenType.CONTROL),
        ("<|assistant|>", 0.0, gguf.TokenType.CONTROL),
    ]
    tokens += [(f"<0x{byte:02X}>", 0.0, gguf.TokenType.BYTE) for byte in range(bytes_known)]
    tokens += [(word, -1.0 - n, gguf.TokenType.NORMAL) for n, word in enumerate(_WORDS)]
    tokens += [(f"▁w{n}", -100.0 - n, gguf.TokenType.NORMAL) for n in range(extra)]
    writer.add_tokenizer_model("llama")
    writer.add_tokenizer_pre("default")
    writer.add_token_list([text for text, _, _ in tokens])
    writer.add_token_scores([score for _, score, _ in tokens])
    writer.add_token_types([kind for _, _, kind in tokens])
    writer.add_unk_token_id(0)
    writer.add_bos_token_id(1)
    writer.add_eos_token_id(2)
    writer.add_add_bos_token(True)
    writer.add_add_space_prefix(True)
    return len(tokens)


def _wordpiece(writer: gguf.GGUFWriter) -> int:
    letters = "abcdefghijklmnopqrstuvwxyz0123456789"
    words = ("the", "cat", "dog", "sat", "ran", "on", "good", "bad")
    tokens = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]
    # converted WordPiece vocabularies mark a word's beginning, where the original marks its continuation
    tokens += [f"▁{piece}" for piece in (*letters, *words)] + list(letters)
    kinds = [gguf.TokenType.CONTROL] * 5 + [gguf.TokenType.NORMAL] * (len(tokens) - 5)
    writer.add_tokenizer_model("bert")
    writer.add_tokenizer_pre("default")
    writer.add_token_type_count(2)
    writer.add_token_list(tokens)
    writer.add_token_types(kinds)
    writer.add_pad_token_id(0)
    writer.add_unk_token_id(1)
    writer.add_bos_token_id(2)
    writer.add_sep_token_id(3)
    writer.add_mask_token_id(4)
    return len(tokens)


def _write(writer: gguf.GGUFWriter, path: Path) -> Path:
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    return path
