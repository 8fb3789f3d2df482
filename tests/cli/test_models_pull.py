"""`spinfer models pull`, as it is typed."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from fakes.hub import Hub, Repository, Status, hub, instead_of_the_hub
from fakes.tiny_model import write_llama
from spinfer.cli import EXIT_OPERATOR, EXIT_USAGE, main

MANIFEST = """
spin_manifest_version = 2
application.name = "app"
[component.a]
source = "a.wasm"
ai_models = ["story", "tales"]
[component.b]
source = "b.wasm"
ai_models = ["mine", "story"]
"""
CONFIG = """
[models.story]
source = "hf:example/story-GGUF"
[models.tales]
source = "hf:example/tales"
[models.mine]
builtin = true
"""


@pytest.fixture(scope="module")
def running_hub() -> Iterator[Hub]:
    with hub() as running:
        yield running


@pytest.fixture(scope="module")
def gguf(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_llama(tmp_path_factory.mktemp("models") / "small.gguf")


@pytest.fixture
def server(running_hub: Hub, gguf: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Hub:
    """The hub, with two models; a home without any, and the folder of an app that wants them."""
    running_hub.reset()
    content = gguf.read_bytes()
    running_hub.repositories["example/story-GGUF"] = Repository(
        {"s-Q8_0.gguf": content, "s-Q6_K.gguf": content}, "mit"
    )
    running_hub.repositories["example/tales"] = Repository({"t.gguf": content})
    home, app = tmp_path / "home", tmp_path / "app"
    home.mkdir()
    app.mkdir()
    (app / "spin.toml").write_text(MANIFEST)
    (app / "spinfer.toml").write_text(CONFIG)
    instead_of_the_hub(running_hub, home, monkeypatch)
    monkeypatch.chdir(app)
    return running_hub


def pull(*arguments: str) -> int:
    return main(["models", "pull", *arguments])


def test_what_the_app_lacks(server: Hub, gguf: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert pull() == 0
    size = f"{gguf.stat().st_size / 1000:.0f} kB"
    said = capsys.readouterr()
    assert said.out == (
        "mine: here already, it needs no file\n"
        f"story: {size}, llama 38 k, F32, licence mit\n"
        f"tales: {size}, llama 38 k, F32, no licence stated\n"
    )
    assert said.err == (
        f"story: hf:example/story-GGUF, {size}, licence mit\n"
        "story: there is no Q4_K_M: taking Q6_K, which is the nearest\n"
        f"Downloading s-Q6_K.gguf ({size}) …\n"
        f"tales: hf:example/tales, {size}\n"
        f"Verifying t.gguf ({size}) …\n"
    )
    assert len(server.downloads()) == 1  # the other has the same content
    assert pull("--json") == 0
    rows = json.loads(capsys.readouterr().out)
    assert [(row["name"], row["pulled"]) for row in rows] == [
        ("mine", False),
        ("story", False),
        ("tales", False),
    ]
    assert rows[1]["path"].startswith(str(Path.home() / "store" / "blobs"))


def test_one_that_fails_does_not_hold_up_the_others(server: Hub, capsys: pytest.CaptureFixture[str]) -> None:
    server.fail("s-Q6_K", Status(404))
    assert pull() == EXIT_OPERATOR
    said = capsys.readouterr()
    assert "tales: " in said.out
    assert "Error: " in said.err
    assert "the server answers 404 Not Found" in said.err


def test_two_projects_call_different_models_the_same(
    server: Hub, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert pull("hf:example/tales", "--as", "story") == 0
    assert pull() == 0
    out = capsys.readouterr().out
    assert "story-2: " in out
    assert "tales: here already" in out  # by its source, whatever it is called
    assert pull() == 0
    assert "story: here already" in capsys.readouterr().out


def test_a_source(server: Hub, gguf: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert pull("hf:example/story-GGUF:Q8_0", "--json") == 0
    (row,) = json.loads(capsys.readouterr().out)
    assert {key: row[key] for key in ("name", "pulled", "source", "bytes", "architecture", "licence")} == {
        "name": "story",
        "pulled": True,
        "source": "hf:example/story-GGUF:Q8_0",
        "bytes": gguf.stat().st_size,
        "architecture": "llama",
        "licence": "mit",
    }
    assert Path(row["path"]).read_bytes() == gguf.read_bytes()
    assert pull(str(gguf), "--as", "linked", "--json") == 0
    assert json.loads(capsys.readouterr().out)[0]["path"] == str(gguf)
    assert pull(str(gguf), "--as", "copied", "--copy", "--json") == 0
    assert json.loads(capsys.readouterr().out)[0]["path"] == row["path"]


def test_a_name_of_the_app(server: Hub, capsys: pytest.CaptureFixture[str]) -> None:
    assert pull("tales") == 0
    assert capsys.readouterr().out.startswith("tales: ")


def test_a_name_of_the_app_that_is_pulled_from_nowhere(
    server: Hub, capsys: pytest.CaptureFixture[str]
) -> None:
    assert pull("mine") == 0
    assert capsys.readouterr().out == "mine: here already, it needs no file\n"


def test_a_known_name(server: Hub, gguf: Path, capsys: pytest.CaptureFixture[str]) -> None:
    repository = Repository({"llama-2-7b-chat.Q4_K_M.gguf": gguf.read_bytes()}, "llama2")
    server.repositories["TheBloke/Llama-2-7B-Chat-GGUF"] = repository
    assert pull("llama2-chat") == 0
    assert capsys.readouterr().out.endswith("licence llama2\n")


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("nobody",), "Error: nobody has said where to get a model 'nobody'\n"),
        (("hf:story",), "Error: 'hf:story' is not hf:ORGANISATION/REPOSITORY"),
        (("hf:example/nothing",), "Error: hf:example/nothing: there is no such repository"),
        (("gone.gguf",), "gone.gguf: this file cannot be read: No such file or directory\n"),
        (("ollama:nobody",), "Ollama has no model `ollama:nobody`"),
        (("hf:example/tales", "--as", "../x"), "Error: NAME: '../x' has characters in it"),
        (("hf:example/tales", "--as", "a\nb"), "Error: NAME: 'a\\nb' has characters in it"),
        ((".",), "Error: nobody has said"),
        (("./",), "this is a folder, not a GGUF file"),
    ],
)
def test_mistakes(
    server: Hub, arguments: tuple[str, ...], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert pull(*arguments) == EXIT_OPERATOR
    assert said in capsys.readouterr().err
    assert not list((Path.home() / "store").rglob("*.json"))


def test_a_name_that_is_taken(server: Hub, capsys: pytest.CaptureFixture[str]) -> None:
    assert pull("hf:example/tales") == 0
    assert pull("hf:example/story-GGUF", "--as", "tales") == EXIT_OPERATOR
    assert "there is a model `tales` already, from hf:example/tales" in capsys.readouterr().err
    assert pull("hf:example/tales") == 0


def test_usage(server: Hub, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert pull("--as", "x") == EXIT_USAGE
    assert pull("--as", "x", "hf:a/b", "hf:c/d") == EXIT_USAGE
    monkeypatch.chdir(tmp_path)
    assert pull() == EXIT_OPERATOR  # there is no app here
