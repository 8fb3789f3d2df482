"""The key-value interfaces as a host declares them: names, versions and types, of identical structure."""

from __future__ import annotations

from typing import Final, NamedTuple

from spinfer.bindings.values import Some

SPIN: Final = "fermyon:spin/key-value"
WASI: Final = "wasi:keyvalue"
WASI_VERSION: Final = "0.2.0-draft2"

_ERROR = "variant{store-table-full, no-such-store, access-denied, other(string)}"
_KEY = "self: borrow<store>, key: string"

OPEN: Final = f"func(label: string) -> result<own<store>, {_ERROR}>"
GET: Final = f"func({_KEY}) -> result<option<list<u8>>, {_ERROR}>"
SET: Final = f"func({_KEY}, value: list<u8>) -> result<_, {_ERROR}>"
DELETE: Final = f"func({_KEY}) -> result<_, {_ERROR}>"
EXISTS: Final = f"func({_KEY}) -> result<bool, {_ERROR}>"
GET_KEYS: Final = f"func(self: borrow<store>) -> result<list<string>, {_ERROR}>"

_OLD_ERROR = "variant{store-table-full, no-such-store, access-denied, invalid-store, no-such-key, io(string)}"
_OLD_KEY = "store: u32, key: string"

OLD_OPEN: Final = f"func(name: string) -> result<u32, {_OLD_ERROR}>"
OLD_GET: Final = f"func({_OLD_KEY}) -> result<list<u8>, {_OLD_ERROR}>"
OLD_SET: Final = f"func({_OLD_KEY}, value: list<u8>) -> result<_, {_OLD_ERROR}>"
OLD_DELETE: Final = f"func({_OLD_KEY}) -> result<_, {_OLD_ERROR}>"
OLD_EXISTS: Final = f"func({_OLD_KEY}) -> result<bool, {_OLD_ERROR}>"
OLD_GET_KEYS: Final = f"func(store: u32) -> result<list<string>, {_OLD_ERROR}>"
OLD_CLOSE: Final = "func(store: u32)"

_WASI_ERROR = "variant{no-such-store, access-denied, other(string)}"
_CAS_ERROR = f"variant{{store-error({_WASI_ERROR}), cas-failed(own<cas>)}}"
_BUCKET_KEY = "self: borrow<bucket>, key: string"
_PAGE = "record{keys: list<string>, cursor: option<string>}"

BUCKET_OPEN: Final = f"func(identifier: string) -> result<own<bucket>, {_WASI_ERROR}>"
BUCKET_GET: Final = f"func({_BUCKET_KEY}) -> result<option<list<u8>>, {_WASI_ERROR}>"
BUCKET_SET: Final = f"func({_BUCKET_KEY}, value: list<u8>) -> result<_, {_WASI_ERROR}>"
BUCKET_DELETE: Final = f"func({_BUCKET_KEY}) -> result<_, {_WASI_ERROR}>"
BUCKET_EXISTS: Final = f"func({_BUCKET_KEY}) -> result<bool, {_WASI_ERROR}>"
LIST_KEYS: Final = f"func(self: borrow<bucket>, cursor: option<string>) -> result<{_PAGE}, {_WASI_ERROR}>"
GET_MANY: Final = (
    "func(bucket: borrow<bucket>, keys: list<string>) -> "
    f"result<list<tuple<string, option<list<u8>>>>, {_WASI_ERROR}>"
)
SET_MANY: Final = (
    f"func(bucket: borrow<bucket>, key-values: list<tuple<string, list<u8>>>) -> result<_, {_WASI_ERROR}>"
)
DELETE_MANY: Final = f"func(bucket: borrow<bucket>, keys: list<string>) -> result<_, {_WASI_ERROR}>"
INCREMENT: Final = f"func(bucket: borrow<bucket>, key: string, delta: s64) -> result<s64, {_WASI_ERROR}>"
NEW_CAS: Final = f"func(bucket: borrow<bucket>, key: string) -> result<own<cas>, {_WASI_ERROR}>"
CURRENT: Final = f"func(self: borrow<cas>) -> result<option<list<u8>>, {_WASI_ERROR}>"
SWAP: Final = f"func(cas: own<cas>, value: list<u8>) -> result<_, {_CAS_ERROR}>"


class KeyResponse(NamedTuple):
    """A page of keys."""

    keys: list[str]
    cursor: Some[str] | None
    """Where the next page begins; None: this was the last."""
