"""Models in folders as Ollama makes them, of both layouts, whole and damaged."""

import hashlib
import logging
from pathlib import Path

import pytest

from fakes.ollama_folder import LIST, MODEL, OllamaFolder
from spinfer.errors import ModelError
from spinfer.model_store import discover, ollama
from spinfer.model_store.foreign import Surroundings
from spinfer.model_store.ollama import OllamaName

WEIGHTS = b"GGUF and then some"


@pytest.fixture(params=[True, False], ids=["manifests", "manifests-v2"])
def folder(request: pytest.FixtureRequest, tmp_path: Path) -> OllamaFolder:
    return OllamaFolder(tmp_path / "ollama", old=request.param)


@pytest.fixture
def around(tmp_path: Path) -> Surroundings:
    return Surroundings({"OLLAMA_MODELS": str(tmp_path / "ollama")}, tmp_path)


def test_a_model_where_it_lies(folder: OllamaFolder, around: Surroundings) -> None:
    blob = folder.add("library/llama3.2/1b", WEIGHTS)
    found = discover.resolve("ollama:llama3.2:1b", around)
    assert (found.path, found.bytes) == (blob, len(WEIGHTS))
    assert found.source == "ollama:llama3.2:1b"
    assert discover.models(around) == (found,)


@pytest.mark.parametrize(
    ("stored", "asked"),
    [
        ("library/story/latest", ["story", "story:latest", "library/story", "Story:LATEST"]),
        ("library/story/latest", ["registry.ollama.ai/library/story", "ollama.com/library/story:latest"]),
        ("someone/story/q8_0", ["someone/story:q8_0"]),
    ],
)
def test_names(folder: OllamaFolder, around: Surroundings, stored: str, asked: list[str]) -> None:
    blob = folder.add(stored, WEIGHTS)
    assert {ollama.find(name, around).path for name in asked} == {blob}


def test_a_name_from_another_host(folder: OllamaFolder, around: Surroundings) -> None:
    layers = {"layers": [{"mediaType": MODEL, "digest": folder.blob(WEIGHTS)}]}
    host = "localhost:5000" if folder.old else "localhost%3A5000"
    folder.manifest("org/story/Q4_K_M", layers, host=host)
    found = ollama.find("localhost:5000/org/story:Q4_K_M", around)
    assert found.source == "ollama:localhost:5000/org/story:Q4_K_M"


def test_short_names() -> None:
    for name in ("story:latest", "someone/story:q8_0", "hf.co/org/story:Q4_K_M", "localhost:5000/o/s:t"):
        assert str(OllamaName.parse(name)) == name
    for wrong in ("", ":", "a:", "/", "a//b", "a/b/c/d", ":tag"):
        assert OllamaName.parse(wrong) is None


@pytest.mark.parametrize("name", ["", "other", "../../secret", "story:other", "a/b/c/d", "\0", "x" * 5000])
def test_what_is_not_there(folder: OllamaFolder, around: Surroundings, name: str) -> None:
    folder.add("library/story/latest", WEIGHTS)
    with pytest.raises(ModelError) as caught:
        ollama.find(name, around)
    assert "Ollama has no model" in str(caught.value)
    assert "It has `ollama:story:latest`." in str(caught.value)
    assert str(folder.root) in str(caught.value)


def test_no_ollama_at_all(around: Surroundings) -> None:
    assert discover.models(around) == ()
    with pytest.raises(ModelError, match=r"It has none that can be read. Get it with `ollama pull story`"):
        discover.resolve("ollama:story", around)


def test_both_layouts_at_once_say_each_name_once(tmp_path: Path, around: Surroundings) -> None:
    OllamaFolder(tmp_path / "ollama", old=True).add("library/story/latest", b"GGUF of before")
    newer = OllamaFolder(tmp_path / "ollama").add("library/story/latest", WEIGHTS)
    assert [model.path for model in ollama.models(around)] == [newer]


def test_a_newer_manifest_that_lost_its_blob(tmp_path: Path, around: Surroundings) -> None:
    """What an older Ollama leaves, that does not know the newer manifests."""
    older = OllamaFolder(tmp_path / "ollama", old=True).add("library/story/latest", b"GGUF of before")
    OllamaFolder(tmp_path / "ollama").manifest("library/story/latest", {}).resolve().unlink()
    assert ollama.find("story", around).path == older


def test_a_list_of_builds(tmp_path: Path, around: Surroundings) -> None:
    folder = OllamaFolder(tmp_path / "ollama")
    digest = folder.blob(WEIGHTS)
    builds = {
        runner: folder.blob(b'{"layers": [{"mediaType": "%s", "digest": "%s"}]}' % (kind, digest.encode()))
        for runner, kind in (("mlx", b"application/vnd.ollama.image.tensor"), ("ggml", MODEL.encode()))
    }
    listed = [{"runner": runner, "digest": build} for runner, build in builds.items()]
    folder.manifest("library/story/latest", {"mediaType": LIST, "manifests": listed})
    assert ollama.find("story", around).path == folder.blob_path(digest)
    folder.manifest("library/story/mlx", {"mediaType": LIST, "manifests": listed[:1]})
    with pytest.raises(ModelError, match="another format than GGUF"):
        ollama.find("story:mlx", around)


def test_a_blob_as_older_versions_called_it(tmp_path: Path, around: Surroundings) -> None:
    blob = OllamaFolder(tmp_path / "ollama", old=True).add("library/story/latest", WEIGHTS)
    renamed = blob.rename(blob.with_name(blob.name.replace("-", ":")))
    assert ollama.find("story", around).path == renamed


def test_a_pull_that_was_not_finished(folder: OllamaFolder, around: Surroundings) -> None:
    folder.add("library/story/latest", WEIGHTS).unlink()
    with pytest.raises(ModelError, match="its file is not there") as caught:
        ollama.find("story", around)
    assert "`ollama pull story:latest` goes on" in str(caught.value)
    assert list(ollama.models(around)) == []


@pytest.mark.usefixtures("no_collection")
@pytest.mark.parametrize(
    "manifest",
    [
        b"",
        b"\xff\xfe",
        b"{",
        b"[" * 100_000,
        [],
        "text",
        {"layers": [{"mediaType": MODEL}]},
        {"layers": [{"mediaType": MODEL, "digest": 7}]},
        {"layers": [{"mediaType": MODEL, "digest": "sha256:../../../../etc/passwd"}]},
        {"layers": [{"mediaType": MODEL, "digest": "md5:0"}]},
        {"mediaType": LIST, "manifests": [{"runner": "ggml", "digest": "sha256:0"}]},
    ],
)
def test_a_damaged_manifest(folder: OllamaFolder, around: Surroundings, manifest: object) -> None:
    folder.manifest("library/story/latest", manifest)
    good = folder.add("library/other/latest", WEIGHTS)
    with pytest.raises(ModelError, match="manifest of `story:latest` is damaged"):
        ollama.find("story", around)
    assert [model.path for model in ollama.models(around)] == [good]


@pytest.mark.parametrize("manifest", [{}, {"layers": {}}, {"layers": [1, None]}, {"mediaType": LIST}])
def test_a_model_without_a_gguf_file(folder: OllamaFolder, around: Surroundings, manifest: object) -> None:
    folder.manifest("library/story/latest", manifest)
    with pytest.raises(ModelError, match="another format than GGUF"):
        ollama.find("story", around)


def test_an_adapter_is_said_to_be_left_out(
    folder: OllamaFolder, around: Surroundings, caplog: pytest.LogCaptureFixture
) -> None:
    digest = folder.blob(WEIGHTS)
    kinds = (MODEL, "application/vnd.ollama.image.adapter")
    folder.manifest("library/tuned/1", {"layers": [{"mediaType": kind, "digest": digest} for kind in kinds]})
    with caplog.at_level(logging.WARNING):
        ollama.find("tuned:1", around)
    assert "ollama:tuned:1: the adapter" in caplog.text


def test_the_usual_folders(tmp_path: Path) -> None:
    blob = OllamaFolder(tmp_path / ".ollama" / "models").add("library/story/latest", WEIGHTS)
    assert ollama.find("story", Surroundings({}, tmp_path)).path == blob


def test_nothing_is_written(folder: OllamaFolder, around: Surroundings) -> None:
    folder.add("library/story/latest", WEIGHTS)

    def state() -> dict[str, tuple[int, str]]:
        return {
            str(path): (path.lstat().st_mtime_ns, hashlib.sha256(path.read_bytes()).hexdigest())
            for path in folder.root.rglob("*")
            if path.is_file()
        }

    before = state()
    ollama.find("story", around)
    discover.models(around)
    assert state() == before
