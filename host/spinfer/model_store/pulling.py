"""From a plan to a model in the store: fetched, converted, or linked where it lies."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from spinfer.config import model_name
from spinfer.config.model_source import HubSource
from spinfer.conversion.destination import Destination
from spinfer.downloads import address, room
from spinfer.downloads.downloader import Downloader, Fetched
from spinfer.downloads.partial import size_so_far
from spinfer.downloads.progress import Progress
from spinfer.downloads.transfer import Download
from spinfer.errors import DownloadError, ModelError
from spinfer.gguf_header import reader
from spinfer.gguf_header.header import BadHeader, Header
from spinfer.gguf_header.summary import summary_of
from spinfer.model_store import hub, local
from spinfer.model_store.made import workplace
from spinfer.model_store.manifest import Model, StoredFile, Summary
from spinfer.model_store.plan import Converting, Fetching, Linking, Plan, RemoteFile
from spinfer.model_store.store import Store

_CHUNK = 1 << 20
_CURE = "Get the file again, or another: models for llama.cpp come as .gguf."


class Puller:
    """Brings models into a store. It may be interrupted: the next pull() goes on from there."""

    def __init__(self, store: Store, downloader: Downloader, progress: Progress) -> None:
        """`progress` hears of the files that are on this machine already, as the downloader's of others."""
        self._store = store
        self._downloader = downloader
        self._progress = progress

    def pull(self, plan: Plan, name: str, *, copy: bool = False) -> Model:
        """The model, under this name, in the store. `copy`: of a file on this machine, not only its place.

        Raises DownloadError, ModelError or ConfigError; the store then has no more names than before.
        """
        model_name.check(name)
        if isinstance(plan.way, Fetching | Converting):
            self._check_room(plan.way.files, name)
        match plan.way:
            case Fetching(files):
                stored = tuple(self._fetch(plan, file, alone=len(files) == 1) for file in files)
            case Converting(files):
                stored = (self._convert(plan, name, files),)
            case Linking(paths):
                keep = self._copied if copy else self._linked
                stored = tuple(keep(path) for path in paths)
        headers = [self._header(file) for file in stored]
        found = summary_of(headers)
        model = Model(
            name=name,
            source=str(plan.source),
            files=stored,
            primary=stored[0].sha256,
            summary=Summary.of(found),
            licence=plan.licence or found.license,
            pulled_at=datetime.now(UTC),
        )
        self._store.add(model)
        return model

    def _fetch(self, plan: Plan, file: RemoteFile, *, alone: bool) -> StoredFile:
        """One part: as a blob, or where another program has it, if its name there does not matter."""
        if file.sha256 is not None:
            self._drop_damaged(file.sha256, file.filename)
            if alone and (place := self._elsewhere(file.sha256, file)) is not None:
                return _stored(file.filename, file.sha256, place.stat().st_size, linked=place)
        fetched = self._download(plan, file, self._place(file))
        self._check(fetched.path, file)
        if file.sha256 is None:
            self._store.adopt(fetched.path, fetched.sha256)
        return _stored(file.filename, fetched.sha256, fetched.size)

    def _drop_damaged(self, sha256: str, label: str) -> None:
        """A blob whose content is not what its name says, since its disk failed or somebody wrote to it."""
        blob = self._store.layout.blob(sha256)
        if blob.is_file() and self._sha256(blob, label) != sha256:
            self._progress.note(label, "the store's copy is damaged: fetching it anew")
            with self._store.writing(blob):
                blob.unlink()

    def _elsewhere(self, sha256: str, file: RemoteFile) -> Path | None:
        """Where another program keeps it, verified; None: nowhere, or the store has it."""
        if self._store.layout.blob(sha256).is_file():
            return None
        place = local.blob(sha256, file.size)
        if place is None or self._sha256(place, file.filename) != sha256:
            return None
        self._progress.note(file.filename, f"it is here already, and used where it lies: {place}")
        return place

    def _place(self, file: RemoteFile) -> Path:
        """Where to fetch it to: its blob, if that is known; else a place that is the same next time."""
        if file.sha256 is not None:
            return self._store.layout.blob(file.sha256)
        return self._store.layout.incoming / hashlib.sha256(file.url.encode()).hexdigest()

    def _download(self, plan: Plan, file: RemoteFile, target: Path) -> Fetched:
        download = Download(file.url, target, file.filename, file.sha256, file.size, file.headers)
        try:
            return self._downloader.fetch(download)
        except DownloadError as e:
            if isinstance(plan.source, HubSource) and e.status in (401, 403):
                raise hub.closed(str(plan.source)) from e
            raise

    def _check(self, path: Path, file: RemoteFile) -> None:
        """What was fetched is a model; if not, it goes. Raises ModelError."""
        try:
            _read(path, address.shown(file.url))
        except ModelError:
            path.unlink(missing_ok=True)
            raise

    def _convert(self, plan: Plan, name: str, files: Sequence[RemoteFile]) -> StoredFile:
        # imported here: numpy and gguf take a moment, which other sources need not wait for
        from spinfer.conversion.sentence_transformers import convert  # noqa: PLC0415

        with workplace(self._store) as folder:
            original = folder / "original"
            self._gather(plan, files, original)
            size = sum(file.size or 0 for file in files)
            work = f"Converting {name}"
            converted = convert(
                original,
                Destination(folder, name),
                progress=lambda part: self._progress.at(work, round(part * size), size),
            )
            self._progress.end(work)
            sha256 = self._sha256(converted.path, converted.path.name)
            self._store.adopt(converted.path, sha256)
            for file in files:
                self._place(file).unlink(missing_ok=True)
        return _stored(f"{name}.gguf", sha256, converted.bytes)

    def _gather(self, plan: Plan, files: Sequence[RemoteFile], folder: Path) -> None:
        """All files under their paths in one folder: links, since another process may want them too."""
        for file in files:
            fetched = self._download(plan, file, self._place(file)).path
            link = folder / file.filename
            try:
                link.parent.mkdir(parents=True, exist_ok=True)
                os.link(fetched, link)
            except OSError as e:
                raise ModelError(
                    f"this file cannot be converted: {e.strerror or e}", where=str(fetched)
                ) from e

    def _check_room(self, files: Sequence[RemoteFile], name: str) -> None:
        """For all of them, before the first is fetched."""
        coming = [file for file in files if not self._place(file).is_file()]
        needed = sum((file.size or 0) - size_so_far(self._place(file)) for file in coming)
        with self._store.writing(self._store.layout.blobs) as blobs:
            blobs.mkdir(exist_ok=True)
            room.check(blobs, needed, name)

    def _linked(self, path: Path) -> StoredFile:
        _read(path, str(path))
        return _stored(path.name, self._sha256(path, path.name), path.stat().st_size, linked=path)

    def _copied(self, path: Path) -> StoredFile:
        _read(path, str(path))
        with workplace(self._store) as folder:
            copy = folder / path.name
            sha256 = self._sha256(path, path.name, copy)
            size = copy.stat().st_size
            self._store.adopt(copy, sha256)
        return _stored(path.name, sha256, size)

    def _sha256(self, path: Path, label: str, copy: Path | None = None) -> str:
        """Of a file of this machine, written to `copy` meanwhile. Raises ModelError."""
        work = f"{'Verifying' if copy is None else 'Copying'} {label}"
        digest = hashlib.sha256()
        try:
            total = path.stat().st_size
            with path.open("rb") as file, (copy or Path(os.devnull)).open("wb") as out:
                while block := file.read(_CHUNK):
                    digest.update(block)
                    out.write(block)
                    self._progress.at(work, file.tell(), total)
        except OSError as e:
            raise ModelError(
                f"this model cannot be read, or not be copied: {e.strerror or e}", where=str(path)
            ) from e
        finally:
            self._progress.end(work)
        return digest.hexdigest()

    def _header(self, file: StoredFile) -> Header:
        path = self._store.location(file)
        return _read(path, str(path))


def _read(path: Path, place: str) -> Header:
    """Raises ModelError: no GGUF file, or a damaged one. `place` is what to call it."""
    try:
        header = reader.read(path)
    except OSError as e:
        raise ModelError(f"this model cannot be read: {e.strerror or e}", where=place) from e
    except BadHeader as e:
        raise ModelError(str(e), where=place, cure=_CURE) from e
    if header.missing_bytes:
        what = f"{header.missing_bytes} bytes of its weights are missing: the file is incomplete"
        raise ModelError(what, where=place, cure=_CURE)
    return header


def _stored(filename: str, sha256: str, size: int, *, linked: Path | None = None) -> StoredFile:
    place = None if linked is None else str(linked.absolute())
    name = filename if model_name.fits(filename) else "model.gguf"
    return StoredFile(sha256=sha256, size=size, filename=name, linked=place)
