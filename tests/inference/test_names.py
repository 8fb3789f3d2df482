"""The order in which a name is looked for."""

from __future__ import annotations

from pathlib import Path

import pytest

from fakes.ollama_folder import OllamaFolder
from fakes.tiny_model import write_llama
from model_store.stored import put
from spinfer.config.model_source import parse
from spinfer.config.models import MockConfig, ModelConfig
from spinfer.inference.catalog import Catalog
from spinfer.inference.names import ANY, Names
from spinfer.model_store.foreign import Surroundings
from spinfer.model_store.local import LocalModels
from spinfer.model_store.store import Store

MOCK = ModelConfig(mock=MockConfig(default="made up"))


class Machine:
    """A folder of an app, a store, and Ollama's folder, each with a model of another size."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder / "ai-models"
        self.store = Store(folder / "store")
        self.ollama = OllamaFolder(folder / "ollama")
        environment = {"OLLAMA_MODELS": str(self.ollama.root), "HF_HUB_CACHE": str(folder / "hub")}
        self.local = LocalModels(self.store, Surroundings(environment, folder))
        self.gguf = write_llama(folder / "small.gguf")
        self.cached = folder / "hub/models--example--story/snapshots/main"

    def beside(self, name: str) -> Path:
        self.folder.mkdir(exist_ok=True)
        path = self.folder / f"{name}.gguf"
        path.write_bytes(self.gguf.read_bytes())
        return path

    def names(self, **table: ModelConfig) -> Names:
        return Names(table, self.folder, self.local)


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    return Machine(tmp_path)


def path_of(config: ModelConfig | None) -> Path | None:
    assert config is not None
    return config.path


def test_the_table_then_the_folder_then_the_store(machine: Machine) -> None:
    stored = put(machine.store, "story", machine.gguf)
    names = machine.names()
    assert path_of(names.own("story")) == machine.store.file(stored)
    assert names.origin("story") == "the store"
    beside = machine.beside("story")
    assert path_of(names.own("story")) == beside
    assert names.origin("story") is None
    assert machine.names(story=MOCK).own("story") == MOCK


def test_the_star_comes_after_the_store_and_before_ollama(machine: Machine) -> None:
    blob = machine.ollama.add("library/story/latest", machine.gguf)
    names = machine.names()
    assert names.own("story") is None
    assert path_of(names.otherwise("story")) == blob
    assert names.origin("story") == "Ollama (ollama:story:latest)"
    assert machine.names(**{ANY: MOCK}).otherwise("story") == MOCK


def test_a_source_is_looked_for_in_the_store_by_itself(machine: Machine) -> None:
    source = parse("hf:example/story")
    names = machine.names(story=ModelConfig(source=source, prompt="chat"))
    assert names.own("story") is None
    assert names.otherwise("story") is None
    problem = names.missing("story", "story")
    assert str(problem) == (
        "model 'story' is not on this machine yet: it comes from hf:example/story\n"
        "  Fetch it: spinfer models pull story"
    )
    put(machine.store, "story", machine.gguf, source="hf:another/story")
    assert names.own("story") is None
    stored = put(machine.store, "tales", machine.gguf, source="hf:example/story")
    found = names.own("story")
    assert path_of(found) == machine.store.file(stored)
    assert found is not None
    assert (found.source, found.prompt) == (None, "chat")


def test_a_source_that_other_programs_have_fetched(machine: Machine) -> None:
    names = machine.names(story=ModelConfig(source=parse("hf:example/story:Q8_0")))
    digest = machine.ollama.blob(machine.gguf.read_bytes())
    layers = [{"mediaType": "application/vnd.ollama.image.model", "digest": digest}]
    machine.ollama.manifest("example/story/Q8_0", {"layers": layers}, host="hf.co")
    assert path_of(names.own("story")) == machine.ollama.blob_path(digest)
    machine.cached.mkdir(parents=True)
    (machine.cached / "s-Q8_0.gguf").write_bytes(machine.gguf.read_bytes())
    fresh = Machine(machine.gguf.parent).names(story=ModelConfig(source=parse("hf:example/story:Q8_0")))
    assert path_of(fresh.own("story")) == machine.cached / "s-Q8_0.gguf"
    assert fresh.origin("story") == "Hugging Face cache"


def test_a_program_that_does_not_have_it(machine: Machine) -> None:
    names = machine.names(story=ModelConfig(source=parse("ollama:story")))
    assert names.own("story") is None
    blob = machine.ollama.add("library/story/latest", machine.gguf)
    assert path_of(names.own("story")) == blob


def test_a_model_that_goes_away_is_looked_for_again(machine: Machine) -> None:
    put(machine.store, "story", machine.gguf)
    names = machine.names()
    assert names.own("story") is not None
    machine.store.remove("story")
    assert names.own("story") is None


def test_a_model_whose_file_was_taken_away_is_none(machine: Machine) -> None:
    stored = put(machine.store, "story", machine.gguf)
    machine.store.file(stored).unlink()
    assert machine.names().own("story") is None
    assert machine.names(story=ModelConfig(source=parse("hf:example/repo"))).own("story") is None


def test_a_damaged_manifest_is_no_model(machine: Machine) -> None:
    put(machine.store, "story", machine.gguf)
    machine.store.layout.manifest("story").write_text("{}")
    assert machine.names().own("story") is None


@pytest.mark.parametrize("name", ["../story", "a/b", "\x1b[2J", "", "x" * 300])
def test_names_that_guests_think_up(machine: Machine, name: str) -> None:
    names = machine.names()
    assert names.own(name) is None
    assert names.otherwise(name) is None


def test_without_a_machine_there_is_no_source() -> None:
    names = Names({"story": ModelConfig(source=parse("hf:example/story"))}, None, None)
    assert names.own("story") is None


def test_the_store_remembers_who_was_loaded(machine: Machine) -> None:
    put(machine.store, "story", machine.gguf)
    catalog = Catalog({}, local=machine.local)
    try:
        assert machine.store.last_used("story") is None
        catalog.load("story")
        assert machine.store.last_used("story") is not None
        assert catalog.where("story") == f"{machine.store.file(machine.store.models()[0])} (the store)"
    finally:
        catalog.close()
