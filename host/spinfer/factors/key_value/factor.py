"""Key-value stores as a factor: what is linked, what was granted, and what each instance is handed."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from typing import Final

from spinfer.bindings.imports import Function, Interface
from spinfer.factors.base import Guest
from spinfer.factors.key_value import calls, calls_unversioned, calls_wasi, interface
from spinfer.factors.key_value.state import BUCKET, CAS, STORE, KeyValueState
from spinfer.factors.key_value.store import Stores
from spinfer.factors.labels import GrantedLabels

_SPIN: Final = (
    Function("[static]store.open", interface.OPEN, calls.open_),
    Function("[method]store.get", interface.GET, calls.get),
    Function("[method]store.set", interface.SET, calls.set_),
    Function("[method]store.delete", interface.DELETE, calls.delete),
    Function("[method]store.exists", interface.EXISTS, calls.exists),
    Function("[method]store.get-keys", interface.GET_KEYS, calls.get_keys),
)
_UNVERSIONED: Final = (
    Function("open", interface.OLD_OPEN, calls_unversioned.open_),
    Function("get", interface.OLD_GET, calls_unversioned.get),
    Function("set", interface.OLD_SET, calls_unversioned.set_),
    Function("delete", interface.OLD_DELETE, calls_unversioned.delete),
    Function("exists", interface.OLD_EXISTS, calls_unversioned.exists),
    Function("get-keys", interface.OLD_GET_KEYS, calls_unversioned.get_keys),
    Function("close", interface.OLD_CLOSE, calls_unversioned.close),
)
_STORE: Final = (
    Function("open", interface.BUCKET_OPEN, calls_wasi.open_),
    Function("[method]bucket.get", interface.BUCKET_GET, calls.get),
    Function("[method]bucket.set", interface.BUCKET_SET, calls.set_),
    Function("[method]bucket.delete", interface.BUCKET_DELETE, calls.delete),
    Function("[method]bucket.exists", interface.BUCKET_EXISTS, calls.exists),
    Function("[method]bucket.list-keys", interface.LIST_KEYS, calls_wasi.list_keys),
)
_BATCH: Final = (
    Function("get-many", interface.GET_MANY, calls_wasi.get_many),
    Function("set-many", interface.SET_MANY, calls_wasi.set_many),
    Function("delete-many", interface.DELETE_MANY, calls_wasi.delete_many),
)
_ATOMICS: Final = (
    Function("[static]cas.new", interface.NEW_CAS, calls_wasi.new_cas),
    Function("[method]cas.current", interface.CURRENT, calls_wasi.current_value),
    Function("increment", interface.INCREMENT, calls_wasi.increment),
    Function("swap", interface.SWAP, calls_wasi.swap),
)


class KeyValueFactor:
    """The stores of one app. A component that `access` does not name may open none."""

    name = "key-value"

    def __init__(self, stores: Stores, access: Mapping[str, Collection[str]]) -> None:
        """`access`: the labels that each component may open, its `key_value_stores`."""
        self._stores = stores
        self._labels = GrantedLabels(stores, access, "key_value_store")

    def interfaces(self) -> Sequence[Interface]:
        versions = (interface.WASI_VERSION,)
        return (
            Interface(interface.SPIN, ("2.0.0",), self.name, _SPIN, (STORE,)),
            Interface(interface.SPIN, (None,), self.name, _UNVERSIONED),
            Interface(f"{interface.WASI}/store", versions, self.name, _STORE, (BUCKET,)),
            Interface(f"{interface.WASI}/batch", versions, self.name, _BATCH, (BUCKET,)),
            Interface(f"{interface.WASI}/atomics", versions, self.name, _ATOMICS, (BUCKET, CAS)),
        )

    def configure(self, components: Collection[str]) -> None:
        """Open what was granted. Raises ManifestError for labels that nobody defined, and as opening does."""
        self._labels.check(components)

    def prepare(self, guest: Guest) -> AbstractContextManager[KeyValueState]:
        labels = self._labels.of(guest.component)
        return nullcontext(KeyValueState(labels, self._stores))
