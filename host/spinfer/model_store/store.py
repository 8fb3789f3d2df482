"""The store: which models it has, and every change of it, each whole or not made at all."""

from __future__ import annotations

import logging
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path

from spinfer.config import model_name
from spinfer.downloads.locking import locked
from spinfer.errors import ModelError
from spinfer.model_store import manifest
from spinfer.model_store.layout import VARIABLE, Layout, default_root
from spinfer.model_store.manifest import Alias, Entry, Model, StoredFile

log = logging.getLogger(__name__)


class Store:
    """The models in one folder, which need not be there yet.

    Any thread and any process may call any method at any time. Those that change something raise ModelError
    where the folder cannot be written.
    """

    def __init__(self, root: Path | None = None) -> None:
        """None: the folder that `SPINFER_MODELS` names, else the one for this user's data."""
        self.layout = Layout(default_root() if root is None else root)

    def __repr__(self) -> str:
        return f"<Store {self.layout.root}>"

    def entries(self) -> tuple[Entry, ...]:
        """Every model and alias, by name; of a damaged one the log says so."""
        found: list[Entry] = []
        for name in self._names():
            try:
                entry = self.entry(name)
            except ModelError as e:
                log.warning("%s", e)
                continue
            if entry is not None:
                found.append(entry)
        return tuple(found)

    def models(self) -> tuple[Model, ...]:
        """Every model, by name."""
        return tuple(entry for entry in self.entries() if isinstance(entry, Model))

    def entry(self, name: str) -> Entry | None:
        """What a name stands for; None: nothing. Raises ModelError: its manifest is damaged."""
        if not model_name.fits(name):
            return None
        path = self.layout.manifest(name)
        try:
            entry = manifest.from_json(path.read_bytes(), path)
        except FileNotFoundError:
            return None
        except OSError as e:
            raise ModelError(f"cannot be read: {e.strerror}", where=str(path)) from e
        if entry.name != name:
            raise ModelError(
                f"this describes a model `{entry.name}`, and its file's name says otherwise",
                where=str(path),
                cure="Delete it, and give the model another name with `spinfer models alias`.",
            )
        return entry

    def model(self, name: str) -> Model | None:
        """The model of a name, or the one that the name is an alias of. Raises ModelError as entry()."""
        entry = self.entry(name)
        if isinstance(entry, Alias):
            entry = self.entry(entry.model)
        return entry if isinstance(entry, Model) else None

    def aliases(self, name: str) -> tuple[str, ...]:
        """The other names of a model."""
        return tuple(
            entry.name for entry in self.entries() if isinstance(entry, Alias) and entry.model == name
        )

    def file(self, model: Model) -> Path:
        """The file to hand to llama.cpp: it finds the other parts, where there are, beside it."""
        if len(model.files) > 1 and model.first.linked is None:
            return self.layout.split(model.name) / model.first.filename
        return self.location(model.first)

    def location(self, file: StoredFile) -> Path:
        """Where one file of a model lies, if nobody took it away."""
        return self.layout.blob(file.sha256) if file.linked is None else Path(file.linked)

    def add(self, model: Model) -> None:
        """Give a name to files that the store has, or links to. What had the name before is forgotten.

        Raises ModelError: one of the files is not there, or an alias has that name.
        """
        with self._changing():
            self._check_complete(model)
            before = self.entry_or_none(model.name)
            if isinstance(before, Alias):
                raise ModelError(
                    f"`{model.name}` is an alias of `{before.model}` already",
                    where=str(self.layout.root),
                    cure=f"Choose another name, or remove it: spinfer models rm {model.name}",
                )
            self._link_parts(model)
            self._write(model)
            if before is not None:
                self._sweep(before)

    def alias(self, name: str, target: str) -> Alias:
        """Let `name` stand for the model that `target` stands for, from now on.

        Raises ModelError: there is no such model, or `name` is a model itself; ConfigError: no such name is
        possible.
        """
        model_name.check(name)
        with self._changing():
            model = self.model(target)
            if model is None:
                raise self.unknown(target)
            if isinstance(self.entry_or_none(name), Model):
                raise ModelError(
                    f"there is a model `{name}` already",
                    where=str(self.layout.root),
                    cure=f"Choose another name for `{model.name}`.",
                )
            alias = Alias(name=name, model=model.name)
            self._write(alias)
            return alias

    def remove(self, name: str) -> int:
        """Forget a name, and whatever only it needed; a linked file stays. The bytes that became free.

        Raises ModelError: there is no such name, or aliases stand for it.
        """
        with self._changing():
            if not (model_name.fits(name) and self.layout.manifest(name).exists()):
                raise self.unknown(name)
            if aliases := self.aliases(name):
                listed = ", ".join(f"`{alias}`" for alias in aliases)
                raise ModelError(
                    f"`{name}` is needed: other names stand for it, namely {listed}",
                    where=str(self.layout.root),
                    cure=f"Remove them first: spinfer models rm {' '.join(aliases)}",
                )
            entry = self.entry_or_none(name)
            self.layout.manifest(name).unlink()
            self.layout.used(name).unlink(missing_ok=True)
            shutil.rmtree(self.layout.split(name), ignore_errors=True)
            return 0 if entry is None else self._sweep(entry)

    def adopt(self, path: Path, sha256: str) -> None:
        """Take a complete file of that content as a blob; it must lie in the store's folder, and moves."""
        with self.writing(self.layout.blob(sha256)) as blob:
            path.replace(blob)

    def touch(self, name: str) -> None:
        """Remember that the model of this name was loaded now; where that cannot be written, nothing is."""
        used = self.layout.used(name)
        with suppress(OSError):
            used.parent.mkdir(parents=True, exist_ok=True)
            used.touch()

    def last_used(self, name: str) -> datetime | None:
        """When the model of this name was last loaded; None: never yet."""
        try:
            return datetime.fromtimestamp(self.layout.used(name).stat().st_mtime, UTC)
        except OSError:
            return None

    def unknown(self, name: str) -> ModelError:
        """For raising: there is no such model."""
        known = ", ".join(f"`{known}`" for known in self._names()) or "none yet"
        return ModelError(
            f"there is no model {name!r}",
            where=f"the store {self.layout.root}",
            cure=f"It has {known}. Another folder: {VARIABLE}=DIR",
        )

    def entry_or_none(self, name: str) -> Entry | None:
        """entry(), where a damaged manifest is as good as none."""
        try:
            return self.entry(name)
        except ModelError as e:
            log.debug("%s", e)
            return None

    def _names(self) -> list[str]:
        names = map(self.layout.name_of, self.layout.manifests.glob("*.json"))
        return sorted(name for name in names if name is not None)

    def _check_complete(self, model: Model) -> None:
        for file in model.files:
            if not self.location(file).is_file():
                raise ModelError(
                    f"model `{model.name}`: its file {file.filename} is not there",
                    where=str(self.location(file)),
                    cure="Somebody took it away meanwhile: pull the model again.",
                )

    def _link_parts(self, model: Model) -> None:
        """Parts of a split model under the names that llama.cpp looks for; nothing is copied."""
        folder = self.layout.split(model.name)
        shutil.rmtree(folder, ignore_errors=True)
        if len(model.files) == 1 or model.first.linked is not None:
            return
        for file in model.files:
            with self.writing(folder / file.filename) as part:
                os.link(self.location(file), part)

    def _sweep(self, gone: Entry) -> int:
        """Delete the blobs that only this entry needed; the bytes that became free."""
        if isinstance(gone, Alias):
            return 0
        needed = {file.sha256 for model in self.models() for file in model.files}
        freed = 0
        for file in gone.files:
            if file.linked is None and file.sha256 not in needed:
                with suppress(FileNotFoundError):
                    self.layout.blob(file.sha256).unlink()
                    freed += file.size
        return freed

    def _write(self, entry: Entry) -> None:
        with self.writing(self.layout.manifest(entry.name)) as path:
            descriptor, partial = tempfile.mkstemp(prefix=".partial-", dir=path.parent)
            try:
                with os.fdopen(descriptor, "wb") as file:
                    file.write(manifest.to_json(entry))
                    file.flush()
                    os.fsync(file.fileno())
                Path(partial).replace(path)
            except BaseException:
                Path(partial).unlink(missing_ok=True)
                raise

    @contextmanager
    def _changing(self) -> Iterator[None]:
        """While the block runs, no other process changes what there is."""
        with self.writing(self.layout.lock) as lock, locked(lock):
            yield

    @contextmanager
    def writing(self, path: Path) -> Iterator[Path]:
        """`path`, its folder made. Raises ModelError for OSErrors, those of the block too."""
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            yield path
        except OSError as e:
            raise ModelError(
                f"the store of models cannot be written: {e.strerror or e}",
                where=str(path),
                cure=f"Make room there, or choose another folder: {VARIABLE}=DIR",
            ) from e
