"""`spinfer models import`, as it is typed."""

from pathlib import Path

import pytest

from conversion.folders import write_folder
from spinfer.cli import EXIT_OPERATOR, EXIT_USAGE, main
from spinfer.config import spinfer_toml


@pytest.fixture
def app(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An application's folder, which the command is typed in, beside a model's."""
    write_folder(tmp_path / "model")
    folder = tmp_path / "app"
    folder.mkdir()
    (folder / "spin.toml").write_text("spin_manifest_version = 2\n")
    monkeypatch.chdir(folder)
    return folder


def import_(*arguments: str) -> int:
    return main(["models", "import", *arguments])


def test_a_model_for_an_app(app: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert import_("../model", "small") == 0
    path = app / ".spin" / "ai-models" / "small.gguf"
    out = capsys.readouterr().out
    assert out.startswith(f"{path}: ")
    assert " MB, 32 dimensions, mean pooling, texts of up to 24 tokens\n" in out
    assert '  ai_models = ["small"]\n' in out
    assert path.read_bytes()[:4] == b"GGUF"


def test_from_a_folder_within_the_app(app: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (app / "src").mkdir()
    monkeypatch.chdir(app / "src")
    assert import_("../../model", "small") == 0
    assert (app / ".spin" / "ai-models" / "small.gguf").exists()


def test_without_an_app(app: Path) -> None:
    (app / "spin.toml").unlink()
    assert import_("../model", "small") == 0
    assert (app / ".spin" / "ai-models" / "small.gguf").exists()


def test_to_another_folder(app: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert import_("../model", "small v1.5", "--to", "elsewhere", "--context-tokens", "40") == 0
    out = capsys.readouterr().out
    assert "texts of up to 40 tokens" in out
    (app / "spinfer.toml").write_text(out.partition("spinfer.toml beside it:\n")[2])
    assert spinfer_toml.load(app).models["small v1.5"].path == app / "elsewhere" / "small v1.5.gguf"


def test_nothing_is_overwritten_unless_asked_for(app: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = app / ".spin" / "ai-models" / "small.gguf"
    path.parent.mkdir(parents=True)
    path.write_text("precious")
    assert import_("../model", "small") == EXIT_OPERATOR
    assert "there is a model `small` already" in capsys.readouterr().err
    assert path.read_text() == "precious"
    assert import_("../model", "small", "--force") == 0
    assert path.read_bytes()[:4] == b"GGUF"


@pytest.mark.parametrize("name", ["../small", "a/b", ""])
def test_a_name_that_leads_elsewhere(app: Path, name: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert import_("../model", name) == EXIT_OPERATOR
    assert capsys.readouterr().err.startswith("Error: NAME: ")
    assert not (app / ".spin").exists()


def test_a_mistaken_folder(app: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert import_("nowhere", "small") == EXIT_OPERATOR
    assert capsys.readouterr().err == (
        "Error: nowhere: there is no such folder\n"
        "  Name the folder that has the model's config.json, model.safetensors and modules.json.\n"
    )
    assert not (app / ".spin").exists()


def test_usage(app: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert import_("../model") == EXIT_USAGE
    assert main(["models", "--help"]) == 0
    assert "import" in capsys.readouterr().out
