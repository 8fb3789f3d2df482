"""Which apps use a model: found, passed over, or too many to look for."""

import logging
from pathlib import Path

import pytest

from spinfer.cli.models import usage
from spinfer.cli.models.usage import Use, uses

MANIFEST = """\
spin_manifest_version = 2
[application]
name = "app"
[[trigger.http]]
route = "/..."
component = "one"
[component.one]
source = "one.wasm"
ai_models = ["story", "words"]
[[trigger.http]]
route = "/two"
component = "two"
[component.two]
source = "two.wasm"
ai_models = ["words"]
"""


def app(folder: Path, text: str = MANIFEST) -> Path:
    folder.mkdir(parents=True)
    path = folder / "spin.toml"
    path.write_text(text)
    return path


def test_components_by_any_of_the_names(tmp_path: Path) -> None:
    first, second = app(tmp_path / "a"), app(tmp_path / "b" / "c")
    assert list(uses(frozenset({"words", "other"}), tmp_path)) == [
        Use(path, component, "words") for path in (first, second) for component in ("one", "two")
    ]
    assert list(uses(frozenset({"story", "words"}), tmp_path / "b"))[:2] == [
        Use(second, "one", "story"),
        Use(second, "one", "words"),
    ]


@pytest.mark.parametrize("folder", ["node_modules/x", ".git", "target", "venv/site-packages"])
def test_the_code_of_others(tmp_path: Path, folder: str) -> None:
    app(tmp_path / folder)
    assert list(uses(frozenset({"words"}), tmp_path)) == []


def test_a_manifest_that_cannot_be_read(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    app(tmp_path / "a", "not a manifest")
    good = app(tmp_path / "b")
    with caplog.at_level(logging.INFO):
        assert {use.manifest for use in uses(frozenset({"words"}), tmp_path)} == {good}
    assert f"{tmp_path / 'a' / 'spin.toml'} is passed over: spin.toml" in caplog.text


def test_too_many_folders(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(usage, "MOST_FOLDERS", 3)
    for name in "abcdef":
        (tmp_path / name).mkdir()
    app(tmp_path / "g")
    assert list(uses(frozenset({"words"}), tmp_path)) == []
    assert "in 3 folders, and in no more" in caplog.text
