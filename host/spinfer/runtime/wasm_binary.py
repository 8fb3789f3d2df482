"""Reads and writes WebAssembly's binary format: numbers, names and sections, never beyond their bounds."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

CORE_MODULE = b"\0asm\x01\0\0\0"
COMPONENT = b"\0asm\x0d\0\x01\0"

_U32_BITS = 32
_MORE = 0x80


class Malformed(Exception):
    """The bytes are not what the format has at this place, or not in a form that is known here."""


class Reader:
    """Reads `data` from `at` up to `end`; one thread at a time. Every method may raise Malformed."""

    def __init__(self, data: memoryview, at: int, end: int) -> None:
        self._data = data
        self._end = end
        self.at = at

    def byte(self) -> int:
        if self.at >= self._end:
            raise Malformed("it ends too early")
        value = self._data[self.at]
        self.at += 1
        return value

    def u32(self) -> int:
        """An unsigned number in LEB128."""
        value = shift = 0
        while True:
            byte = self.byte()
            value |= (byte & 0x7F) << shift
            if byte < _MORE:
                break
            shift += 7
            if shift >= _U32_BITS:
                raise Malformed("a number goes on too long")
        if value >> _U32_BITS:
            raise Malformed("a number is too large")
        return value

    def one_of(self, allowed: frozenset[int]) -> int:
        value = self.byte()
        if value not in allowed:
            raise Malformed(f"{value:#x} is not known here")
        return value

    def skip(self, count: int) -> None:
        if count > self._end - self.at:
            raise Malformed("it ends too early")
        self.at += count

    def skip_number(self) -> None:
        """A number in LEB128 of any size and sign."""
        while self.byte() >= _MORE:
            pass

    def skip_name(self) -> None:
        self.skip(self.u32())

    def since(self, start: int) -> bytes:
        """What was read from `start` on."""
        return bytes(self._data[start : self.at])

    def ended(self) -> None:
        """All was read."""
        if self.at != self._end:
            raise Malformed("something follows that is not known here")


@dataclass(frozen=True, slots=True)
class Section:
    """A section of a module or a component, as positions in it."""

    id: int
    start: int
    body: int
    """Where its content begins."""
    end: int


def sections(data: memoryview, preamble: bytes) -> Iterator[Section]:
    """Every section in order, behind the preamble. Raises Malformed."""
    if data[: len(preamble)] != preamble:
        raise Malformed("it begins otherwise")
    reader = Reader(data, len(preamble), len(data))
    while reader.at < len(data):
        start = reader.at
        id = reader.byte()
        size = reader.u32()
        body = reader.at
        reader.skip(size)
        yield Section(id, start, body, reader.at)


def number(value: int) -> bytes:
    """An unsigned number in LEB128."""
    encoded = bytearray()
    while value >= _MORE:
        encoded.append(value & 0x7F | _MORE)
        value >>= 7
    encoded.append(value)
    return bytes(encoded)


def name(text: str) -> bytes:
    encoded = text.encode()
    return number(len(encoded)) + encoded


def section(id: int, body: bytes) -> bytes:
    return bytes([id]) + number(len(body)) + body
