"""Lists of numbers, through numpy over wasmtime's own memory: one pass, no work per element in Python.

A list of n numbers is n cells; seen as an array of the number's type, its payloads are every
(32 / itemsize)-th element, beginning at 8 / itemsize.
"""

from __future__ import annotations

import array
from collections.abc import Iterable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from spinfer.bindings import layout
from spinfer.bindings.layout import CELL, PAYLOAD, Kind
from spinfer.bindings.types import Scalar

DTYPES: dict[Scalar, np.dtype[Any]] = {
    Scalar.S8: np.dtype("i1"),
    Scalar.U8: np.dtype("u1"),
    Scalar.S16: np.dtype("<i2"),
    Scalar.U16: np.dtype("<u2"),
    Scalar.S32: np.dtype("<i4"),
    Scalar.U32: np.dtype("<u4"),
    Scalar.S64: np.dtype("<i8"),
    Scalar.U64: np.dtype("<u8"),
    Scalar.F32: np.dtype("<f4"),
    Scalar.F64: np.dtype("<f8"),
}


def octets(address: int, size: int) -> bytes:
    """The `size` bytes of a `list<u8>` whose cells begin at `address`."""
    return payloads(address, size, DTYPES[Scalar.U8]).tobytes() if size else b""


def payloads(address: int, size: int, dtype: np.dtype[Any]) -> NDArray[Any]:
    """A strided view of the payloads of `size` cells, at least one: copy it before wasmtime frees them."""
    cells = np.frombuffer(layout.view(address, size * CELL), dtype)
    return cells[PAYLOAD // dtype.itemsize :: CELL // dtype.itemsize]


def numbers(address: int, size: int, dtype: np.dtype[Any]) -> NDArray[Any]:
    """The numbers of a list whose cells begin at `address`, as an array of its own."""
    return payloads(address, size, dtype).copy() if size else np.empty(0, dtype)


def fill(address: int, kind: Kind, values: NDArray[Any]) -> None:
    """Write `values` (1-D, not empty, of the kind's type) into as many cells."""
    cells = layout.view(address, values.size * CELL)
    np.frombuffer(cells, np.uint8)[::CELL] = kind
    size = values.dtype.itemsize
    np.frombuffer(cells, values.dtype)[PAYLOAD // size :: CELL // size] = values


def rows(kind: Kind, values: NDArray[Any]) -> NDArray[np.uint8]:
    """Cells for a whole 2-D array at once, shape (rows, columns × 32): ours, for wasmtime to copy."""
    count, columns = values.shape
    cells = np.zeros((count, columns * CELL), np.uint8)
    cells[:, ::CELL] = kind
    size = values.dtype.itemsize
    cells.view(values.dtype)[:, PAYLOAD // size :: CELL // size] = values
    return cells


def as_array(value: object, dtype: np.dtype[Any], dimensions: int = 1) -> NDArray[Any]:
    """`value` as an array of `dtype`.

    Raises TypeError for another kind of number or another shape, OverflowError for an integer that
    does not fit.
    """
    if not isinstance(value, np.ndarray):
        numbers = np.array(value, dtype) if dtype.kind == "f" else _integers(value, dtype)
    elif value.dtype == dtype:
        numbers = value
    else:
        numbers = _cast(value, dtype)
    if numbers.ndim != dimensions:
        raise TypeError(f"expected {dimensions} dimension(s) of numbers, got shape {numbers.shape}")
    return numbers


def as_octets(value: object) -> NDArray[np.uint8]:
    """Any buffer as its bytes; an array must be of uint8."""
    if isinstance(value, np.ndarray):
        return as_array(value, DTYPES[Scalar.U8])
    buffer = memoryview(value)  # type: ignore[arg-type]  # what is no buffer raises TypeError
    return np.frombuffer(buffer, np.uint8) if buffer.nbytes else np.empty(0, np.uint8)


def _integers(value: object, dtype: np.dtype[Any]) -> NDArray[Any]:
    """By way of `array`, which refuses what does not fit; numpy would turn large integers into doubles."""
    if not isinstance(value, Iterable):
        raise TypeError(f"expected numbers of type {dtype.name}, got {value!r:.60}")
    return np.frombuffer(array.array(dtype.char, value), dtype)


def _cast(numbers: NDArray[Any], dtype: np.dtype[Any]) -> NDArray[Any]:
    if dtype.kind == "f" and numbers.dtype.kind in "fiu":
        return numbers.astype(dtype)
    if dtype.kind in "iu" and numbers.dtype.kind in "iu":
        limits = np.iinfo(dtype)
        if numbers.size and not (limits.min <= int(numbers.min()) and int(numbers.max()) <= limits.max):
            raise OverflowError(f"a number does not fit {dtype.name}")
        return numbers.astype(dtype)
    raise TypeError(f"expected numbers of type {dtype.name}, got {numbers.dtype}")
