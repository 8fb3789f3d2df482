"""Writes a BERT model as GGUF: the only module that imports gguf."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import gguf
import numpy as np
from numpy.typing import NDArray

from spinfer.conversion.bert_model import BertModel
from spinfer.conversion.bert_tensors import Move
from spinfer.conversion.sentence_recipe import Pooling
from spinfer.conversion.wordpiece import WordPiece

Weights = Callable[[Move], NDArray[np.float32]]
"""The tensor that a Move takes, whole, in its `shape`."""

_POOLING = {
    Pooling.MEAN: gguf.PoolingType.MEAN,
    Pooling.CLS: gguf.PoolingType.CLS,
    Pooling.LAST: gguf.PoolingType.LAST,
}


def write(
    path: Path, name: str, model: BertModel, weights: Weights, progress: Callable[[float], None]
) -> None:
    """Write the whole file, one tensor in memory at a time. `progress` hears numbers up to 1.

    Raises OSError, and whatever `weights` raises; what was written by then is left behind.
    """
    writer = gguf.GGUFWriter(path, "bert")
    try:
        writer.add_name(name)
        _describe(writer, model)
        _describe_tokenizer(writer, model.tokenizer)
        for move in model.moves:
            kept = (move.rows, *move.shape[1:])
            kind = _kind(move)
            writer.add_tensor_info(move.target, kept, kind, int(np.prod(kept)) * kind.itemsize)
        writer.write_header_to_file()
        writer.write_kv_data_to_file()
        writer.write_ti_data_to_file()
        for part, tensor in _converted(model.moves, weights):
            writer.write_tensor_data(tensor)
            progress(part)
    finally:
        writer.close()


def _converted(moves: Sequence[Move], weights: Weights) -> Iterator[tuple[float, NDArray[Any]]]:
    """Each tensor, and what part of all bytes is done with it."""
    total = sum(int(np.prod(move.shape)) for move in moves)
    done = 0
    for move in moves:
        done += int(np.prod(move.shape))
        yield done / total, np.ascontiguousarray(weights(move)[: move.rows], _kind(move))


def _kind(move: Move) -> np.dtype[Any]:
    return np.dtype(np.float16 if move.half else np.float32)


def _describe(writer: gguf.GGUFWriter, model: BertModel) -> None:
    shape = model.shape
    writer.add_context_length(model.context_tokens)
    writer.add_embedding_length(shape.width)
    writer.add_block_count(shape.layers)
    writer.add_feed_forward_length(shape.feed_forward)
    writer.add_head_count(shape.heads)
    writer.add_layer_norm_eps(shape.norm_eps)
    writer.add_causal_attention(False)
    writer.add_pooling_type(_POOLING[model.pooling])
    writer.add_token_type_count(shape.token_types)
    writer.add_vocab_size(shape.tokens)
    writer.add_file_type(gguf.LlamaFileType.MOSTLY_F16)


def _describe_tokenizer(writer: gguf.GGUFWriter, tokenizer: WordPiece) -> None:
    specials = tokenizer.specials
    writer.add_tokenizer_model("bert")
    writer.add_tokenizer_pre("default")
    writer.add_token_list(tokenizer.tokens)
    writer.add_token_types([_token_kind(tokenizer, index) for index in range(len(tokenizer.tokens))])
    writer.add_pad_token_id(specials.pad)
    writer.add_unk_token_id(specials.unknown)
    writer.add_bos_token_id(specials.cls)
    writer.add_sep_token_id(specials.separator)
    writer.add_eos_token_id(specials.separator)
    writer.add_mask_token_id(specials.mask)
    writer.add_add_bos_token(True)
    writer.add_add_eos_token(True)
    writer.add_bool("tokenizer.ggml.normalizer.lowercase", tokenizer.lower)
    writer.add_bool("tokenizer.ggml.normalizer.strip_accents", tokenizer.strip_accents)


def _token_kind(tokenizer: WordPiece, index: int) -> gguf.TokenType:
    if index in tokenizer.unused:
        return gguf.TokenType.UNUSED
    return gguf.TokenType.CONTROL if index in tokenizer.control else gguf.TokenType.NORMAL
