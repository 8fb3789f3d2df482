"""Which templates there are, and what each asks for."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from spinfer.documents.keys import suggestion
from spinfer.errors import ConfigError

NAME: Final = "name"


@dataclass(frozen=True, slots=True)
class Question:
    """A value that a template's files have in them, as `PROJECT_` and its key in capitals."""

    key: str
    text: str
    """What a person is asked."""
    default: str


@dataclass(frozen=True, slots=True)
class Template:
    """A folder of files, below `files/`."""

    id: str
    description: str
    questions: tuple[Question, ...]
    """Beside the app's name."""
    steps: tuple[str, ...]
    """What to type in the new folder, to have it answer."""


_PYTHON = ("python3 -m venv venv && . venv/bin/activate", "pip install -r requirements.txt", "spinfer build")
_ROUTE = Question("route", "Route", "/...")


def _description(default: str) -> Question:
    return Question("description", "Description", default)


TEMPLATES: Final = {
    template.id: template
    for template in (
        Template(
            "http-py-llm",
            "Answers a request with a language model, in Python",
            (_description("Answer questions with a language model"), _ROUTE),
            (*_PYTHON, "spinfer up"),
        ),
        Template(
            "http-js-llm",
            "Answers a request with a language model, in JavaScript",
            (_description("Answer questions with a language model"), _ROUTE),
            ("spinfer build", "spinfer up"),
        ),
        Template(
            "command-py-llm",
            "Answers a question of the shell with a language model, in Python",
            (_description("Answer a question with a language model"),),
            (*_PYTHON, "spinfer run . What is the capital of Italy?"),
        ),
        Template(
            "http-py-rag",
            "Answers from documents that it keeps: embeddings, SQLite and a language model, in Python",
            (_description("Answer questions from documents"), _ROUTE),
            (*_PYTHON, "spinfer up"),
        ),
    )
}


def find(id: str) -> Template:
    """Raises ConfigError, naming the nearest."""
    if id not in TEMPLATES:
        raise ConfigError(
            f"there is no template `{id}`", where="--template", cure=suggestion(id, TEMPLATES, "templates")
        )
    return TEMPLATES[id]
