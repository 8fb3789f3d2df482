"""`--variable` in its forms, and that no mistake quotes a value."""

from pathlib import Path

import pytest
from pydantic import SecretStr

from spinfer.config.variable_flag import parse
from spinfer.errors import ConfigError


def values(found: dict[str, SecretStr]) -> dict[str, str]:
    return {name: value.get_secret_value() for name, value in found.items()}


def test_every_form_and_the_last_one_counts(tmp_path: Path) -> None:
    (tmp_path / "text").write_text("gingernut!\n")
    (tmp_path / "v.toml").write_text('a = "toml"\nb = "toml"\n')
    (tmp_path / "v.json").write_text('{"b": "json", "c": "é"}')
    found = parse(["a=first", "x=a=b", "empty=", "file=@text", "@v.toml", f"@{tmp_path}/v.json"], tmp_path)
    assert values(found) == {
        "a": "toml",
        "b": "json",
        "c": "é",
        "x": "a=b",
        "empty": "",
        "file": "gingernut!\n",
    }
    assert "toml" not in repr(found)


def test_every_mistake(tmp_path: Path) -> None:
    (tmp_path / "numbers.toml").write_text('good = "hunter2"\nbad = 31337\n')
    (tmp_path / "list.json").write_text('["hunter2"]')
    (tmp_path / "broken.json").write_text('{\n  "a": hunter2')
    (tmp_path / "latin").write_bytes(b"\xe9")
    written = ["hunter2", "=hunter2", "a=@gone", "@x.yaml", "@numbers.toml", "@list.json", "@broken.json"]
    with pytest.raises(ConfigError) as raised:
        parse([*written, "b=@latin"], tmp_path)
    usage = "write NAME=VALUE, NAME=@FILE, or @FILE with a file that ends in .toml or .json"
    assert str(raised.value).replace(str(tmp_path), "FOLDER").splitlines() == [
        "--variable: this sets no variable",
        f"  {usage}",
        "--variable: this sets no variable",
        f"  {usage}",
        "--variable: FOLDER/gone: there is no such file",
        "FOLDER/x.yaml: it is neither TOML nor JSON by its name",
        f"  {usage}",
        "FOLDER/numbers.toml: the value of `bad` is no string",
        "  write it in quotes",
        "FOLDER/list.json: it holds no table of variables",
        '  write { "name": "value" }',
        "FOLDER/broken.json: line 2, column 8: it is not JSON",
        "--variable: FOLDER/latin: it is not a text in UTF-8",
    ]
