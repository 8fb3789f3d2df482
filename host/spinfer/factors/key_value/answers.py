"""What a call gives back: a WIT result, and what went wrong in the words of its interface."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final, TypeVar

from spinfer.bindings.values import Case, Err, Ok, Some
from spinfer.factors.key_value.store import AccessDenied, NoSuchStore, StoreError

T = TypeVar("T")
Answer = Ok[T] | Err[Case]
Value = Some[bytes] | None
"""An `option<list<u8>>`."""

COMMON: Final[Mapping[type[StoreError], str]] = {
    AccessDenied: "access-denied",
    NoSuchStore: "no-such-store",
}
"""What every interface has a case for."""


@dataclass(frozen=True, slots=True)
class Errors:
    """How one interface spells what goes wrong."""

    cases: Mapping[type[StoreError], str]
    other: str
    """The case that carries a text, for all that has none of its own."""

    def lower(self, error: StoreError) -> Case:
        name = self.cases.get(type(error))
        return Case(self.other, str(error)) if name is None else Case(name)

    def answer(self, call: Callable[[], T]) -> Answer[T]:
        """What `call` returns, or the StoreError that it raises."""
        try:
            return Ok(call())
        except StoreError as e:
            return Err(self.lower(e))


def optional(value: bytes | None) -> Value:
    return None if value is None else Some(value)
