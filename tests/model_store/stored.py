"""Models in a store, for tests that need some there."""

from __future__ import annotations

import hashlib
import shutil
import tempfile
from datetime import UTC, datetime
from pathlib import Path

from spinfer.gguf_header.summary import summarize
from spinfer.model_store.manifest import Model, StoredFile, Summary
from spinfer.model_store.store import Store

PULLED = datetime(2025, 1, 31, 12, tzinfo=UTC)


def put(
    store: Store, name: str, *files: Path, source: str = "hf:example/repo", licence: str | None = None
) -> Model:
    """Copy these files (parts of one model) into the store, under their names."""
    stored = tuple(
        StoredFile(sha256=_blob(store, file), size=file.stat().st_size, filename=file.name) for file in files
    )
    model = Model(
        name=name,
        source=source,
        files=stored,
        primary=stored[0].sha256,
        summary=Summary.of(summarize(files[0])),
        licence=licence,
        pulled_at=PULLED,
    )
    store.add(model)
    return model


def _blob(store: Store, file: Path) -> str:
    sha256 = hashlib.sha256(file.read_bytes()).hexdigest()
    store.layout.incoming.mkdir(parents=True, exist_ok=True)
    copy = Path(tempfile.mkdtemp(dir=store.layout.incoming), file.name)
    shutil.copy(file, copy)
    store.adopt(copy, sha256)
    copy.parent.rmdir()
    return sha256
