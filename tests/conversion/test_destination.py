"""Names that are safe, and files that appear when they are complete."""

from pathlib import Path

import pytest

from spinfer.conversion.destination import Destination
from spinfer.errors import ConfigError, ModelError


@pytest.mark.parametrize("name", ["all-minilm-l6-v2", "a", "bge small.en v1.5", "模型", "-", "..."])
def test_names(tmp_path: Path, name: str) -> None:
    assert Destination(tmp_path, name).path == tmp_path / f"{name}.gguf"


@pytest.mark.parametrize(
    "name",
    [
        "",
        ".",
        "..",
        "*",
        "a/b",
        "../a",
        "/a",
        "a\\b",
        "a\nb",
        "a\0b",
        "\x1b[2J",
        "a\x7f",
        "\u202egpj",
        "\ud800",
    ],
)
def test_names_that_are_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(ConfigError) as caught:
        Destination(tmp_path, name)
    assert str(caught.value).isprintable() or str(caught.value).replace("\n", "").isprintable()


@pytest.mark.parametrize("name", ["a" * 201, "é" * 101])
def test_names_that_are_too_long(tmp_path: Path, name: str) -> None:
    with pytest.raises(ConfigError, match="too long: 200 bytes"):
        Destination(tmp_path, name)


def test_the_file_appears_when_it_is_complete(tmp_path: Path) -> None:
    destination = Destination(tmp_path / "a" / "b", "m")
    destination.check_free()
    with destination.partial() as partial:
        partial.write_text("whole")
        assert not destination.path.exists()
    assert destination.path.read_text() == "whole"
    assert list(destination.folder.iterdir()) == [destination.path]
    with pytest.raises(ModelError, match=r"there is a model `m` already\n.*--force"):
        destination.check_free()


def test_nothing_is_left_of_a_failure(tmp_path: Path) -> None:
    destination = Destination(tmp_path, "m")
    with pytest.raises(ZeroDivisionError), destination.partial() as partial:
        partial.write_text("half")
        1 / 0  # noqa: B018
    assert not list(tmp_path.iterdir())


def test_a_link_to_nowhere_is_in_the_way_too(tmp_path: Path) -> None:
    (tmp_path / "m.gguf").symlink_to(tmp_path / "absent")
    with pytest.raises(ModelError, match="already"):
        Destination(tmp_path, "m").check_free()


def test_a_folder_that_cannot_be(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with (
        pytest.raises(ModelError, match="the model cannot be written: Not a directory"),
        Destination(tmp_path / "file" / "models", "m").partial(),
    ):
        raise AssertionError("there is nothing to write to")


def test_a_folder_in_the_models_place(tmp_path: Path) -> None:
    (tmp_path / "m.gguf").mkdir()
    with (
        pytest.raises(ModelError, match="the model cannot be written: Is a directory"),
        Destination(tmp_path, "m").partial() as partial,
    ):
        partial.write_text("whole")
    assert [path.name for path in tmp_path.iterdir()] == ["m.gguf"]
