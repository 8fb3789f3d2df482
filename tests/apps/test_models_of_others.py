"""An app whose models another program holds already: they answer from where they lie, without a pull."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path

import pytest

from apps.conftest import Ended, command
from fakes.ollama_folder import OllamaFolder
from guests import example
from spinfer import builtin

MANIFEST = """\
spin_manifest_version = 2
[application]
name = "both"
[[trigger.command]]
component = "ask"
[[trigger.command]]
component = "similar"
[component.ask]
source = "ask.wasm"
ai_models = ["story"]
[component.similar]
source = "similar.wasm"
ai_models = ["all-minilm-l6-v2"]
"""

SOURCES = """\
[models.story]
source = "hf:example/story-GGUF:F16"
prompt = "chat"
[models.all-minilm-l6-v2]
source = "ollama:all-minilm"
"""


@pytest.fixture
def app(tmp_path: Path) -> Path:
    folder = tmp_path / "app"
    folder.mkdir()
    (folder / "spin.toml").write_text(MANIFEST)
    (folder / "spinfer.toml").write_text(SOURCES)
    for name in ("ask", "similar"):
        shutil.copy(example(name) / f"{name}.wasm", folder)
    return folder


@pytest.fixture
def ollama(tmp_path: Path) -> OllamaFolder:
    """As `ollama pull hf.co/example/story-GGUF:F16` and `ollama pull all-minilm` leave it."""
    folder = OllamaFolder(tmp_path / "ollama", old=True)
    blob = folder.blob(builtin.CHAT_MODEL.read_bytes())
    layers = {"layers": [{"mediaType": "application/vnd.ollama.image.model", "digest": blob}]}
    folder.manifest("example/story-GGUF/F16", layers, host="hf.co")
    folder.add("library/all-minilm/latest", builtin.EMBEDDING_MODEL)
    return folder


def run(environment: dict[str, str], app: Path, *arguments: str) -> Ended:
    done = subprocess.run(
        command(*arguments),
        cwd=app,
        env={**environment, "OLLAMA_MODELS": str(app.parent / "ollama")},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    return Ended(done.returncode, done.stdout, done.stderr)


def test_both_answer(environment: dict[str, str], app: Path, ollama: OllamaFolder) -> None:
    asked = run(
        environment, app, "run", "-c", "ask", ".", "--model", "story", "What is the capital of Italy?"
    )
    assert (asked.code, "Rome" in asked.out) == (0, True), asked
    texts = ("The weather is lovely today.", "Today the weather is wonderful.")
    compared = run(environment, app, "run", "-c", "similar", ".", *texts)
    assert compared.code == 0, compared
    checked = run(environment, app, "models", "check", "--json")
    story = next(each for each in json.loads(checked.out) if each["name"] == "story")
    assert (checked.code, story["trial"]["tokens"]) == (0, 4)
    shown = run(environment, app, "models", "show", "story")
    assert str(ollama.root / "blobs") in shown.out
    assert "ask in spin.toml" in shown.out


def test_what_nobody_holds_is_said_with_the_command_that_gets_it(
    environment: dict[str, str], app: Path
) -> None:
    asked = run(environment, app, "run", "-c", "ask", ".", "--model", "story", "Hello")
    assert "it comes from hf:example/story-GGUF:F16" in asked.err
    assert "spinfer models pull story" in asked.err
