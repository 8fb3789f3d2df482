"""`spinfer new`: what it asks and writes, and that each template builds and answers as it is."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from apps.conftest import Ended, Spinfer
from apps.own_tests import check_own_tests
from apps.serving import needs
from guests import BUILT, COMPILED, ROOT, app
from spinfer.cli import main
from spinfer.templates.catalogue import TEMPLATES

GENERATED = ROOT / BUILT.parent / "generated"
NEEDS = {"http-py-llm": "sentiment", "http-py-rag": "sentiment", "http-js-llm": "chat-stream"}
"""Guest examples that are built with the same tools."""


@pytest.fixture
def new(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Spinfer:
    """`spinfer new …` in an empty folder."""
    monkeypatch.chdir(tmp_path)

    def run(*arguments: str) -> Ended:
        code = main(["new", *arguments])
        said = capsys.readouterr()
        return Ended(code, said.out, said.err)

    return run


def generated(template: str, new: Spinfer) -> Path:
    """The same folder in every test run, so that it is built once."""
    folder = GENERATED / template
    shutil.rmtree(folder, ignore_errors=True)
    assert new("-t", template, f"my-{template}", "-a", "-o", str(folder)).code == 0
    return folder


@pytest.mark.parametrize(
    "template", [pytest.param(t, marks=needs(NEEDS[t])) for t in TEMPLATES if t.startswith("http")]
)
def test_a_new_app_builds_and_passes_its_tests(
    environment: dict[str, str], new: Spinfer, tmp_path: Path, template: str
) -> None:
    folder = generated(template, new)
    built = Path(shutil.copytree(app(folder), tmp_path / "built"))
    shutil.copy(folder / "test_app.py", built)
    check_own_tests(built, environment)


def test_a_new_command_answers(new: Spinfer, spinfer: Spinfer) -> None:
    folder = generated("command-py-llm", new)
    (folder / "requirements.txt").unlink()  # which would have it built with the tools of Spin's SDK
    built = app(folder)
    cache = ("--cache-dir", str(COMPILED))
    done = spinfer("run", *cache, built, "What is the capital of", "Italy?")
    assert (done.code, done.out) == (0, "The capital of Italy is Rome.\n")
    done = spinfer("run", *cache, built)
    assert (done.code, done.err) == (
        1,
        "my-command-py-llm: ask a question: spinfer run . What is WebAssembly?\n",
    )


def test_values_and_what_to_do_next(new: Spinfer, tmp_path: Path) -> None:
    done = new("-t", "http-js-llm", "a-b", "-a", "--value", "route=/x/...", "--value", 'description="q" \\ ü')
    assert done.code == 0
    assert "\n  cd a-b\n  spinfer build\n  spinfer up\n" in done.out
    manifest = (tmp_path / "a-b" / "spin.toml").read_text()
    assert 'description = "\\"q\\" \\\\ ü"' in manifest
    assert 'route = "/x/..."' in manifest
    assert "http://127.0.0.1:3000/x/\n" in (tmp_path / "a-b" / "README.md").read_text()
    assert (tmp_path / "a-b" / ".gitignore").exists()
    assert not [
        file for file in (tmp_path / "a-b").rglob("*") if file.is_file() and "PROJECT_" in file.read_text()
    ]


def test_what_is_asked(
    new: Spinfer, spinfer: Spinfer, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    answers = iter(["http-py-llm", "mine", "Mine", "/..."])
    monkeypatch.setattr("click.termui.visible_prompt_func", lambda _: next(answers))
    assert new().code == 0
    assert 'description = "Mine"' in (tmp_path / "mine" / "spin.toml").read_text()
    done = spinfer("new")
    assert (done.code, done.err) == (
        1,
        "Error: spinfer new: nobody answers here\n  Pass NAME, --template and --accept-defaults.\n",
    )


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("-a", "app"), "--template: which template?\n  There are http-py-llm"),
        (("-a", "-t", "http-py-lm", "app"), "did you mean `http-py-llm`?"),
        (("-a", "-t", "http-py-llm"), "NAME: what is the app called?"),
        (("-a", "-t", "http-py-llm", "My App"), "`My App` is no name for an app"),
        (("-a", "-t", "http-py-llm", "app", "--value", "rout=/"), "did you mean `route`?"),
        (("-a", "-t", "http-py-llm", "app", "--value", "route"), "`route` answers nothing"),
        (("-a", "-t", "http-py-llm", "app", "--value", "route=/.../x"), "route"),
    ],
)
def test_refusals(new: Spinfer, tmp_path: Path, arguments: tuple[str, ...], said: str) -> None:
    done = new(*arguments)
    assert done.code == 1
    assert said in done.err
    assert not any(tmp_path.iterdir())


def test_nothing_is_written_over(new: Spinfer, tmp_path: Path) -> None:
    (tmp_path / "app").mkdir()
    (tmp_path / "app" / "app.py").write_text("mine")
    done = new("-a", "-t", "http-py-llm", "app")
    assert (done.code, "there is a file `app.py` already" in done.err) == (1, True)
    assert [path.name for path in (tmp_path / "app").iterdir()] == ["app.py"]


def test_interfaces_are_those_of_the_project() -> None:
    ours = ROOT / "host" / "spinfer" / "templates" / "files" / "command-py-llm" / "wit"
    for file in (ours / "deps").rglob("*.wit"):
        assert file.read_bytes() == (ROOT / "wit" / file.relative_to(ours)).read_bytes()
