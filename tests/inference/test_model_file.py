from __future__ import annotations

from pathlib import Path

import pytest

from spinfer.errors import ModelError
from spinfer.inference.model_file import check_file, fingerprint, named_file


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    models = tmp_path / "ai-models"
    (models / "org").mkdir(parents=True)
    for name in ("plain", "with.dots-1", "org/model"):
        (models / f"{name}.gguf").write_bytes(b"GGUF")
    (tmp_path / "secret.gguf").write_bytes(b"GGUF")
    return models


@pytest.mark.parametrize("name", ["plain", "with.dots-1", "org/model"])
def test_a_name_finds_its_file(folder: Path, name: str) -> None:
    assert named_file(folder, name) == folder / f"{name}.gguf"


@pytest.mark.parametrize(
    "name",
    [
        *("", "absent", "plain.gguf", "org", "x" * 5000, "a\0b", "..\\secret"),
        *("../secret", "org/../../secret", "./plain", "/etc/passwd", "org//model"),
    ],
)
def test_a_name_never_leads_elsewhere(folder: Path, name: str) -> None:
    assert named_file(folder, name) is None


def test_an_absolute_name_stays_inside(folder: Path) -> None:
    assert named_file(folder, str(folder.parent / "secret")) is None


def test_a_missing_file(tmp_path: Path) -> None:
    with pytest.raises(ModelError) as caught:
        check_file("m", tmp_path / "gone.gguf")
    assert str(caught.value) == (
        f"{tmp_path}/gone.gguf: model 'm': there is no such file\n"
        "  Put a GGUF file there, or correct the path in spinfer.toml."
    )


def test_a_folder_is_no_file(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="Is a directory"):
        check_file("m", tmp_path)


@pytest.mark.parametrize("content", [b"", b"GGU", b"PK\3\4 something"])
def test_a_file_that_is_not_gguf(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "m.gguf"
    path.write_bytes(content)
    with pytest.raises(ModelError, match="model 'm': this is not a GGUF file"):
        check_file("m", path)


def test_a_fingerprint_changes_with_the_file(tmp_path: Path) -> None:
    path = tmp_path / "m.gguf"
    assert fingerprint(path) is None
    path.write_bytes(b"GGUF")
    before = fingerprint(path)
    assert before == fingerprint(path)
    path.write_bytes(b"GGUF and more")
    assert fingerprint(path) != before
