"""The calls of `fermyon:spin/key-value` without a version: handles are numbers, a missing key is an error."""

from __future__ import annotations

from typing import Final

from spinfer.factors.key_value.answers import COMMON, Answer, Errors
from spinfer.factors.key_value.state import KeyValueState
from spinfer.factors.key_value.store import Store, StoreError, TooManyStores


class _InvalidStore(StoreError):
    """The number is no open store of this instance."""


class _NoSuchKey(StoreError):
    """Only this interface calls that an error."""


ERRORS: Final = Errors(
    {
        **COMMON,
        TooManyStores: "store-table-full",
        _InvalidStore: "invalid-store",
        _NoSuchKey: "no-such-key",
    },
    other="io",
)
_answer = ERRORS.answer


def open_(state: KeyValueState, name: str) -> Answer[int]:
    def open_store() -> int:
        store, number = state.open(name), next(state.numbers)
        state.numbered[number] = store
        return number

    return _answer(open_store)


def get(state: KeyValueState, store: int, key: str) -> Answer[bytes]:
    def found() -> bytes:
        value = _store(state, store).get(key)
        if value is None:
            raise _NoSuchKey
        return value

    return _answer(found)


def set_(state: KeyValueState, store: int, key: str, value: bytes) -> Answer[None]:
    return _answer(lambda: _store(state, store).set(key, value))


def delete(state: KeyValueState, store: int, key: str) -> Answer[None]:
    return _answer(lambda: _store(state, store).delete(key))


def exists(state: KeyValueState, store: int, key: str) -> Answer[bool]:
    return _answer(lambda: _store(state, store).exists(key))


def get_keys(state: KeyValueState, store: int) -> Answer[list[str]]:
    return _answer(lambda: _store(state, store).keys())


def close(state: KeyValueState, store: int) -> None:
    """Without effect for a number that is no open store."""
    if state.numbered.pop(store, None) is not None:
        state.let_go()


def _store(state: KeyValueState, number: int) -> Store:
    store = state.numbered.get(number)
    if store is None:
        raise _InvalidStore
    return store
