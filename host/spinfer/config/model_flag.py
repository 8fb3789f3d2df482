"""`--model NAME=SOURCE` of the command line: a model without a spinfer.toml."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from spinfer.config import model_source
from spinfer.config.models import MockConfig, ModelConfig
from spinfer.documents.keys import suggestion
from spinfer.errors import ConfigError, Problem

OPTION = "--model"
EXAMPLES = "write for example `--model llama2-chat=models/llama.gguf` or `--model llama2-chat=builtin`"

WORDS = {
    "builtin": ModelConfig(builtin=True),
    "mock": ModelConfig(mock=MockConfig(default="This answer was made up by the mock model.")),
}
"""Sources that are no paths; a file of that name is written `./builtin`."""


def parse(values: Iterable[str], folder: Path) -> dict[str, ModelConfig]:
    """The models by name, `*` for every name; relative paths start in `folder`. Raises ConfigError."""
    models: dict[str, ModelConfig] = {}
    problems: list[Problem] = []
    for value in values:
        name, equals, source = value.partition("=")
        mistake = _mistake(name, equals, source, models)
        if mistake:
            problems.append(Problem(mistake[0], f"{OPTION} {value}", mistake[1]))
            continue
        try:
            models[name] = WORDS.get(source) or _config(source).resolved(folder)
        except ConfigError as e:
            problems.extend(Problem(each.what, f"{OPTION} {value}", each.cure) for each in e.problems)
    if problems:
        raise ConfigError.listing(problems)
    return models


def _config(source: str) -> ModelConfig:
    """Raises ConfigError."""
    if source.startswith(("hf:", "http://", "https://", *model_source.PROGRAMS)):
        return ModelConfig(source=model_source.parse(source))
    return ModelConfig(path=Path(source))


def _mistake(name: str, equals: str, source: str, models: Iterable[str]) -> tuple[str, str] | None:
    """What is wrong, and its cure."""
    if not equals:
        return "expected NAME=SOURCE", EXAMPLES
    if not name:
        return "no name before `=`", f"{EXAMPLES}; `*` stands for every name"
    if not source:
        return "no source after `=`", EXAMPLES
    if name in models:
        return f"`{name}` has a source already", "give each name once"
    if source not in WORDS and not model_source.is_source(source) and not Path(source).suffix:
        return (
            f"`{source}` is neither the path of a GGUF file nor one of `builtin` and `mock`",
            suggestion(source, WORDS, "sources") + f" A file of that name is written `./{source}`.",
        )
    return None
