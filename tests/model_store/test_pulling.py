"""Models from everywhere into the store, and a store that is whole whatever goes wrong."""

from __future__ import annotations

import hashlib
import shutil
import threading
from collections import namedtuple
from collections.abc import Iterator
from pathlib import Path

import pytest

from conversion.folders import write_folder
from downloads.conftest import Watcher
from fakes.hub import TOKEN, Cut, Garbled, Hold, Hub, Repository, Status
from fakes.ollama_folder import OllamaFolder
from fakes.tiny_model import write_llama
from spinfer.config.model_source import parse
from spinfer.downloads.downloader import ATTEMPTS, Downloader
from spinfer.errors import ConfigError, DownloadError, ModelError
from spinfer.model_store import plan
from spinfer.model_store.manifest import Model
from spinfer.model_store.pulling import Puller
from spinfer.model_store.store import Store


@pytest.fixture(scope="module")
def gguf(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_llama(tmp_path_factory.mktemp("models") / "story.gguf")


@pytest.fixture
def store(tmp_path: Path, bare: Path) -> Store:
    return Store(tmp_path / "store")


@pytest.fixture
def watcher() -> Watcher:
    return Watcher()


@pytest.fixture
def puller(store: Store, watcher: Watcher) -> Iterator[Puller]:
    with Downloader(watcher, pause=watcher.pauses.append) as downloader:
        yield Puller(store, downloader, watcher)


def pull(puller: Puller, source: str, name: str = "story", *, copy: bool = False) -> Model:
    return puller.pull(plan.make(parse(source)), name, copy=copy)


def contents(store: Store) -> set[str]:
    """Every file of the store, but for its lock."""
    files = (path for path in store.layout.root.rglob("*") if path.is_file())
    return {str(path.relative_to(store.layout.root)) for path in files} - {"lock"}


def sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def test_a_model_of_the_hub(puller: Puller, store: Store, server: Hub, gguf: Path) -> None:
    content = gguf.read_bytes()
    server.repositories["example/story-GGUF"] = Repository(
        {"README.md": b"#", "story-Q8_0.gguf": b"", "story-Q4_K_M.gguf": content}, licence="mit"
    )
    planned = plan.make(parse("hf:example/story-GGUF"))
    assert (planned.size, planned.licence, planned.note) == (len(content), "mit", "")
    assert planned.suggested_name == "story"
    model = puller.pull(planned, "story")
    assert (model.source, model.licence) == ("hf:example/story-GGUF", "mit")
    assert store.model("story") == model
    assert store.file(model).read_bytes() == content
    assert contents(store) == {"manifests/story.json", f"blobs/sha256-{sha256(content)}"}
    resolved = [asked for asked in server.asked if "/resolve/" in asked.path]
    assert f"/resolve/{'0123456789abcdef' * 2}01234567/" in resolved[0].path


def test_a_quantization_and_a_file(puller: Puller, server: Hub, gguf: Path) -> None:
    server.repositories["example/story"] = Repository(
        {"a-Q8_0.gguf": gguf.read_bytes(), "sub/b-Q4_K_M.gguf": gguf.read_bytes()}
    )
    assert pull(puller, "hf:example/story:q8_0").first.filename == "a-Q8_0.gguf"
    assert pull(puller, "hf:example/story:sub/b-Q4_K_M.gguf").first.filename == "b-Q4_K_M.gguf"
    with pytest.raises(ModelError, match=r"this repository has no `Q2_K`\n  It has `a-Q8_0\.gguf`, `sub/b-"):
        pull(puller, "hf:example/story:Q2_K")


def test_the_nearest_quantization_is_said_aloud(server: Hub, bare: Path) -> None:
    server.repositories["example/story"] = Repository({"a-Q8_0.gguf": b"", "a-Q5_K_M.gguf": b""})
    planned = plan.make(parse("hf:example/story"))
    assert planned.note == "there is no Q4_K_M: taking Q5_K_M, which is the nearest"


def test_a_model_in_parts(puller: Puller, store: Store, server: Hub, tmp_path: Path) -> None:
    parts = {f"Q4_K_M/m-0000{i}-of-00002.gguf": write_llama(tmp_path / f"{i}.gguf", seed=i) for i in (1, 2)}
    server.repositories["example/large"] = Repository(
        {name: path.read_bytes() for name, path in parts.items()}
    )
    model = pull(puller, "hf:example/large")
    file = store.file(model)
    assert file.name == "m-00001-of-00002.gguf"
    assert [file.with_name(name.partition("/")[2]).read_bytes() for name in parts] == [
        path.read_bytes() for path in parts.values()
    ]


def test_a_sentence_transformers_model_is_converted(
    puller: Puller, store: Store, server: Hub, tmp_path: Path
) -> None:
    folder = tmp_path / "original"
    write_folder(folder)
    files = {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    server.repositories["sentence-transformers/small"] = Repository(
        {**files, "onnx/model.onnx": b"no", "pytorch_model.bin": b"no"}, licence="apache-2.0"
    )
    planned = plan.make(parse("hf:sentence-transformers/small"))
    assert planned.note == "it has no GGUF file, and is converted to one"
    assert planned.size == sum(map(len, files.values()))
    model = puller.pull(planned, "small")
    assert (model.summary.architecture, model.first.filename) == ("bert", "small.gguf")
    assert contents(store) == {"manifests/small.json", f"blobs/sha256-{model.primary}"}
    assert not server.downloads("onnx")


def test_a_model_at_an_address(puller: Puller, store: Store, server: Hub, gguf: Path) -> None:
    url = server.file("story.gguf", gguf.read_bytes())
    model = pull(puller, url)
    assert contents(store) == {"manifests/story.json", f"blobs/sha256-{model.primary}"}
    again = pull(puller, f"{url}#sha256={model.primary}", "other")
    assert again.files == model.files
    assert len(server.downloads()) == 1


def test_a_file_of_this_machine(puller: Puller, store: Store, gguf: Path, bare: Path) -> None:
    linked = pull(puller, str(gguf))
    assert store.file(linked) == gguf
    assert contents(store) == {"manifests/story.json"}
    copied = pull(puller, str(gguf), "copy", copy=True)
    assert store.file(copied).read_bytes() == gguf.read_bytes()
    assert copied.primary == linked.primary
    store.remove("story")
    assert gguf.is_file()


def test_a_file_of_a_strange_name(puller: Puller, store: Store, gguf: Path, tmp_path: Path) -> None:
    strange = tmp_path / "a\nb.gguf"
    strange.write_bytes(gguf.read_bytes())
    model = pull(puller, str(strange))
    assert model.first.filename == "model.gguf"
    assert store.file(model) == strange


def test_a_model_of_ollama_is_used_where_it_lies(
    puller: Puller, store: Store, server: Hub, gguf: Path, bare: Path, watcher: Watcher
) -> None:
    OllamaFolder(bare / "ollama").add("library/tales/1b", gguf)
    model = pull(puller, "ollama:tales:1b")
    assert store.file(model).is_relative_to(bare / "ollama")
    server.repositories["example/story"] = Repository({"story-Q4_K_M.gguf": gguf.read_bytes()})
    same = pull(puller, "hf:example/story", "same")
    assert store.file(same) == store.file(model)
    assert not server.downloads()
    assert "it is here already" in watcher.notes[-1]
    with pytest.raises(ModelError, match="Ollama has no model"):
        pull(puller, "ollama:nothing")


def test_a_damaged_blob_of_ollama_is_not_used(
    puller: Puller, store: Store, server: Hub, gguf: Path, bare: Path
) -> None:
    blob = OllamaFolder(bare / "ollama").add("library/tales/1b", gguf)
    blob.write_bytes(gguf.read_bytes()[:-1] + b"x")
    server.repositories["example/story"] = Repository({"story-Q4_K_M.gguf": gguf.read_bytes()})
    file = store.file(pull(puller, "hf:example/story"))
    assert file.is_relative_to(store.layout.root)
    assert file.read_bytes() == gguf.read_bytes()


def test_a_damaged_blob_is_fetched_anew(
    puller: Puller, store: Store, server: Hub, gguf: Path, watcher: Watcher
) -> None:
    server.repositories["example/story"] = Repository({"s.gguf": gguf.read_bytes()})
    file = store.file(pull(puller, "hf:example/story"))
    pull(puller, "hf:example/story")
    assert len(server.downloads()) == 1
    file.write_bytes(gguf.read_bytes()[:-1] + b"x")
    pull(puller, "hf:example/story")
    assert file.read_bytes() == gguf.read_bytes()
    assert watcher.notes == ["s.gguf: the store's copy is damaged: fetching it anew"]


def test_a_cut_connection(puller: Puller, store: Store, server: Hub, gguf: Path) -> None:
    server.repositories["example/story"] = Repository({"s.gguf": gguf.read_bytes()})
    server.fail("s.gguf", Cut(0.6))
    model = pull(puller, "hf:example/story")
    assert store.file(model).read_bytes() == gguf.read_bytes()
    assert server.downloads()[-1].headers["range"] == f"bytes={int(gguf.stat().st_size * 0.6)}-"


@pytest.mark.parametrize(
    ("faults", "said"),
    [
        ([Garbled()], "its SHA-256 is "),
        ([Status(404)], "the server answers 404 Not Found"),
        ([Status(429, {"Retry-After": "600"})], "wants us to come back in 10 minutes"),
        ([Status(500)] * ATTEMPTS, "the server answers 500 Internal Server Error"),
        ([Status(403)], "this model is given only to those who have accepted its terms"),
    ],
)
def test_a_server_that_does_not_give_it(
    puller: Puller, store: Store, server: Hub, gguf: Path, faults: list[Garbled | Status], said: str
) -> None:
    server.repositories["example/story"] = Repository({"s.gguf": gguf.read_bytes()})
    server.fail("s.gguf", *faults)
    with pytest.raises(DownloadError, match=said):
        pull(puller, "hf:example/story")
    assert contents(store) == set()
    pull(puller, "hf:example/story")


def test_a_gated_repository(puller: Puller, server: Hub, gguf: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    server.repositories["example/story"] = Repository({"s.gguf": gguf.read_bytes()}, gated=True)
    with pytest.raises(
        DownloadError, match="hf:example/story: this model is given only to those who"
    ) as raised:
        pull(puller, "hf:example/story")
    assert "HF_TOKEN" in str(raised.value)
    monkeypatch.setenv("HF_TOKEN", TOKEN)
    pull(puller, "hf:example/story")
    assert not any("authorization" in asked.headers for asked in server.downloads())


@pytest.mark.parametrize("private", [True, False])
def test_a_repository_that_is_not_there_or_not_open(
    server: Hub, bare: Path, private: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    if private:
        server.repositories["example/story"] = Repository({"s.gguf": b""}, private=True)
    with pytest.raises(DownloadError, match="there is no such repository, or it is not open to everybody"):
        plan.make(parse("hf:example/story"))
    monkeypatch.setenv("HF_TOKEN", TOKEN)
    if private:
        assert plan.make(parse("hf:example/story")).size == 0


@pytest.mark.parametrize(
    ("status", "said"),
    [
        (429, "the hub has been asked too often"),
        (503, "the hub has a problem of its own"),
        (403, "the hub knows who asks"),
        (418, "the hub answers 418"),
    ],
)
def test_a_hub_that_does_not_say(server: Hub, status: int, said: str) -> None:
    server.repositories["example/story"] = Repository({"s.gguf": b""})
    server.fail("example/story", *[Status(status)] * 20)
    with pytest.raises(DownloadError, match=f"hf:example/story: {said}"):
        plan.make(parse("hf:example/story"))


def test_a_hub_that_must_not_be_asked(server: Hub, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", True)
    with pytest.raises(DownloadError, match="HF_HUB_OFFLINE is set"):
        plan.make(parse("hf:example/story"))


def test_room_for_all_parts_is_asked_for_first(
    puller: Puller, store: Store, server: Hub, monkeypatch: pytest.MonkeyPatch
) -> None:
    parts = {f"m-0000{i}-of-00002.gguf": bytes(1000) for i in (1, 2)}
    server.repositories["example/large"] = Repository(parts)
    usage = namedtuple("usage", "total used free")(0, 0, (16 << 20) + 1500)
    monkeypatch.setattr(shutil, "disk_usage", lambda _: usage)
    with pytest.raises(DownloadError, match=r"story needs 2\.0 kB, and 17 MB are free on this disk"):
        pull(puller, "hf:example/large")
    assert not server.downloads()


def test_what_is_here_already_needs_no_room(
    puller: Puller, store: Store, server: Hub, gguf: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    size = gguf.stat().st_size
    server.repositories["example/story"] = Repository({"s.gguf": gguf.read_bytes()})
    server.fail("s.gguf", Cut(0.6), Status(404))
    with pytest.raises(DownloadError, match="404"):
        pull(puller, "hf:example/story")
    usage = namedtuple("usage", "total used free")(0, 0, (16 << 20) + size // 2)
    monkeypatch.setattr(shutil, "disk_usage", lambda _: usage)
    model = pull(puller, "hf:example/story")
    assert store.file(model).read_bytes() == gguf.read_bytes()


def test_a_hub_that_is_not_there(bare: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("huggingface_hub.constants.ENDPOINT", "http://127.0.0.1:9")
    with pytest.raises(DownloadError, match=r"the hub cannot be reached \(.*Connection refused"):
        plan.make(parse("hf:example/story"))


@pytest.mark.parametrize("content", [b"<html>no model</html>", b"", b"GGUF", b"GGUF\3\0\0\0" + b"\xff" * 64])
def test_what_is_no_model(puller: Puller, store: Store, server: Hub, content: bytes) -> None:
    server.repositories["example/story"] = Repository({"s.gguf": content})
    with pytest.raises(ModelError) as raised:
        pull(puller, "hf:example/story")
    assert "Get the file again, or another" in str(raised.value)
    with pytest.raises(ModelError):
        pull(puller, server.file("s.gguf", content))
    assert contents(store) == set()


def test_a_model_whose_end_is_missing(puller: Puller, server: Hub, gguf: Path) -> None:
    with pytest.raises(ModelError, match="bytes of its weights are missing"):
        pull(puller, server.file("s.gguf", gguf.read_bytes()[:-100]))


def test_a_repository_without_models(server: Hub, bare: Path) -> None:
    server.repositories["example/story"] = Repository({"README.md": b"", "mmproj-F16.gguf": b""})
    with pytest.raises(ModelError, match="neither a GGUF file, nor a sentence-transformers BERT model"):
        plan.make(parse("hf:example/story"))


@pytest.mark.parametrize("name", ["../evil.gguf", "a\nb.gguf", "a/../../b.gguf", "x" * 300 + ".gguf"])
def test_names_of_files_that_lead_elsewhere(
    puller: Puller, store: Store, server: Hub, gguf: Path, name: str
) -> None:
    server.repositories["example/story"] = Repository({name: gguf.read_bytes()})
    try:
        model = pull(puller, "hf:example/story")
    except (ModelError, DownloadError):
        return
    assert store.file(model).is_relative_to(store.layout.root)


@pytest.mark.parametrize("name", ["", "..", "a/b", "\x1b[2J"])
def test_names_that_lead_elsewhere(puller: Puller, store: Store, gguf: Path, bare: Path, name: str) -> None:
    with pytest.raises(ConfigError):
        pull(puller, str(gguf), name)
    assert contents(store) == set()


def test_two_at_once_fetch_it_once(store: Store, server: Hub, gguf: Path, watcher: Watcher) -> None:
    server.repositories["example/story"] = Repository({"s.gguf": gguf.read_bytes()})
    hold = Hold()
    server.fail("s.gguf", hold)

    def run(name: str, progress: Watcher) -> None:
        with Downloader(progress) as downloader:
            pull(Puller(Store(store.layout.root), downloader, progress), "hf:example/story", name)

    threads = [
        threading.Thread(target=run, args=arguments) for arguments in (("a", Watcher()), ("b", watcher))
    ]
    threads[0].start()
    hold.reached.wait(60)
    threads[1].start()
    while not watcher.seen:
        threads[1].join(0.01)
    hold.go.set()
    for thread in threads:
        thread.join()
    assert len(server.downloads()) == 1
    assert [model.name for model in store.models()] == ["a", "b"]
    assert len({model.primary for model in store.models()}) == 1


def test_the_original_of_a_model_with_an_alias(puller: Puller, store: Store, gguf: Path, bare: Path) -> None:
    pull(puller, str(gguf))
    store.alias("tales", "story")
    with pytest.raises(ModelError, match="is an alias"):
        pull(puller, str(gguf), "tales")
