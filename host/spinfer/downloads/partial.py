"""A file that is being fetched: what has arrived, its hash so far, and whose lock is on it.

`<target>.partial` holds the bytes and `<target>.partial.json` says what they are the beginning of. Whoever
holds the lock on the first writes; the lock goes with the process, the bytes stay.
"""

from __future__ import annotations

import hashlib
import json
import os
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path

from spinfer.downloads.locking import try_lock

_CHUNK = 1 << 20


@dataclass(frozen=True, slots=True)
class Origin:
    """What the bytes are the beginning of."""

    url: str
    validator: str | None = None
    """What the server named this version by, a strong ETag or a date: for `If-Range`."""
    total: int | None = None


class Partial:
    """The bytes that are here. Use it in a `with` block, on one thread; what is here then is on disk."""

    def __init__(self, path: Path, descriptor: int) -> None:
        self.path = path
        self._file = os.fdopen(descriptor, "r+b", buffering=0)
        self._hash = hashlib.sha256()
        self._finished = False
        self.size = 0

    @classmethod
    def claim(cls, target: Path) -> Partial | None:
        """The partial file of this target, ours alone; None: somebody else is at it. Raises OSError."""
        path = beside(target)
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
        try:
            if try_lock(descriptor) and _still_there(path, descriptor):
                return cls(path, descriptor)
        except BaseException:
            os.close(descriptor)
            raise
        os.close(descriptor)
        return None

    @property
    def sha256(self) -> str:
        """Of the bytes that are here."""
        return self._hash.hexdigest()

    def resume(self) -> Origin | None:
        """Take over what is here; None, and nothing is here: it is unknown what it was to become."""
        try:
            origin = Origin(**json.loads(self._description.read_bytes()))
        except (OSError, ValueError, TypeError):
            self.restart()
            return None
        self._file.seek(0)
        while block := self._file.read(_CHUNK):
            self._hash.update(block)
            self.size += len(block)
        return origin

    def restart(self) -> None:
        """Nothing is here any more. Raises OSError."""
        self._file.seek(0)
        self._file.truncate()
        self._hash = hashlib.sha256()
        self.size = 0
        self._description.unlink(missing_ok=True)

    def describe(self, origin: Origin) -> None:
        """Say what the bytes become, for whoever resumes. Raises OSError."""
        self._description.write_text(json.dumps(asdict(origin)))

    def append(self, block: bytes) -> None:
        """Raises OSError; what is here is then a beginning still."""
        written = 0
        while written < len(block):
            count = self._file.write(block[written:])
            self._hash.update(block[written : written + count])
            written += count
            self.size += count

    def finish(self, target: Path) -> None:
        """The bytes are complete: they take their place. Raises OSError."""
        os.fsync(self._file.fileno())
        self.path.replace(target)
        self._finished = True
        self._description.unlink(missing_ok=True)

    def __enter__(self) -> Partial:
        return self

    def __exit__(self, *_: object) -> None:
        if self.size == 0 and not self._finished:
            with suppress(OSError):
                self.path.unlink(missing_ok=True)
                self._description.unlink(missing_ok=True)
        self._file.close()

    @property
    def _description(self) -> Path:
        return self.path.with_name(f"{self.path.name}.json")


def beside(target: Path) -> Path:
    """Where the partial file of a target lies."""
    return target.with_name(f"{target.name}.partial")


def size_so_far(target: Path) -> int:
    """What somebody else has fetched of it by now."""
    for path in (beside(target), target):
        with suppress(OSError):
            return path.stat().st_size
    return 0


def _still_there(path: Path, descriptor: int) -> bool:
    """Whether the file that we have locked is the one of that name: its last owner may have renamed it."""
    try:
        return os.path.samestat(path.stat(), os.fstat(descriptor))
    except FileNotFoundError:
        return False
