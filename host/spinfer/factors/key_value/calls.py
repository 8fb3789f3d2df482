"""The calls of `fermyon:spin/key-value@2.0.0`, on the guest's thread: what goes wrong is a value, `Err`.

Those of one key are the same for the buckets of `wasi:keyvalue`.
"""

from __future__ import annotations

from typing import Final

from spinfer.bindings.hostcall import current
from spinfer.factors.key_value.answers import COMMON, Answer, Errors, Value, optional
from spinfer.factors.key_value.state import STORE, Held, KeyValueState, behind
from spinfer.factors.key_value.store import TooManyStores

ERRORS: Final = Errors({**COMMON, TooManyStores: "store-table-full"}, other="other")
_answer = ERRORS.answer


def open_(state: KeyValueState, label: str) -> Answer[int]:
    return _answer(lambda: current().resources.own(STORE, Held(state.open(label), state)))


def get(_state: KeyValueState, self: int, key: str) -> Answer[Value]:
    return _answer(lambda: optional(behind(self).get(key)))


def set_(_state: KeyValueState, self: int, key: str, value: bytes) -> Answer[None]:
    return _answer(lambda: behind(self).set(key, value))


def delete(_state: KeyValueState, self: int, key: str) -> Answer[None]:
    return _answer(lambda: behind(self).delete(key))


def exists(_state: KeyValueState, self: int, key: str) -> Answer[bool]:
    return _answer(lambda: behind(self).exists(key))


def get_keys(_state: KeyValueState, self: int) -> Answer[list[str]]:
    return _answer(behind(self).keys)
