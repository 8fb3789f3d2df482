"""A model that was made on this machine, into the store."""

from __future__ import annotations

import hashlib
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from spinfer.errors import ModelError
from spinfer.gguf_header.summary import summarize
from spinfer.model_store.layout import VARIABLE
from spinfer.model_store.manifest import Model, StoredFile, Summary
from spinfer.model_store.store import Store


@contextmanager
def workplace(store: Store) -> Iterator[Path]:
    """A folder of the store, to write in until the block ends. Raises ModelError: it cannot be made."""
    try:
        store.layout.incoming.mkdir(parents=True, exist_ok=True)
        folder = Path(tempfile.mkdtemp(prefix="made-", dir=store.layout.incoming))
    except OSError as e:
        raise ModelError(
            f"the store of models cannot be written: {e.strerror or e}",
            where=str(store.layout.incoming),
            cure=f"Make room there, or choose another folder: {VARIABLE}=DIR",
        ) from e
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


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
