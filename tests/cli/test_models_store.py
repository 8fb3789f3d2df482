"""`spinfer models list`, `alias`, `rm` and `discover`, as they are typed."""

import json
import re
from pathlib import Path
from typing import Any

import pytest

from fakes.ollama_folder import OllamaFolder
from fakes.tiny_model import write_bert, write_llama
from model_store.stored import put
from spinfer.cli import EXIT_OPERATOR, EXIT_USAGE, main
from spinfer.cli.models.list_ import HEAD
from spinfer.model_store.store import Store


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    folder = tmp_path_factory.mktemp("files")
    return {
        "llama": write_llama(folder / "llama.gguf", quantize=True),
        "bert": write_bert(folder / "bert.gguf"),
    }


@pytest.fixture
def store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Store:
    """An empty store, typed in a folder without an app, where no other program holds models."""
    for variable in ("SPINFER_MODELS", "OLLAMA_MODELS", "HOME", "XDG_CACHE_HOME"):
        monkeypatch.setenv(variable, str(tmp_path / variable))
    for variable in ("HF_HOME", "HF_HUB_CACHE", "HUGGINGFACE_HUB_CACHE", "LLAMA_CACHE"):
        monkeypatch.delenv(variable, raising=False)
    folder = tmp_path / "folder"
    folder.mkdir()
    monkeypatch.chdir(folder)
    return Store()


def models(*arguments: str) -> int:
    return main(["models", *arguments])


def printed(capsys: pytest.CaptureFixture[str], *arguments: str) -> Any:
    """What it prints as JSON."""
    capsys.readouterr()
    assert models(*arguments, "--json") == 0
    return json.loads(capsys.readouterr().out)


class TestList:
    def test_nothing_yet(self, store: Store, capsys: pytest.CaptureFixture[str]) -> None:
        assert models("list") == 0
        assert "There are no models yet." in capsys.readouterr().out
        assert printed(capsys, "list") == []

    def test_what_the_store_has(
        self, store: Store, files: dict[str, Path], capsys: pytest.CaptureFixture[str]
    ) -> None:
        put(store, "story", files["llama"], source="hf:org/story:Q8_0", licence="mit")
        put(store, "words", files["bert"])
        store.alias("llama2-chat", "story")
        store.touch("words")
        assert models("list") == 0
        head, *rows = capsys.readouterr().out.splitlines()
        assert re.split(r"  +", head) == list(HEAD)
        assert [row.split() for row in rows] == [
            ["llama2-chat", "→", "story"],
            ["story", "llama", "38", "k", "Q8_0", "49", "kB", "512", "never", "hf:org/story:Q8_0"],
            ["words", "bert", "22", "k", "F32", "92", "kB", "64", "just", "now", "hf:example/repo"],
        ]
        alias, story, words = printed(capsys, "list")
        assert (alias["name"], alias["alias_of"]) == ("llama2-chat", "story")
        assert (story["bytes"], story["licence"]) == (files["llama"].stat().st_size, "mit")
        assert Path(story["path"]).read_bytes() == files["llama"].read_bytes()
        assert story["last_used"] is None
        assert words["last_used"].endswith("+00:00")

    def test_what_lies_beside_an_app(
        self, store: Store, files: dict[str, Path], capsys: pytest.CaptureFixture[str]
    ) -> None:
        Path("spin.toml").write_text("spin_manifest_version = 2\n")
        folder = Path(".spin/ai-models/org")
        folder.mkdir(parents=True)
        (folder / "own.gguf").write_bytes(files["bert"].read_bytes())
        (folder / "cut.gguf").write_bytes(files["bert"].read_bytes()[:1000])
        cut, own = printed(capsys, "list")
        assert (own["name"], own["architecture"], own["source"]) == ("org/own", "bert", ".spin/ai-models")
        assert (cut["name"], cut["architecture"]) == ("org/cut", None)
        assert "incomplete or damaged" in cut["problem"]
        assert models("list") == 0
        assert ".spin/ai-models: the file ends within its header" in capsys.readouterr().out

    def test_a_file_that_somebody_took_away(
        self, store: Store, files: dict[str, Path], capsys: pytest.CaptureFixture[str]
    ) -> None:
        store.file(put(store, "story", files["llama"])).unlink()
        (row,) = printed(capsys, "list")
        assert row["problem"] == "its file is gone"

    def test_a_hundred_models_read_none(
        self, store: Store, files: dict[str, Path], capsys: pytest.CaptureFixture[str]
    ) -> None:
        model = put(store, "m0", files["llama"])
        for n in range(1, 100):
            store.add(model.model_copy(update={"name": f"m{n}"}))
        store.location(model.first).write_bytes(b"nobody looks into this")
        assert {row["architecture"] for row in printed(capsys, "list")} == {"llama"}


class TestAlias:
    def test_another_name(
        self, store: Store, files: dict[str, Path], capsys: pytest.CaptureFixture[str]
    ) -> None:
        model = put(store, "story", files["llama"])
        assert models("alias", "llama2-chat", "story") == 0
        assert capsys.readouterr().out == "llama2-chat → story\n"
        assert printed(capsys, "alias", "other", "llama2-chat") == {"name": "other", "alias_of": "story"}
        assert store.model("other") == model

    @pytest.mark.parametrize(
        ("name", "target", "says"),
        [
            ("a", "none", "there is no model 'none'"),
            ("story", "words", "there is a model `story` already"),
            ("../a", "story", "'../a' has characters in it that no model's name may have"),
            ("a\nb", "story", "that no model's name may have"),
        ],
    )
    def test_mistakes(
        self,
        store: Store,
        files: dict[str, Path],
        capsys: pytest.CaptureFixture[str],
        name: str,
        target: str,
        says: str,
    ) -> None:
        put(store, "story", files["llama"])
        put(store, "words", files["bert"])
        assert models("alias", name, target) == EXIT_OPERATOR
        assert says in capsys.readouterr().err
        assert len(store.entries()) == 2


class TestRm:
    def test_names_and_what_only_they_needed(
        self, store: Store, files: dict[str, Path], capsys: pytest.CaptureFixture[str]
    ) -> None:
        model = put(store, "story", files["llama"])
        put(store, "same", files["llama"])
        assert models("rm", "same") == 0
        assert capsys.readouterr().out == "same: removed\n"
        assert store.file(model).exists()
        assert printed(capsys, "rm", "story") == [{"name": "story", "freed_bytes": model.size}]
        assert not store.file(model).exists()
        assert store.entries() == ()

    def test_what_an_alias_needs_stays(
        self, store: Store, files: dict[str, Path], capsys: pytest.CaptureFixture[str]
    ) -> None:
        model = put(store, "story", files["llama"])
        store.alias("llama2-chat", "story")
        assert models("rm", "story") == EXIT_OPERATOR
        said = capsys.readouterr().err
        assert "`story` is needed: other names stand for it, namely `llama2-chat`" in said
        assert "spinfer models rm llama2-chat" in said
        assert store.file(model).exists()
        assert models("rm", "llama2-chat", "story") == 0
        assert store.entries() == ()

    def test_one_of_several_that_is_not_there(
        self, store: Store, files: dict[str, Path], capsys: pytest.CaptureFixture[str]
    ) -> None:
        put(store, "story", files["llama"])
        assert models("rm", "none", "story", "..") == EXIT_OPERATOR
        out, err = capsys.readouterr()
        assert "story: removed, 49 kB are free again" in out
        assert "there is no model 'none'" in err
        assert "there is no model '..'" in err
        assert store.entries() == ()

    def test_nothing_named(self, store: Store) -> None:
        assert models("rm") == EXIT_USAGE


class TestDiscover:
    def test_nobody_holds_models(self, store: Store, capsys: pytest.CaptureFixture[str]) -> None:
        assert models("discover") == 0
        assert "Neither Ollama, LM Studio" in capsys.readouterr().out
        assert printed(capsys, "discover") == []

    def test_what_ollama_holds(
        self, store: Store, tmp_path: Path, files: dict[str, Path], capsys: pytest.CaptureFixture[str]
    ) -> None:
        ollama = OllamaFolder(tmp_path / "OLLAMA_MODELS")
        blob = ollama.add("library/story/q8_0", files["llama"])
        ollama.add("library/broken/latest", b"no model")
        assert models("discover") == 0
        out = capsys.readouterr().out
        assert [line.split() for line in out.splitlines()[1:3]] == [
            ["Ollama", "8", "bytes", "ollama:broken:latest:", "this", "is", "not", "a", "GGUF", "file"],
            ["Ollama", "llama", "38", "k", "Q8_0", "49", "kB", "ollama:story:q8_0"],
        ]
        broken, story = printed(capsys, "discover")
        assert (story["source"], story["path"], story["problem"]) == ("ollama:story:q8_0", str(blob), None)
        assert broken["problem"] == "this is not a GGUF file"

    def test_what_to_write(self, store: Store, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
        path = write_llama_in(tmp_path / "XDG_CACHE_HOME" / "llama.cpp")
        assert models("discover") == 0
        assert capsys.readouterr().out.endswith(f'  [models.NAME]\n  path = "{path}"\n')


def write_llama_in(folder: Path) -> Path:
    folder.mkdir(parents=True)
    return write_llama(folder / "m.gguf")
