"""`--model NAME=SOURCE`."""

from pathlib import Path

import pytest

from spinfer.config.model_flag import parse
from spinfer.config.models import ModelConfig
from spinfer.errors import ConfigError

FOLDER = Path("/work")


def error(*values: str) -> str:
    with pytest.raises(ConfigError) as caught:
        parse(values, FOLDER)
    return str(caught.value)


def test_paths() -> None:
    assert parse(["a=m.gguf", "b=../m.gguf", "c=/srv/m.gguf", "d=./builtin", "e=dir/x=y.gguf"], FOLDER) == {
        "a": ModelConfig(path=FOLDER / "m.gguf"),
        "b": ModelConfig(path=FOLDER / "../m.gguf"),
        "c": ModelConfig(path=Path("/srv/m.gguf")),
        "d": ModelConfig(path=FOLDER / "builtin"),
        "e": ModelConfig(path=FOLDER / "dir/x=y.gguf"),
    }


def test_words() -> None:
    models = parse(["*=builtin", "llama2-chat=mock"], FOLDER)
    assert models["*"] == ModelConfig(builtin=True)
    mock = models["llama2-chat"].mock
    assert mock is not None
    assert mock.default


def test_none() -> None:
    assert parse([], FOLDER) == {}


@pytest.mark.parametrize(
    ("value", "what"),
    [
        ("m.gguf", "expected NAME=SOURCE"),
        ("", "expected NAME=SOURCE"),
        ("=m.gguf", "no name before `=`"),
        ("a=", "no source after `=`"),
        ("a=hf:story", "'hf:story' is not hf:ORGANISATION/REPOSITORY"),
        ("a=https://example.com/m.gguf#sha256=0", "`#sha256=0` is not `#sha256=` and 64 hexadecimal digits"),
        ("a=buildin", "`buildin` is neither the path of a GGUF file nor one of `builtin` and `mock`"),
    ],
)
def test_mistakes_name_the_option_and_show_an_example(value: str, what: str) -> None:
    message = error(value)
    assert message.startswith(f"--model {value}: {what}")


@pytest.mark.parametrize(
    "source", ["hf:a/b", "hf:a/b:Q8_0", "ollama:story:1b", "lmstudio:a/b", "https://example.com/m.gguf"]
)
def test_sources_to_pull_from(source: str, tmp_path: Path) -> None:
    assert str(parse([f"m={source}"], tmp_path)["m"].source) == source


def test_cures() -> None:
    assert "`--model llama2-chat=builtin`" in error("x")
    assert "did you mean `builtin`?" in error("a=buildin")
    assert "`./model`" in error("a=model")


def test_all_mistakes_at_once() -> None:
    assert [
        line for line in error("a=x.gguf", "a=y.gguf", "b", "c=").splitlines() if "--model " in line[:8]
    ] == [
        "--model a=y.gguf: `a` has a source already",
        "--model b: expected NAME=SOURCE",
        "--model c=: no source after `=`",
    ]
