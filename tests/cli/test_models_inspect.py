"""`spinfer models show`, `check` and `quantize`, as they are typed."""

import json
from pathlib import Path
from typing import Any

import pytest

from fakes.ollama_folder import OllamaFolder
from fakes.tiny_model import write_bert, write_llama
from model_store.stored import put
from spinfer.cli import EXIT_OPERATOR, EXIT_USAGE, main
from spinfer.gguf_header.summary import summarize
from spinfer.inference.engine import machine
from spinfer.model_store.store import Store

MANIFEST = """\
spin_manifest_version = 2
[application]
name = "app"
[[trigger.http]]
route = "/..."
component = "teller"
[component.teller]
source = "teller.wasm"
ai_models = ["story", "words"]
"""


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    folder = tmp_path_factory.mktemp("files")
    return {
        "llama": write_llama(folder / "llama.gguf", width=256, feed_forward=256),
        "bert": write_bert(folder / "bert.gguf"),
    }


@pytest.fixture
def store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Store:
    """An empty store, typed in a folder that is an app's."""
    monkeypatch.setenv("SPINFER_MODELS", str(tmp_path / "store"))
    monkeypatch.setenv("OLLAMA_MODELS", str(tmp_path / "ollama"))
    folder = tmp_path / "app"
    folder.mkdir()
    (folder / "spin.toml").write_text(MANIFEST)
    monkeypatch.chdir(folder)
    return Store()


def models(*arguments: str) -> int:
    return main(["models", *arguments])


def printed(capsys: pytest.CaptureFixture[str], *arguments: str, code: int = 0) -> Any:
    """What it prints as JSON."""
    capsys.readouterr()
    assert models(*arguments, "--json") == code
    return json.loads(capsys.readouterr().out)


class TestShow:
    def test_a_model_of_the_store(
        self,
        store: Store,
        files: dict[str, Path],
        capsys: pytest.CaptureFixture[str],
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        monkeypatch.setattr(machine, "available_memory", lambda: 8_000_000_000)
        path = store.file(put(store, "story", files["llama"], source="hf:org/story", licence="mit"))
        assert models("show", "story") == 0
        out = capsys.readouterr().out
        for line in (
            "story\n",
            f"  file            {path}\n",
            "  from            hf:org/story, in the store\n",
            "  licence         mit\n",
            "  model           llama, 1.1 M parameters, F32, 4.2 MB\n                  continues text\n",
            "  context         512 tokens a request; it was trained on 512\n",
            "8.0 GB are available\n",
            "  special tokens  unknown '<unk>' (0), bos '<s>' (1), eos '</s>' (2)",
            "                  | <|user|>What is the capital of France?\n                  | <|assistant|>\n",
            f"  used by         teller in {Path('spin.toml')}\n",
            "    llama.context_length = 512\n",
            "    tokenizer.ggml.tokens = 273 items\n",
        ):
            assert line in out
        assert "too few" not in out

    def test_as_json(self, store: Store, files: dict[str, Path], capsys: pytest.CaptureFixture[str]) -> None:
        put(store, "words", files["bert"])
        (found,) = printed(capsys, "show", "words")
        assert (found["purpose"], found["architecture"], found["chat_template"]) == ("embed", "bert", None)
        assert found["memory_bytes"]["weights"] == files["bert"].stat().st_size
        assert found["metadata"]["bert.context_length"] == 64
        assert found["metadata"]["tokenizer.ggml.tokens"] == {"items": 85}
        assert {"role": "mask", "id": 4, "text": "[MASK]"} in found["special_tokens"]
        assert found["used_by"] == [{"manifest": "spin.toml", "component": "teller", "name": "words"}]

    def test_an_alias_and_apps_elsewhere(
        self, store: Store, tmp_path: Path, files: dict[str, Path], capsys: pytest.CaptureFixture[str]
    ) -> None:
        put(store, "model", files["llama"])
        store.alias("story", "model")
        (tmp_path / "app" / "node_modules").mkdir()
        (tmp_path / "app" / "node_modules" / "spin.toml").write_text(MANIFEST)
        (tmp_path / "broken").mkdir()
        (tmp_path / "broken" / "spin.toml").write_text("no manifest at all")
        (found,) = printed(capsys, "show", "model", "--apps", "..")
        assert found["used_by"] == [{"manifest": "../app/spin.toml", "component": "teller", "name": "story"}]
        assert models("show", "story", "--apps", "../broken") == 0
        assert f"no app below {tmp_path / 'app' / '..' / 'broken'}" in capsys.readouterr().out

    def test_as_it_is_configured(
        self, store: Store, files: dict[str, Path], capsys: pytest.CaptureFixture[str]
    ) -> None:
        Path("spinfer.toml").write_text(
            f'[models.story]\npath = "{files["llama"]}"\ncontext_tokens = 100\nparallel = 3\n'
        )
        (found,) = printed(capsys, "show", "story")
        assert (found["context_tokens"], found["parallel"], found["origin"]) == (100, 3, "spinfer.toml")

    def test_what_does_not_fit(
        self,
        store: Store,
        files: dict[str, Path],
        capsys: pytest.CaptureFixture[str],
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        put(store, "story", files["llama"])
        monkeypatch.setattr(machine, "available_memory", lambda: 74_000_000)
        (found,) = printed(capsys, "show", "story")
        assert not found["fits"]
        assert models("show", "story") == 0
        assert "74 MB are available, too few\n                  With `cache_tokens" in capsys.readouterr().out

    def test_models_that_nobody_pulled(
        self, store: Store, tmp_path: Path, files: dict[str, Path], capsys: pytest.CaptureFixture[str]
    ) -> None:
        blob = OllamaFolder(tmp_path / "ollama").add("library/story/latest", files["llama"])
        assert printed(capsys, "show", "ollama:story")[0]["path"] == str(blob)
        assert printed(capsys, "show", str(files["bert"]))[0]["path"] == str(files["bert"])
        Path("spinfer.toml").write_text("[models.small]\nbuiltin = true\n[models.play.mock]\n")
        assert [each["purpose"] for each in printed(capsys, "show", "small")] == ["generate", "embed"]
        assert models("show", "play") == EXIT_OPERATOR
        assert "model 'play' answers without a model file" in capsys.readouterr().err

    def test_models_with_a_source(
        self, store: Store, tmp_path: Path, files: dict[str, Path], capsys: pytest.CaptureFixture[str]
    ) -> None:
        blob = OllamaFolder(tmp_path / "ollama").add("library/story/latest", files["llama"])
        Path("spinfer.toml").write_text(
            '[models.story]\nsource = "ollama:story"\nparallel = 2\n[models.words]\nsource = "hf:org/words"\n'
        )
        (story,) = printed(capsys, "show", "story")
        assert (story["path"], story["parallel"]) == (str(blob), 2)
        assert models("show", "words") == EXIT_OPERATOR
        assert "Fetch it: spinfer models pull words" in capsys.readouterr().err
        put(store, "words", files["bert"], source="hf:org/words")
        assert printed(capsys, "show", "words")[0]["origin"] == "the store"

    def test_a_template_that_cannot_be_used(
        self, store: Store, tmp_path: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        path = write_llama(tmp_path / "m.gguf", template="{{ raise_exception('no users') }}")
        assert models("show", str(path)) == 0
        assert "chat template   cannot be used: no users" in capsys.readouterr().out

    @pytest.mark.parametrize(
        ("name", "says"),
        [
            ("none", "there is no model 'none'"),
            ("none.gguf", "there is no such file"),
            ("ollama:none", "Ollama has no model `ollama:none`"),
            ("spin.toml", "there is no model 'spin.toml'"),
        ],
    )
    def test_no_model(self, store: Store, capsys: pytest.CaptureFixture[str], name: str, says: str) -> None:
        assert models("show", name) == EXIT_OPERATOR
        assert says in capsys.readouterr().err


class TestCheck:
    def test_the_models_of_an_app(
        self, store: Store, files: dict[str, Path], capsys: pytest.CaptureFixture[str]
    ) -> None:
        put(store, "story", files["llama"])
        put(store, "words", files["bert"])
        assert models("check") == 0
        story, words = capsys.readouterr().out.splitlines()
        assert story.startswith("story: hash verified; loaded in ")
        assert "'Once upon a time' goes on " in story
        assert words.startswith("words: hash verified; loaded in ")
        assert words.endswith("embeds into 32 dimensions")

    def test_bytes_that_changed(
        self, store: Store, files: dict[str, Path], capsys: pytest.CaptureFixture[str]
    ) -> None:
        path = store.file(put(store, "story", files["llama"]))
        content = bytearray(path.read_bytes())
        content[-100] ^= 1
        path.write_bytes(content)
        assert models("check", "story") == EXIT_OPERATOR
        out, err = capsys.readouterr()
        assert out == "story: failed\n"
        assert f"Error: {path}: model 'story': this is not the file that was pulled" in err

    def test_every_model_is_checked_whatever_became_of_the_others(
        self, store: Store, tmp_path: Path, files: dict[str, Path], capsys: pytest.CaptureFixture[str]
    ) -> None:
        crashing = write_llama(tmp_path / "crashing.gguf", metadata={"llama.expert_count": 4})
        names = ("none", str(crashing), str(files["bert"]))
        none, crashed, good = printed(capsys, "check", *names, code=EXIT_OPERATOR)
        assert "there is no model 'none'" in none["problems"][0]["what"]
        assert "llama.cpp crashed over this file" in crashed["problems"][0]["what"]
        assert (good["verified"], good["trial"]["dimensions"], good["problems"]) == (False, 32, [])

    def test_a_model_that_answers_elsewhere(self, store: Store, capsys: pytest.CaptureFixture[str]) -> None:
        Path("spinfer.toml").write_text('[models.far]\nremote = { url = "http://127.0.0.1:1" }\n')
        assert models("check", "far") == 0
        assert capsys.readouterr().out == "far: not checked: http://127.0.0.1:1 answers\n"

    def test_a_folder_without_an_app(
        self, store: Store, tmp_path: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        assert models("check", "--from", str(tmp_path / "none")) == EXIT_OPERATOR
        assert "there is no such file" in capsys.readouterr().err


class TestQuantize:
    def test_a_smaller_model_in_the_store(
        self, store: Store, files: dict[str, Path], capsys: pytest.CaptureFixture[str]
    ) -> None:
        put(store, "story", files["llama"], licence="mit")
        assert models("quantize", "story", "q4_k_m", "--as", "small") == 0
        out = capsys.readouterr().out
        model = store.model("small")
        assert model is not None
        assert out.startswith("story: F32, 4.2 MB\nsmall: Q4_K_M, ")
        assert "Note" not in out
        assert (model.source, model.licence, model.summary.quantization) == (
            "quantize:story",
            "mit",
            "Q4_K_M",
        )
        assert summarize(store.file(model)).bytes == model.size < 1_000_000
        assert models("check", "small") == 0
        assert list(store.layout.incoming.iterdir()) == []

    def test_of_what_was_quantized_before(
        self, store: Store, tmp_path: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        path = write_llama(tmp_path / "q8.gguf", width=256, feed_forward=256, quantize=True)
        assert models("quantize", str(path), "Q4_0", "--as", "small") == 0
        assert "was quantized before, so more is lost" in capsys.readouterr().out
        found = printed(capsys, "quantize", str(path), "Q4_0", "--as", "small", "--force")
        assert (found["before"]["quantization"], found["after"]["quantization"]) == ("Q8_0", "Q4_0")
        assert found["after"]["bytes"] == Path(found["path"]).stat().st_size

    @pytest.mark.parametrize(
        ("arguments", "code", "says"),
        [
            (("story", "Q4_K_M", "--as", "story"), EXIT_OPERATOR, "there is a model `story` already"),
            (("none", "Q4_K_M", "--as", "small"), EXIT_OPERATOR, "there is no model 'none'"),
            (("story", "Q4_K_M", "--as", "../x"), EXIT_OPERATOR, "that no model's name may have"),
            (
                ("story", "Q3", "--as", "small"),
                EXIT_USAGE,
                "there is no kind `Q3`; there are F16, BF16, Q8_0",
            ),
            (("story", "Q8_0"), EXIT_USAGE, "Missing option '--as'"),
        ],
    )
    def test_mistakes(
        self,
        store: Store,
        files: dict[str, Path],
        capsys: pytest.CaptureFixture[str],
        arguments: tuple[str, ...],
        code: int,
        says: str,
    ) -> None:
        put(store, "story", files["llama"])
        assert models("quantize", *arguments) == code
        assert says in capsys.readouterr().err
        assert [entry.name for entry in store.entries()] == ["story"]
