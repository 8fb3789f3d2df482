"""A .safetensors file: eight bytes of length, a JSON header of names, types and ranges, then raw data.

The format's own rules are enforced: ranges cover the data without overlap or gap, and fit their shapes.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from spinfer.errors import ModelError

_LENGTH_BYTES = 8
_MOST_HEADER_BYTES = 100 << 20
"""The format's own limit."""
_MOST_DIMENSIONS = 8
_CURE = "The file may be incomplete or damaged: download it again."

_ITEM_BYTES = {
    **dict.fromkeys(("BOOL", "U8", "I8", "F8_E4M3", "F8_E5M2"), 1),
    **dict.fromkeys(("U16", "I16", "F16", "BF16"), 2),
    **dict.fromkeys(("U32", "I32", "F32"), 4),
    **dict.fromkeys(("U64", "I64", "F64"), 8),
}
_READABLE = ("F32", "F16", "BF16")


@dataclass(frozen=True, slots=True)
class Entry:
    """One tensor of the header; `begin` and `end` count from the end of the header."""

    kind: str
    shape: tuple[int, ...]
    begin: int
    end: int


class SafeTensors:
    """The tensors of one file, mapped into memory and read one at a time. Raises ModelError.

    The file must not shrink while this is in use.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        try:
            size = path.stat().st_size
            if size < _LENGTH_BYTES:
                raise self._damaged(f"it has {size} bytes, too few to be a .safetensors file")
            self._bytes: NDArray[np.uint8] = np.memmap(path, np.uint8, mode="r")
        except OSError as e:
            raise ModelError(f"it cannot be read: {e.strerror or e}", where=str(path)) from e
        header_bytes = int(self._bytes[:_LENGTH_BYTES].view("<u8")[0])
        self._data = _LENGTH_BYTES + header_bytes
        if header_bytes > _MOST_HEADER_BYTES or self._data > size:
            raise self._damaged(f"its header would have {header_bytes} bytes, the file has {size}")
        self.entries: Mapping[str, Entry] = self._entries()
        self._check_ranges(size - self._data)

    def __repr__(self) -> str:
        return f"<SafeTensors {self._path}: {len(self.entries)} tensors>"

    def read(self, name: str) -> NDArray[np.float32]:
        """A tensor there is, as float32: a view of the file where that is its type, otherwise a copy."""
        entry = self.entries[name]
        raw = self._bytes[self._data + entry.begin : self._data + entry.end]
        match entry.kind:
            case "F32":
                values = np.frombuffer(raw, "<f4")
            case "F16":
                values = np.frombuffer(raw, "<f2").astype(np.float32)
            case "BF16":  # the upper half of a float32
                values = (np.frombuffer(raw, "<u2").astype(np.uint32) << 16).view(np.float32)
            case other:
                raise ModelError(
                    f"tensor {name!r} has the type {other!r}; readable are {', '.join(_READABLE)}",
                    where=str(self._path),
                    cure="Save the model as float32, float16 or bfloat16.",
                )
        return values.reshape(entry.shape)

    def _entries(self) -> dict[str, Entry]:
        try:
            header = json.loads(bytes(self._bytes[_LENGTH_BYTES : self._data]))
        except (ValueError, RecursionError) as e:
            raise self._damaged(f"its header is not JSON ({e})") from e
        if not isinstance(header, dict):
            raise self._damaged("its header is not a JSON object")
        return {name: self._entry(name, value) for name, value in header.items() if name != "__metadata__"}

    def _entry(self, name: str, value: object) -> Entry:
        match value:
            case {"dtype": str(kind), "shape": list(shape), "data_offsets": [begin, end]}:
                if len(shape) <= _MOST_DIMENSIONS and all(map(_is_size, (*shape, begin, end))):
                    return Entry(kind, tuple(shape), begin, end)
        raise self._damaged(f"its header describes no tensor under {name!r}")

    def _check_ranges(self, size: int) -> None:
        """Every byte of the data belongs to exactly one tensor, which has as many as its shape asks for."""
        reached = 0
        for name, entry in sorted(self.entries.items(), key=lambda item: (item[1].begin, item[1].end)):
            if entry.begin != reached or entry.end < entry.begin:
                raise self._damaged(f"tensor {name!r} begins at byte {entry.begin}, expected at {reached}")
            item = _ITEM_BYTES.get(entry.kind)
            if item is not None and math.prod(entry.shape) * item != entry.end - entry.begin:
                raise self._damaged(
                    f"tensor {name!r} has {entry.end - entry.begin} bytes, "
                    f"which do not fit its shape {list(entry.shape)} of {entry.kind!r}"
                )
            reached = entry.end
        if reached > size:
            raise self._damaged(f"its tensors need {reached} bytes, {size} are there: it was cut off")
        if reached < size:
            raise self._damaged(f"{size - reached} bytes after its tensors belong to none")

    def _damaged(self, what: str) -> ModelError:
        return ModelError(what, where=str(self._path), cure=_CURE)


def _is_size(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value >= 0
