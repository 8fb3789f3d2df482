"""Reads the header of a GGUF file: https://github.com/ggml-org/ggml/blob/master/docs/gguf.md.

Nothing of a file is believed: every length is held against the file's own before anything is read or kept.
Long arrays are passed over, since a vocabulary of 150,000 entries would take most of the time.
"""

from __future__ import annotations

import struct
from collections.abc import Collection
from pathlib import Path
from typing import BinaryIO

from spinfer.gguf_header.header import BadHeader, Header, LongArray, Tensor, Value
from spinfer.gguf_header.kinds import ARRAY, SCALARS, STRING

MAGIC = b"GGUF"
VERSIONS = (2, 3)

KEPT = 1024
"""Longest array that is kept without being asked for: a number for each layer, say."""

MOST_METADATA, MOST_TENSORS, MOST_DIMENSIONS = 1 << 16, 1 << 20, 4
MOST_NESTING = 4
LONGEST_NAME = 1 << 16
"""Bytes of a key or a tensor's name."""
LONGEST_TEXT = 1 << 24
MOST_ITEMS = 1 << 24
"""Of an array; the largest vocabularies have some 2 ** 18."""
LONGEST_HEADER = 1 << 30
_FIRST_READ = 1 << 18

_COUNT, _KIND = struct.Struct("<Q"), struct.Struct("<I")


def read(path: Path, keep: Collection[str] = ()) -> Header:
    """The header; of long arrays only those that `keep` names have their items. Raises BadHeader, OSError."""
    with path.open("rb") as file:
        size = file.seek(0, 2)
        file.seek(0)
        return _header(_Bytes(file, size), frozenset(keep), size)


def _header(data: _Bytes, keep: frozenset[str], size: int) -> Header:
    version = _version(data)
    tensor_count = data.count(MOST_TENSORS, "tensors")
    entries = data.count(MOST_METADATA, "metadata entries")
    metadata: dict[str, Value] = {}
    for _ in range(entries):
        key = data.string(LONGEST_NAME)
        metadata[key] = _value(data, data.number(_KIND), keep=key in keep)
    tensors = tuple(_tensor(data) for _ in range(tensor_count))
    alignment = metadata.get("general.alignment", 32)
    if not isinstance(alignment, int) or alignment < 1 or alignment & (alignment - 1):
        raise BadHeader(f"its header is damaged: weights aligned to {alignment!r} bytes")
    start = -(-data.position // alignment) * alignment
    return Header(version, metadata, tensors, start, size)


def _version(data: _Bytes) -> int:
    if data.take(len(MAGIC)) != MAGIC:
        raise BadHeader("this is not a GGUF file")
    version = data.number(_KIND)
    if version in VERSIONS:
        return version
    if int.from_bytes(version.to_bytes(4, "little"), "big") in VERSIONS:
        raise BadHeader("this GGUF file was written for machines of the other byte order")
    raise BadHeader(
        f"this is GGUF of version {version}, and only {VERSIONS[0]} to {VERSIONS[-1]} can be read"
    )


def _value(data: _Bytes, kind: int, *, keep: bool, depth: int = 0) -> Value:
    if kind == STRING:
        return data.string(LONGEST_TEXT)
    if kind == ARRAY:
        return _array(data, keep=keep, depth=depth + 1)
    return data.number(_scalar(kind))


def _array(data: _Bytes, *, keep: bool, depth: int) -> Value:
    if depth > MOST_NESTING:
        raise BadHeader("its header is damaged: arrays nested too deep")
    kind = data.number(_KIND)
    smallest = {STRING: _COUNT.size, ARRAY: _KIND.size + _COUNT.size}.get(kind) or _scalar(kind).size
    most = KEPT if kind == ARRAY else min(MOST_ITEMS, data.left // smallest)
    count = data.count(most, "items in an array")
    if kind == ARRAY or keep or count <= KEPT:
        return tuple(_value(data, kind, keep=keep, depth=depth) for _ in range(count))
    if kind == STRING:
        data.skip_strings(count)
    else:
        data.skip(count * smallest)
    return LongArray(kind, count)


def _scalar(kind: int) -> struct.Struct:
    if (found := SCALARS.get(kind)) is None:
        raise BadHeader(f"its header is damaged: there is no kind of value {kind}")
    return found


def _tensor(data: _Bytes) -> Tensor:
    name = data.string(LONGEST_NAME)
    dimensions = data.number(_KIND)
    if dimensions > MOST_DIMENSIONS:
        raise BadHeader(f"its header is damaged: a tensor of {dimensions} dimensions")
    shape = tuple(data.number(_COUNT) for _ in range(dimensions))
    tensor = Tensor(name, shape, data.number(_KIND), data.number(_COUNT))
    if tensor.offset >= 1 << 63 or tensor.elements >= 1 << 63:
        raise BadHeader("its header is damaged: a tensor larger than any file")
    return tensor


class _Bytes:
    """The file's bytes from the front, read as they are needed. `left` bounds every length that it states."""

    def __init__(self, file: BinaryIO, size: int) -> None:
        self._file = file
        self._size = min(size, LONGEST_HEADER)
        self._data = b""
        self.position = 0

    @property
    def left(self) -> int:
        return self._size - self.position

    def take(self, length: int) -> bytes:
        """Raises BadHeader at the file's end, as everything here does."""
        start = self.position
        self.skip(length)
        self._read_to(self.position)
        return self._data[start : self.position]

    def skip(self, length: int) -> None:
        if length > self.left:
            raise BadHeader(self._ends())
        self.position += length

    def number(self, form: struct.Struct) -> int:
        (value,) = form.unpack(self.take(form.size))
        return value  # type: ignore[no-any-return]  # or a float or bool, where the form says so

    def count(self, most: int, of: str) -> int:
        count = self.number(_COUNT)
        if count > most:
            raise BadHeader(f"its header is damaged or cut off: {count} {of}")
        return count

    def string(self, longest: int) -> str:
        length = self.count(longest, "bytes in a text")
        return self.take(length).decode("utf-8", "replace")

    def skip_strings(self, count: int) -> None:
        """Most of the time goes into this loop, so it does as little as it can for each string."""
        length_at, step = _COUNT.unpack_from, _COUNT.size
        position, done = self.position, 0
        while done < count:
            data = self._data
            try:
                for done in range(done, count):  # noqa: B007, B020 - it goes on where it was stopped
                    position += step + length_at(data, position)[0]
                done = count
            except (struct.error, OverflowError):
                if position + step > self._size:
                    raise BadHeader(self._ends()) from None
                self._read_to(position + step)
        if position > self._size:
            raise BadHeader(self._ends())
        self.position = position

    def _read_to(self, end: int) -> None:
        """Reads ahead, twice as far each time."""
        if end > len(self._data):
            wanted = min(max(end, 2 * len(self._data), _FIRST_READ), self._size)
            self._data += self._file.read(wanted - len(self._data))
        if end > len(self._data):
            raise BadHeader(self._ends())

    def _ends(self) -> str:
        if self._size == LONGEST_HEADER:
            return "its header is damaged: it has no end"
        return f"the file ends within its header, after {self._size} bytes: it is incomplete or damaged"
