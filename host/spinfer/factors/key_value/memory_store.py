"""A key-value store in this process's memory: gone with it."""

from __future__ import annotations

import threading
from collections.abc import Sequence

from spinfer.factors.key_value.store import counted, decode_count, encode_count


class MemoryStore:
    """One label's keys and values; a `Store`."""

    def __init__(self) -> None:
        self._values: dict[str, bytes] = {}
        self._lock = threading.Lock()

    def __repr__(self) -> str:
        return f"<MemoryStore of {len(self._values)} keys>"

    def get(self, key: str) -> bytes | None:
        return self._values.get(key)

    def set(self, key: str, value: bytes) -> None:
        with self._lock:
            self._values[key] = value

    def delete(self, key: str) -> None:
        with self._lock:
            self._values.pop(key, None)

    def exists(self, key: str) -> bool:
        return key in self._values

    def keys(self) -> list[str]:
        with self._lock:
            return list(self._values)

    def get_many(self, keys: Sequence[str]) -> list[bytes | None]:
        with self._lock:
            return [self._values.get(key) for key in keys]

    def set_many(self, pairs: Sequence[tuple[str, bytes]]) -> None:
        with self._lock:
            self._values.update(pairs)

    def delete_many(self, keys: Sequence[str]) -> None:
        with self._lock:
            for key in keys:
                self._values.pop(key, None)

    def increment(self, key: str, delta: int) -> int:
        with self._lock:
            count = counted(decode_count(self._values.get(key)) + delta)
            self._values[key] = encode_count(count)
            return count

    def swap(self, key: str, expected: bytes | None, value: bytes) -> bool:
        with self._lock:
            if self._values.get(key) != expected:
                return False
            self._values[key] = value
            return True
