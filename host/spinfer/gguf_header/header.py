"""The header of a GGUF file, as values: metadata, and the names and shapes of tensors."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

from spinfer.gguf_header import kinds


class BadHeader(Exception):
    """The file is not GGUF, damaged, or of a kind that cannot be read; the text says so in one sentence."""


@dataclass(frozen=True, slots=True)
class LongArray:
    """An array of the metadata that was passed over: a vocabulary, most times."""

    kind: int
    count: int


Value = int | float | bool | str | tuple["Value", ...] | LongArray


@dataclass(frozen=True, slots=True)
class Tensor:
    """`shape` begins with the dimension that runs fastest; `offset` counts from the first byte of weights."""

    name: str
    shape: tuple[int, ...]
    kind: int
    offset: int

    @property
    def elements(self) -> int:
        return math.prod(self.shape)

    @property
    def bytes(self) -> int | None:
        """None for a kind of numbers that is newer than this reader."""
        found = kinds.TENSORS.get(self.kind)
        return None if found is None else self.elements // found.block * found.bytes


@dataclass(frozen=True, slots=True)
class Header:
    """`file_bytes` is how long the file is, `data_start` where its weights begin."""

    version: int
    metadata: Mapping[str, Value]
    tensors: tuple[Tensor, ...]
    data_start: int
    file_bytes: int

    def text(self, key: str) -> str | None:
        """The value, if it is there and a string."""
        value = self.metadata.get(key)
        return value if isinstance(value, str) else None

    def number(self, key: str) -> int | None:
        """The value, if it is there and an integer; of an array of integers, the first, as llama.cpp does."""
        value = self.metadata.get(key)
        if isinstance(value, tuple) and value:
            value = value[0]
        return value if isinstance(value, int) and not isinstance(value, bool) else None

    @property
    def architecture(self) -> str | None:
        return self.text("general.architecture")

    @property
    def missing_bytes(self) -> int:
        """How much of the file's end is not there, as far as its tensors tell; 0 for a whole file."""
        ends = (self.data_start + tensor.offset + (tensor.bytes or 0) for tensor in self.tensors)
        return max(0, max(ends, default=0) - self.file_bytes)
