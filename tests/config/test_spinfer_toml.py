"""Where spinfer.toml is looked for, and what its paths come to."""

from pathlib import Path

import pytest

from spinfer.config.spinfer_toml import Limits, SpinferConfig, load
from spinfer.errors import ConfigError


def test_a_folder_without_one(tmp_path: Path) -> None:
    config = load(tmp_path)
    assert config == SpinferConfig()
    assert (config.models, config.limits.max_memory_bytes, config.limits.timeout_s) == ({}, None, None)


def test_a_file_that_is_asked_for_must_be_there(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="there is no such file"):
        load(tmp_path / "spinfer.toml")


def test_paths_start_at_the_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", "/home/ada")
    app = tmp_path / "app"
    app.mkdir()
    (app / "spinfer.toml").write_text(
        "[models]\n"
        'beside.path = "m.gguf"\n'
        'above.path = "../m.gguf"\n'
        'absolute.path = "/srv/m.gguf"\n'
        'home.path = "~/m.gguf"\n'
        "none.builtin = true\n"
    )
    monkeypatch.chdir(tmp_path)
    for config in (load(app), load(Path("app")), load(Path("app/spinfer.toml"))):
        assert {name: model.path for name, model in config.models.items()} == {
            "beside": app / "m.gguf",
            "above": app / "../m.gguf",
            "absolute": Path("/srv/m.gguf"),
            "home": Path("/home/ada/m.gguf"),
            "none": None,
        }


def test_memory_in_bytes() -> None:
    assert Limits(max_memory_mib=512).max_memory_bytes == 536_870_912


def test_not_utf8(tmp_path: Path) -> None:
    (tmp_path / "spinfer.toml").write_bytes(b"# \xff")
    with pytest.raises(ConfigError, match=r"spinfer\.toml: not UTF-8: byte 0xff in line 1"):
        load(tmp_path)
