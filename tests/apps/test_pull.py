"""Models for an app, from nothing to answers, as a person gets them."""

from __future__ import annotations

import hashlib
import json
import os
import pty
import signal
import struct
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from apps.conftest import Spinfer, command
from apps.serving import FAR, running
from conversion.folders import WIDTH, write_folder
from fakes.hub import Hold, Hub, Repository, hub
from fakes.ollama_folder import OllamaFolder
from fakes.wat_http_llm import asking
from spinfer import builtin
from spinfer.conversion.destination import Destination
from spinfer.conversion.sentence_transformers import convert

QUESTION, ANSWER = "What is the capital of France?", "The capital of France is Paris."
MANIFEST = """
spin_manifest_version = 2
application.name = "app"
[[trigger.http]]
route = "/ask"
component = "asking"
[component.asking]
source = "asking.wat"
ai_models = ["all-minilm-l6-v2", "story"]
"""
CONFIG = """
[models.all-minilm-l6-v2]
source = "hf:sentence-transformers/all-MiniLM-L6-v2"
[models.story]
source = "hf:example/story-GGUF"
prompt = "chat"
"""
STORY = builtin.CHAT_MODEL.read_bytes()


@pytest.fixture(scope="module")
def sentences(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A sentence-transformers model, as it is published."""
    folder = tmp_path_factory.mktemp("sentences") / "model"
    write_folder(folder)
    return folder


@pytest.fixture
def server(sentences: Path) -> Iterator[Hub]:
    """The hub, with the models that the app wants."""
    files = {
        str(path.relative_to(sentences)): path.read_bytes() for path in sentences.rglob("*") if path.is_file()
    }
    with hub() as running:
        running.repositories["sentence-transformers/all-MiniLM-L6-v2"] = Repository(
            files, licence="apache-2.0"
        )
        running.repositories["example/story-GGUF"] = Repository({"story-Q4_K_M.gguf": STORY}, licence="mit")
        yield running


@pytest.fixture
def environment(environment: dict[str, str], server: Hub, tmp_path: Path) -> dict[str, str]:
    """With this hub, and a store of its own."""
    return {**environment, "HF_ENDPOINT": server.url, "SPINFER_MODELS": str(tmp_path / "store")}


@pytest.fixture
def app(tmp_path: Path) -> Path:
    folder = tmp_path / "app"
    folder.mkdir()
    (folder / "spin.toml").write_text(MANIFEST)
    (folder / "spinfer.toml").write_text(CONFIG)
    (folder / "asking.wat").write_bytes(asking("all-minilm-l6-v2", "the cat", "story", QUESTION))
    return folder


def answered(body: bytes) -> None:
    """Both models have answered: a vector of length 1, and the truth."""
    vector = struct.unpack(f"<{WIDTH}f", body[: 4 * WIDTH])
    assert abs(sum(value * value for value in vector) - 1) < 1e-3
    assert body[4 * WIDTH :].decode().strip() == ANSWER


def test_from_nothing_to_answers(
    environment: dict[str, str], spinfer: Spinfer, server: Hub, app: Path, tmp_path: Path
) -> None:
    refused = spinfer("up", folder=app)
    assert refused.code == 1
    assert refused.err == (
        "Error: model 'all-minilm-l6-v2' is not on this machine yet: "
        "it comes from hf:sentence-transformers/all-MiniLM-L6-v2\n"
        "  Fetch it: spinfer models pull all-minilm-l6-v2\n"
        "model 'story' is not on this machine yet: it comes from hf:example/story-GGUF\n"
        "  Fetch it: spinfer models pull story\n"
        "or serve without these models: pass --allow-missing-models\n"
    )
    pulled = spinfer("models", "pull", folder=app)
    assert pulled.code == 0, pulled.err
    first, second = pulled.out.splitlines()
    assert first.startswith("all-minilm-l6-v2: ")
    assert first.endswith("licence apache-2.0")
    assert second == "story: 7.5 MB, llama 3.7 M, F16, licence mit"
    assert "it has no GGUF file, and is converted to one" in pulled.err
    assert "Downloading story-Q4_K_M.gguf (7.5 MB) …\n" in pulled.err
    with running(environment, app, sign="/ask\n") as up:
        answered(up.get("/ask"))
        assert (
            f"Model story: {tmp_path}/store/blobs/sha256-{hashlib.sha256(STORY).hexdigest()} (the store)\n"
            in (up.err.read_text())
        )
        assert up.end() == 0
    listed = json.loads(spinfer("models", "list", "--json", folder=app).out)
    assert all(row["last_used"] for row in listed)


def test_without_a_pull_where_ollama_has_them(
    environment: dict[str, str], server: Hub, app: Path, sentences: Path, tmp_path: Path
) -> None:
    ollama = OllamaFolder(tmp_path / "ollama")
    gguf = convert(sentences, Destination(tmp_path, "all-minilm-l6-v2")).path
    for host, name, file in (
        ("hf.co", "sentence-transformers/all-MiniLM-L6-v2/latest", gguf),
        ("hf.co", "example/story-GGUF/latest", builtin.CHAT_MODEL),
    ):
        digest = ollama.blob(file.read_bytes())
        layers = [{"mediaType": "application/vnd.ollama.image.model", "digest": digest}]
        ollama.manifest(name, {"schemaVersion": 2, "layers": layers}, host=host)
    with running({**environment, "OLLAMA_MODELS": str(ollama.root)}, app, sign="/ask\n") as up:
        answered(up.get("/ask"))
        assert "(Ollama (ollama:hf.co/example/story-GGUF:latest))" in up.err.read_text()
        assert up.end() == 0
    (app / "spinfer.toml").write_text('[models.story]\nsource = "ollama:story"\nprompt = "chat"\n')
    ollama.add("library/story/latest", builtin.CHAT_MODEL)
    ollama.add("library/all-minilm-l6-v2/latest", gguf)
    with running({**environment, "OLLAMA_MODELS": str(ollama.root)}, app, sign="/ask\n") as up:
        answered(up.get("/ask"))
        assert up.end() == 0
    assert not server.asked


def test_a_question_on_a_terminal(environment: dict[str, str], server: Hub, app: Path) -> None:
    """Yes to the first, which is the default, and no to the second."""
    ours, theirs = pty.openpty()
    process = subprocess.Popen(
        command("up", "--listen", "127.0.0.1:0"), cwd=app, env={**environment, "TERM": "dumb"},
        stdin=theirs, stdout=subprocess.DEVNULL, stderr=theirs,
    )  # fmt: skip
    os.close(theirs)
    os.write(ours, b"\nn\n")
    said = b""
    while True:
        try:
            said += os.read(ours, 65536)
        except OSError:
            break
    os.close(ours)
    assert process.wait(FAR) == 1
    text = said.decode().replace("\r\n", "\n")
    files = server.repositories["sentence-transformers/all-MiniLM-L6-v2"].files
    size = f"{sum(map(len, files.values())) / 1e3:.0f} kB"
    assert (
        f"Model 'all-minilm-l6-v2' is missing: pull hf:sentence-transformers/all-MiniLM-L6-v2, {size}, "
        "licence apache-2.0? [Y/n]"
    ) in text
    assert "Model 'story' is missing: pull hf:example/story-GGUF, 7.5 MB, licence mit? [Y/n]" in text
    assert text.endswith(
        "Error: model 'story' is not on this machine yet: it comes from hf:example/story-GGUF\n"
        "  Fetch it: spinfer models pull story\n"
        "or serve without these models: pass --allow-missing-models\n"
    )


def test_ctrl_c_and_on(
    environment: dict[str, str], spinfer: Spinfer, server: Hub, app: Path, tmp_path: Path
) -> None:
    hold = Hold()
    server.fail("story", hold)
    process = subprocess.Popen(
        command("models", "pull", "story"), cwd=app, env=environment, stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    assert hold.reached.wait(FAR)
    partial = tmp_path / "store/blobs" / f"sha256-{hashlib.sha256(STORY).hexdigest()}.partial"
    end = time.monotonic() + FAR
    while not partial.exists() or partial.stat().st_size < len(STORY) // 2:
        assert time.monotonic() < end
    process.send_signal(signal.SIGINT)
    _, err = process.communicate(timeout=FAR)
    hold.go.set()
    assert process.returncode == 130
    assert err.rstrip("\n").endswith(
        "story: interrupted. What has arrived is kept; the next pull goes on from there."
    )
    assert not (tmp_path / "store/manifests").exists()
    done = spinfer("models", "pull", "story", folder=app)
    assert (done.code, done.out) == (0, "story: 7.5 MB, llama 3.7 M, F16, licence mit\n")
    assert "going on after 3." in done.err
    assert server.downloads()[-1].headers["range"] == f"bytes={len(STORY) // 2}-"
