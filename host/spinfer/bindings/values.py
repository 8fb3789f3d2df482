"""The Python faces of component values: what a host function receives, and what it may return.

| WIT | Python |
|---|---|
| `bool`, integers, `f32`, `f64`, `string` | bool, int, float, str; `char` is a str of one character |
| `list<u8>` | bytes; any buffer is accepted |
| a list of another number | a 1-D numpy array of that type; any sequence of numbers is accepted |
| a list of lists of numbers | a list of numpy arrays; a 2-D array or any sequence of arrays is accepted |
| any other `list<T>`, `tuple<…>` | list, tuple |
| `record` | an immutable named tuple, fields in snake_case; any object with those attributes is accepted |
| `option<T>` | None or `Some(value)` |
| `result<T, E>` | `Ok(value)` or `Err(value)`; the value is None where WIT has none |
| `variant` | `Case("name", value)`; the value is None where WIT has none |
| `enum`, `flags` | str, frozenset of str |
| `own<T>`, `borrow<T>` | the int under which `Resources` knows the object |
"""

from __future__ import annotations

import keyword
from collections import namedtuple
from dataclasses import dataclass
from functools import cache
from typing import Any, Generic, TypeVar

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Some(Generic[T]):
    """An option that holds something; None is the other one."""

    value: T


@dataclass(frozen=True, slots=True)
class Ok(Generic[T]):
    """The good half of a result; `Ok(None)` where it has no payload."""

    value: T


@dataclass(frozen=True, slots=True)
class Err(Generic[T]):
    """The other half of a result; `Err(None)` where it has no payload."""

    value: T


@dataclass(frozen=True, slots=True)
class Case:
    """A variant's case, by its name in WIT."""

    name: str
    value: object = None


def snake(name: str) -> str:
    """A WIT name as a Python attribute: `max-tokens` is `max_tokens`, `from` is `from_`."""
    plain = name.replace("-", "_").lower()
    return f"{plain}_" if keyword.iskeyword(plain) else plain


@cache
def record_class(names: tuple[str, ...]) -> type[tuple[Any, ...]]:
    """The named tuple for records with these WIT field names; equal names give the same class."""
    return namedtuple("Record", [snake(name) for name in names])
