"""A model that was made on this machine, into the store."""

from __future__ import annotations

import hashlib
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime
from pathlib import Path

from spinfer.downloads.locking import locked, try_lock
from spinfer.errors import ModelError
from spinfer.gguf_header.summary import summarize
from spinfer.model_store.layout import VARIABLE
from spinfer.model_store.manifest import Model, StoredFile, Summary
from spinfer.model_store.store import Store

_PREFIX = "made-"


@contextmanager
def workplace(store: Store) -> Iterator[Path]:
    """A folder of the store, to write in until the block ends. Raises ModelError: it cannot be made.

    What processes that were killed have left in theirs goes.
    """
    with ExitStack() as closing:
        try:
            folder = _new(store, closing)
        except OSError as e:
            raise ModelError(
                f"the store of models cannot be written: {e.strerror or e}",
                where=str(store.layout.incoming),
                cure=f"Make room there, or choose another folder: {VARIABLE}=DIR",
            ) from e
        yield folder


def _new(store: Store, closing: ExitStack) -> Path:
    """Locked, so that it is not taken for one that was left behind, until `closing` removes it."""
    incoming = store.layout.incoming
    incoming.mkdir(parents=True, exist_ok=True)
    with locked(store.layout.lock):
        for other in incoming.glob(f"{_PREFIX}*"):
            _sweep(other)
        folder = Path(tempfile.mkdtemp(prefix=_PREFIX, dir=incoming))
        descriptor = os.open(folder, os.O_RDONLY)
        closing.callback(os.close, descriptor)
        closing.callback(shutil.rmtree, folder, ignore_errors=True)
        try_lock(descriptor)
    return folder


def _sweep(folder: Path) -> None:
    """Remove it unless somebody is at work there."""
    try:
        descriptor = os.open(folder, os.O_RDONLY)
    except OSError:
        return
    try:
        if try_lock(descriptor):
            shutil.rmtree(folder, ignore_errors=True)
    finally:
        os.close(descriptor)


def keep(store: Store, name: str, file: Path, *, source: str, licence: str | None) -> Path:
    """Give the store a file that lies in its workplace; where it is then. Raises ModelError."""
    found = summarize(file)
    with file.open("rb") as content:
        sha256 = hashlib.file_digest(content, "sha256").hexdigest()
    store.adopt(file, sha256)
    model = Model(
        name=name,
        source=source,
        files=(StoredFile(sha256=sha256, size=found.bytes, filename=file.name),),
        primary=sha256,
        summary=Summary.of(found),
        licence=licence,
        pulled_at=datetime.now(UTC),
    )
    store.add(model)
    return store.file(model)
