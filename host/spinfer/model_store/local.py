"""Which file of this machine answers to a name or a source: of the store, else of another program."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from spinfer.config.model_source import FileSource, HubSource, ModelSource, ProgramSource, WebSource
from spinfer.errors import ModelError
from spinfer.model_store import discover, hf_cache, llama_cpp_cache, lmstudio, ollama, quantization
from spinfer.model_store.foreign import Surroundings
from spinfer.model_store.manifest import Model
from spinfer.model_store.store import Store


@dataclass(frozen=True, slots=True)
class Located:
    """A model that is here."""

    path: Path
    """Its file, or the first of its parts."""
    origin: str
    """For a person: who keeps it."""
    stored: str | None = None
    """Its name in the store, if it is there."""


class LocalModels:
    """Finds models and remembers where; nothing is fetched. Every method may be called from any thread."""

    def __init__(self, store: Store | None = None, surroundings: Surroundings | None = None) -> None:
        self._store = store or Store()
        self._surroundings = surroundings or Surroundings.current()
        self._lock = threading.Lock()
        self._found: dict[str, Located] = {}

    def named(self, name: str) -> Located | None:
        """What the store calls so. Raises ModelError: its manifest is damaged."""
        return self._remembered(f"name {name}", lambda: self._in_store(name))

    def elsewhere(self, name: str) -> Located | None:
        """What Ollama calls so."""
        return self._remembered(f"elsewhere {name}", lambda: self._of_ollama(name))

    def of(self, source: ModelSource) -> Located | None:
        """What was pulled from there, else what another program on this machine has from there."""
        return self._remembered(f"source {source}", lambda: next(self._candidates(source), None))

    def used(self, path: Path) -> None:
        """This file was loaded: the store remembers when."""
        with self._lock:
            found = [each for each in self._found.values() if each.stored is not None]
        for name in {str(each.stored) for each in found if each.path.resolve() == path.resolve()}:
            self._store.touch(name)

    def _remembered(self, key: str, find: Callable[[], Located | None]) -> Located | None:
        """Guests ask for a model each time anew: what was found is looked for again when it has gone."""
        with self._lock:
            found = self._found.get(key)
        if found is not None and found.path.is_file():
            return found
        found = find()
        with self._lock:
            if found is not None:
                self._found[key] = found
            else:
                self._found.pop(key, None)
        return found

    def _in_store(self, name: str) -> Located | None:
        model = self._store.model(name)
        return None if model is None else self._kept(model)

    def _kept(self, model: Model) -> Located | None:
        """None: its file, which may be another program's, was taken away."""
        path = self._store.file(model)
        return Located(path, "the store", model.name) if path.is_file() else None

    def _candidates(self, source: ModelSource) -> Iterator[Located]:
        for stored in self._store.models():
            if stored.source == str(source) and (kept := self._kept(stored)) is not None:
                yield kept
        match source:
            case HubSource():
                yield from self._of_hub(source)
            case WebSource(_, sha256) if sha256 and (path := blob(sha256, None, self._surroundings)):
                yield Located(path, ollama.PROGRAM)
            case ProgramSource(text):
                with suppress(ModelError):  # there is none, which those who plan to pull it are told
                    model = discover.resolve(text, self._surroundings)
                    yield Located(model.path, model.program)
            case FileSource(path):
                yield Located(path, "a file")

    def _of_hub(self, source: HubSource) -> Iterator[Located]:
        for program in (hf_cache, lmstudio, llama_cpp_cache):
            held = program.files(source.repository, self._surroundings)
            choice = quantization.choose(quantization.variants(held), source.choice)
            if choice is not None:
                yield Located(held[choice.variant.files[0]], program.PROGRAM)
        named = f"hf.co/{source.repository}" + (f":{source.choice}" if source.choice else "")
        if found := self._of_ollama(named):
            yield found

    def _of_ollama(self, name: str) -> Located | None:
        if not any(folder.is_dir() for folder in ollama.folders(self._surroundings)):
            return None
        try:
            model = ollama.find(name, self._surroundings)
        except ModelError:
            return None
        return Located(model.path, f"{model.program} ({model.source})")


def blob(sha256: str, size: int | None, surroundings: Surroundings | None = None) -> Path | None:
    """A file that another program keeps under its digest; its content is not looked at.

    `size` in bytes: what it must have, where that is known.
    """
    around = surroundings or Surroundings.current()
    places = [folder / "blobs" / f"sha256-{sha256}" for folder in ollama.folders(around)]
    places += hf_cache.folder(around).glob(f"models--*/blobs/{sha256}")
    for place in places:
        try:
            if place.is_file() and size in (None, place.stat().st_size):
                return place
        except OSError:
            continue
    return None
