"""The calls of `wasi:keyvalue` that `fermyon:spin/key-value` has not: many keys, and in one step."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, cast

from spinfer.bindings.hostcall import current
from spinfer.bindings.values import Case, Err, Ok, Some
from spinfer.factors.key_value.answers import COMMON, Answer, Errors, Value, optional
from spinfer.factors.key_value.interface import KeyResponse
from spinfer.factors.key_value.state import BUCKET, CAS, Comparison, Held, KeyValueState, behind
from spinfer.factors.key_value.store import Store, StoreError, StoreFailed

ERRORS: Final = Errors(COMMON, other="other")
_answer = ERRORS.answer


def open_(state: KeyValueState, identifier: str) -> Answer[int]:
    return _answer(lambda: current().resources.own(BUCKET, Held(state.open(identifier), state)))


def list_keys(_state: KeyValueState, self: int, cursor: Some[str] | None) -> Answer[KeyResponse]:
    """Every key in one page, so no page ever names a next one."""

    def page() -> KeyResponse:
        if cursor is not None:
            raise StoreFailed(f"`{cursor.value}` is not a cursor that this store gave")
        return KeyResponse(behind(self).keys(), None)

    return _answer(page)


def get_many(_state: KeyValueState, bucket: int, keys: Sequence[str]) -> Answer[list[tuple[str, Value]]]:
    def pairs() -> list[tuple[str, Value]]:
        values = behind(bucket).get_many(keys)
        return [(key, optional(value)) for key, value in zip(keys, values, strict=True)]

    return _answer(pairs)


def set_many(_state: KeyValueState, bucket: int, key_values: Sequence[tuple[str, bytes]]) -> Answer[None]:
    return _answer(lambda: behind(bucket).set_many(key_values))


def delete_many(_state: KeyValueState, bucket: int, keys: Sequence[str]) -> Answer[None]:
    return _answer(lambda: behind(bucket).delete_many(keys))


def increment(_state: KeyValueState, bucket: int, key: str, delta: int) -> Answer[int]:
    return _answer(lambda: behind(bucket).increment(key, delta))


def new_cas(_state: KeyValueState, bucket: int, key: str) -> Answer[int]:
    """What is there now is what a swap will expect."""
    return _answer(lambda: _own_cas(behind(bucket), key))


def current_value(_state: KeyValueState, self: int) -> Answer[Value]:
    """Looks again: from now on this is what a swap will expect."""

    def look() -> Value:
        comparison = cast(Comparison, current().resources.borrow(self))
        comparison.expected = comparison.store.get(comparison.key)
        return optional(comparison.expected)

    return _answer(look)


def swap(_state: KeyValueState, cas: int, value: bytes) -> Answer[None]:
    """Takes the handle; where the value was another by now, a new handle comes with the error."""
    resources = current().resources
    it = cast(Comparison, resources.take(cas))
    try:
        if it.store.swap(it.key, it.expected, value):
            return Ok(None)
        return Err(Case("cas-failed", _own_cas(it.store, it.key)))
    except StoreError as e:
        return Err(Case("store-error", ERRORS.lower(e)))


def _own_cas(store: Store, key: str) -> int:
    return current().resources.own(CAS, Comparison(store, key, store.get(key)))
