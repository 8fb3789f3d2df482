"""What a GGUF file says of itself, read without its weights.

The format is in ggml's docs/gguf.md: magic, version, counts, then key-value pairs, then what each tensor is;
numbers are little-endian here, as in every file that is published.
"""

from __future__ import annotations

import mmap
import struct
from collections.abc import Mapping
from dataclasses import dataclass
from math import prod
from pathlib import Path

from spinfer.errors import ModelError
from spinfer.model_store.manifest import Summary

MAGIC = b"GGUF"

_FORMATS = {0: "B", 1: "b", 2: "H", 3: "h", 4: "I", 5: "i", 6: "f", 7: "?", 10: "Q", 11: "q", 12: "d"}
"""GGUF's value types → struct's letters."""
_STRING, _ARRAY = 8, 9
_KEPT = 64
"""Longer arrays are vocabularies and the like: their length is kept."""
_MOST_DIMENSIONS = 4

_FILE_TYPES = {
    0: "F32", 1: "F16", 2: "Q4_0", 3: "Q4_1", 7: "Q8_0", 8: "Q5_0", 9: "Q5_1", 10: "Q2_K", 11: "Q3_K_S",
    12: "Q3_K_M", 13: "Q3_K_L", 14: "Q4_K_S", 15: "Q4_K_M", 16: "Q5_K_S", 17: "Q5_K_M", 18: "Q6_K",
    19: "IQ2_XXS", 20: "IQ2_XS", 21: "Q2_K_S", 22: "IQ3_XS", 23: "IQ3_XXS", 24: "IQ1_S", 25: "IQ4_NL",
    26: "IQ3_S", 27: "IQ3_M", 28: "IQ2_S", 29: "IQ2_M", 30: "IQ4_XS", 31: "IQ1_M", 32: "BF16", 36: "TQ1_0",
    37: "TQ2_0", 38: "MXFP4",
}  # fmt: skip
"""`general.file_type` → its name; from llama.h's `llama_ftype`."""
_TENSOR_TYPES = {
    0: "F32", 1: "F16", 2: "Q4_0", 3: "Q4_1", 6: "Q5_0", 7: "Q5_1", 8: "Q8_0", 10: "Q2_K", 11: "Q3_K",
    12: "Q4_K", 13: "Q5_K", 14: "Q6_K", 16: "IQ2_XXS", 17: "IQ2_XS", 18: "IQ3_XXS", 19: "IQ1_S", 20: "IQ4_NL",
    21: "IQ3_S", 22: "IQ2_S", 23: "IQ4_XS", 29: "IQ1_M", 30: "BF16", 34: "TQ1_0", 35: "TQ2_0", 39: "MXFP4",
}  # fmt: skip
"""ggml.h's `ggml_type` → its name."""


@dataclass(frozen=True, slots=True)
class LongArray:
    """Stands for an array that is not kept."""

    length: int


Scalar = int | float | bool | str
Value = Scalar | tuple[Scalar, ...] | LongArray


@dataclass(frozen=True, slots=True)
class Tensor:
    """One tensor: its shape, fastest dimension first, and its type's number in ggml.h."""

    name: str
    shape: tuple[int, ...]
    type: int

    @property
    def parameters(self) -> int:
        return prod(self.shape)


@dataclass(frozen=True, slots=True)
class Header:
    """The head of one GGUF file; of a split model, of one part."""

    version: int
    metadata: Mapping[str, Value]
    tensors: tuple[Tensor, ...]

    @property
    def architecture(self) -> str:
        return str(self.metadata.get("general.architecture", "unknown"))

    @property
    def parameters(self) -> int:
        return sum(tensor.parameters for tensor in self.tensors)

    @property
    def parts(self) -> int:
        """How many files the model consists of."""
        count = self.metadata.get("split.count")
        return max(1, count) if isinstance(count, int) else 1

    @property
    def context_tokens(self) -> int | None:
        length = self.metadata.get(f"{self.architecture}.context_length")
        return length if isinstance(length, int) else None

    @property
    def quantization(self) -> str | None:
        """As the file says, else the type that most of the weights have."""
        stated = self.metadata.get("general.file_type")
        if isinstance(stated, int) and stated in _FILE_TYPES:
            return _FILE_TYPES[stated]
        weights: dict[int, int] = {}
        for tensor in self.tensors:
            weights[tensor.type] = weights.get(tensor.type, 0) + tensor.parameters
        return _TENSOR_TYPES.get(max(weights, key=weights.__getitem__)) if weights else None


def summary(*parts: Header) -> Summary:
    """Of a whole model: the first part describes it, the tensors of all are counted."""
    first = parts[0]
    return Summary(
        architecture=first.architecture,
        parameters=sum(part.parameters for part in parts),
        quantization=first.quantization,
        context_tokens=first.context_tokens,
    )


def read(path: Path) -> Header:
    """Takes tens of milliseconds for a large vocabulary. Raises ModelError: not GGUF, or damaged."""
    try:
        with path.open("rb") as file:
            if file.read(len(MAGIC)) != MAGIC:
                raise _not_gguf(path)
            with mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as content:
                return _Reader(content).header()
    except OSError as e:
        raise ModelError(f"cannot be read: {e.strerror or e}", where=str(path)) from e
    except _Damaged as e:
        raise ModelError(
            f"this GGUF file is damaged: {e}", where=str(path), cure="Get the file again."
        ) from e


def _not_gguf(path: Path) -> ModelError:
    return ModelError(
        "this is not a GGUF file",
        where=str(path),
        cure="Models come as .gguf; llama.cpp's conversion scripts make one of other formats.",
    )


class _Damaged(Exception):
    """The header says something that cannot be."""


class _Reader:
    """Walks through the header once; every count is held against what the file has left."""

    def __init__(self, content: mmap.mmap) -> None:
        self._content = content
        self._at = len(MAGIC)

    def header(self) -> Header:
        (version,) = self._take("I")
        if version not in (2, 3):
            raise _Damaged(f"its version is {version}, and 2 and 3 are known")
        tensors, pairs = self._take("QQ")
        metadata: dict[str, Value] = {}
        for _ in range(self._plausible(pairs)):
            key = self._string()
            metadata[key] = self._value(*self._take("I"))
        return Header(version, metadata, tuple(self._tensor() for _ in range(self._plausible(tensors))))

    def _tensor(self) -> Tensor:
        name = self._string()
        (dimensions,) = self._take("I")
        if dimensions > _MOST_DIMENSIONS:
            raise _Damaged(f"a tensor has {dimensions} dimensions")
        shape = self._take("Q" * dimensions)
        type_, _offset = self._take("IQ")
        return Tensor(name, shape, type_)

    def _value(self, kind: int) -> Value:
        return self._array() if kind == _ARRAY else self._scalar(kind)

    def _scalar(self, kind: int) -> Scalar:
        if kind == _STRING:
            return self._string()
        value: Scalar = self._take(self._format(kind))[0]
        return value

    def _array(self) -> Value:
        kind, length = self._take("IQ")
        self._plausible(length)
        if length <= _KEPT:
            return tuple(self._scalar(kind) for _ in range(length))
        if kind == _STRING:
            self._skip_strings(length)
        else:
            self._skip(length * struct.calcsize(self._format(kind)))
        return LongArray(length)

    def _skip_strings(self, count: int) -> None:
        content, at, end = self._content, self._at, len(self._content)
        for _ in range(count):
            at += 8 + int.from_bytes(content[at : at + 8], "little")
            if at > end:
                raise _Damaged("it ends early")
        self._at = at

    def _string(self) -> str:
        (length,) = self._take("Q")
        start = self._at
        self._skip(length)
        return self._content[start : self._at].decode("utf-8", "replace")

    def _take(self, letters: str) -> tuple[int, ...]:
        size = struct.calcsize(f"<{letters}")
        start = self._at
        self._skip(size)
        return struct.unpack(f"<{letters}", self._content[start : self._at])

    def _skip(self, size: int) -> None:
        if size > len(self._content) - self._at:
            raise _Damaged("it ends early")
        self._at += size

    def _plausible(self, count: int) -> int:
        """Nothing that is counted takes less than a byte."""
        if count > len(self._content) - self._at:
            raise _Damaged("it ends early")
        return count

    @staticmethod
    def _format(kind: int) -> str:
        if kind not in _FORMATS:
            raise _Damaged(f"it has a value of type {kind}, which is unknown")
        return _FORMATS[kind]
