"""What llama.cpp would say of a model, told from its file's header alone."""

from __future__ import annotations

from spinfer.gguf_header.header import Header, LongArray, Value
from spinfer.gguf_header.summary import quantization
from spinfer.inference.engine.model_info import ModelInfo

STATES = ("ssm.inner_size", "wkv.head_size", "shortconv.l_cache")
"""Keys of architectures that keep a state for each sequence, in all of their layers or in some."""

ENCODERS = frozenset({"t5", "t5encoder", "dream", "llada", "llada-moe", "rnd1"})
"""Architectures that answer with the help of an encoder's output, or not word by word."""

ADD_BOS = frozenset({"llama", "bert"})
"""Tokenizers that put a BOS before a text unless the file says otherwise."""

LENGTHS = ("attention.key_length", "attention.value_length", "attention.sliding_window")
"""Keys that are numbers, if they are of use at all."""

TOKENS = "tokenizer.ggml.tokens"
"""The key of the vocabulary: the texts of BOS and EOS are known where the header was read with it."""


def of(header: Header, weights: int) -> ModelInfo:
    """`weights`: bytes of all of the model's files. Numbers that the file lacks are 0."""
    architecture = header.architecture or ""

    def number(key: str) -> int:
        return header.number(f"{architecture}.{key}") or 0

    tokenizer = header.text("tokenizer.ggml.model")
    adds_bos = header.metadata.get("tokenizer.ggml.add_bos_token")
    return ModelInfo(
        description=f"{architecture} {quantization([header]) or ''}".strip(),
        bytes=weights,
        trained_context=number("context_length"),
        dimensions=number("embedding_length_out") or number("embedding_length"),
        layers=number("block_count"),
        width=number("embedding_length"),
        heads=number("attention.head_count"),
        cached_heads=_cached_heads(header, architecture),
        vocabulary=_length(header.metadata.get(TOKENS)),
        adds_bos=adds_bos if isinstance(adds_bos, bool) else tokenizer in ADD_BOS,
        bos=special_token(header, "bos"),
        eos=special_token(header, "eos"),
        chat_template=header.text("tokenizer.chat_template"),
        is_recurrent=any(f"{architecture}.{key}" in header.metadata for key in STATES),
        needs_encoder=architecture in ENCODERS,
        metadata={
            key: _text(value)
            for key, value in header.metadata.items()
            if not key.endswith(LENGTHS) or isinstance(value, int)
        },
    )


def special_token(header: Header, role: str) -> str:
    """The text of the token that the file has for a role, such as `bos`; "" where it says none."""
    index, tokens = header.number(f"tokenizer.ggml.{role}_token_id"), header.metadata.get(TOKENS)
    if index is None or not isinstance(tokens, tuple) or not 0 <= index < len(tokens):
        return ""
    return str(tokens[index])


def _cached_heads(header: Header, architecture: str) -> int:
    """Of one layer; where layers differ, as many as would make up for it if they did not."""
    value = header.metadata.get(f"{architecture}.attention.head_count_kv")
    if isinstance(value, tuple):
        heads = [each for each in value if isinstance(each, int)]
        return -(-sum(heads) // len(heads)) if heads else 0
    if isinstance(value, int):
        return value
    return header.number(f"{architecture}.attention.head_count") or 0


def _length(value: Value | None) -> int:
    match value:
        case LongArray():
            return value.count
        case tuple():
            return len(value)
        case _:
            return 0


def _text(value: Value) -> str:
    """As llama.cpp writes it down."""
    match value:
        case bool():
            return "true" if value else "false"
        case LongArray():
            return f"[{value.count} items]"
        case tuple():
            return f"[{', '.join(map(_text, value))}]"
        case _:
            return str(value)
