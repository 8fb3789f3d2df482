"""What the store has, and that every change of it is whole."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest

from fakes.tiny_model import write_llama
from model_store.stored import PULLED, put
from spinfer.errors import ConfigError, ModelError
from spinfer.model_store.layout import Layout, default_root
from spinfer.model_store.manifest import Alias, Model, StoredFile, Summary
from spinfer.model_store.store import Store


@pytest.fixture(scope="module")
def gguf(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_llama(tmp_path_factory.mktemp("models") / "story.gguf")


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(tmp_path / "store")


def test_a_store_that_is_not_there_yet_is_empty(store: Store) -> None:
    assert store.entries() == ()
    assert store.model("story") is None
    assert not store.layout.root.exists()


def test_a_model_is_found_by_its_name(store: Store, gguf: Path) -> None:
    put(store, "story", gguf, licence="mit")
    model = store.model("story")
    assert model is not None
    assert (model.source, model.licence, model.pulled_at) == ("hf:example/repo", "mit", PULLED)
    assert model.size == gguf.stat().st_size
    assert model.summary.architecture == "llama"
    assert store.file(model).read_bytes() == gguf.read_bytes()
    assert store.models() == (model,)


def test_the_same_file_is_kept_once(store: Store, gguf: Path) -> None:
    put(store, "one", gguf)
    put(store, "two", gguf)
    assert len(list(store.layout.blobs.iterdir())) == 1
    assert store.remove("one") == 0
    assert store.file(store.model("two")).is_file()
    assert store.remove("two") == gguf.stat().st_size
    assert not list(store.layout.blobs.iterdir())
    assert store.entries() == ()


def test_a_name_may_be_given_anew(store: Store, gguf: Path, tmp_path: Path) -> None:
    put(store, "story", gguf)
    put(store, "story", write_llama(tmp_path / "other.gguf", seed=1))
    assert store.model("story").first.filename == "other.gguf"
    assert len(list(store.layout.blobs.iterdir())) == 1


def test_an_alias_stands_for_a_model(store: Store, gguf: Path) -> None:
    model = put(store, "story", gguf)
    store.alias("llama2-chat", "story")
    assert store.alias("tales", "llama2-chat") == Alias(name="tales", model="story")
    assert store.model("tales") == model
    assert store.aliases("story") == ("llama2-chat", "tales")
    with pytest.raises(ModelError, match="other names stand for it, namely `llama2-chat`, `tales`"):
        store.remove("story")
    assert store.remove("tales") == store.remove("llama2-chat") == 0
    store.remove("story")
    assert store.entries() == ()


def test_an_alias_and_a_model_do_not_take_each_others_names(store: Store, gguf: Path) -> None:
    put(store, "story", gguf)
    store.alias("tales", "story")
    with pytest.raises(ModelError, match="`tales` is an alias of `story` already"):
        put(store, "tales", gguf)
    with pytest.raises(ModelError, match="there is a model `story` already"):
        store.alias("story", "story")
    with pytest.raises(ModelError, match="there is no model 'nothing'"):
        store.alias("more", "nothing")


def test_parts_lie_under_the_names_that_are_looked_for(store: Store, tmp_path: Path) -> None:
    parts = [write_llama(tmp_path / f"m-0000{i}-of-00002.gguf", seed=i) for i in (1, 2)]
    model = put(store, "large", *parts)
    file = store.file(model)
    assert file.name == "m-00001-of-00002.gguf"
    assert file.with_name("m-00002-of-00002.gguf").read_bytes() == parts[1].read_bytes()
    assert file.stat().st_ino == store.layout.blob(model.primary).stat().st_ino
    store.remove("large")
    assert not file.parent.exists()


def test_a_linked_file_stays_where_it_lies(store: Store, gguf: Path) -> None:
    sha256 = "0" * 64
    file = StoredFile(sha256=sha256, size=1, filename="story.gguf", linked=str(gguf))
    model = Model(
        name="story", source=str(gguf), files=(file,), primary=sha256,
        summary=Summary(architecture="llama"), pulled_at=PULLED,
    )  # fmt: skip
    store.add(model)
    assert store.file(model) == gguf
    assert store.remove("story") == 0
    assert gguf.is_file()
    with pytest.raises(ModelError, match=r"its file story\.gguf is not there"):
        store.add(model.model_copy(update={"files": (file.model_copy(update={"linked": "/gone"}),)}))


def test_when_a_model_was_used(store: Store, gguf: Path) -> None:
    put(store, "story", gguf)
    assert store.last_used("story") is None
    store.touch("story")
    assert store.last_used("story") is not None
    store.remove("story")
    assert store.last_used("story") is None


@pytest.mark.parametrize("name", ["", "..", "a/b", "../a", "a\nb", "\x1b[2J"])
def test_names_that_lead_elsewhere(store: Store, gguf: Path, name: str) -> None:
    put(store, "story", gguf)
    assert store.model(name) is None
    with pytest.raises(ConfigError):
        store.alias(name, "story")
    with pytest.raises(ModelError, match="there is no model"):
        store.remove(name)


@pytest.mark.parametrize(
    "content", [b"", b"{}", b'{"kind": "model"}', b'{"kind": "alias", "name": "b", "model": "c"}']
)
def test_a_damaged_manifest(
    store: Store, gguf: Path, content: bytes, caplog: pytest.LogCaptureFixture
) -> None:
    put(store, "story", gguf)
    store.layout.manifest("a").write_bytes(content)
    with pytest.raises(ModelError, match=r"a\.json"):
        store.model("a")
    assert [entry.name for entry in store.entries()] == ["story"]
    assert "a.json" in caplog.text
    store.remove("a")
    assert store.entry("a") is None


def test_changes_at_once(store: Store, gguf: Path) -> None:
    put(store, "story", gguf)
    threads = [threading.Thread(target=put, args=(Store(store.layout.root), f"m{i}", gguf)) for i in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(store.models()) == 9


def test_a_folder_that_cannot_be_written(tmp_path: Path, gguf: Path) -> None:
    model = put(Store(tmp_path / "store"), "story", gguf)
    (tmp_path / "file").write_text("")
    with pytest.raises(ModelError, match="the store of models cannot be written") as raised:
        Store(tmp_path / "file").add(model)
    assert "SPINFER_MODELS=DIR" in str(raised.value)


def test_where_it_is(tmp_path: Path) -> None:
    assert default_root({"SPINFER_MODELS": str(tmp_path)}) == tmp_path
    assert default_root({}).name == "models"
    layout = Layout(tmp_path)
    assert layout.sha256_of(layout.blob("a" * 64)) == "a" * 64
    assert layout.sha256_of(layout.blobs / f"sha256-{'a' * 64}.partial") is None
