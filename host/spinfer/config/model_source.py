"""Where a model is fetched from, in one line: `hf:ORG/REPO:QUANT`, `https://…`, `ollama:NAME`, or a path."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

from pydantic import PlainSerializer, PlainValidator
from pydantic_core import PydanticKnownError

from spinfer.documents.table import mistake
from spinfer.errors import ConfigError

EXAMPLES = (
    'for example: source = "hf:Qwen/Qwen2.5-0.5B-Instruct-GGUF:Q4_K_M", '
    'or: "https://example.com/model.gguf#sha256=…", or: "ollama:llama3.2", or: "models/llama.gguf"'
)

PROGRAMS = ("ollama:", "lmstudio:")
"""Programs whose models are used where they lie."""

_REPOSITORY = re.compile(r"[A-Za-z0-9][\w.-]*/[A-Za-z0-9][\w.-]*")
_DIGEST = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True, slots=True)
class HubSource:
    """A repository of the Hugging Face hub. `choice`: a quantization, or a file; None: whichever is best."""

    repository: str
    choice: str | None = None

    def __str__(self) -> str:
        return f"hf:{self.repository}" + (f":{self.choice}" if self.choice else "")


@dataclass(frozen=True, slots=True)
class WebSource:
    """A file at an address. `sha256` in lower-case hexadecimal; None: whatever comes."""

    url: str
    sha256: str | None = None

    def __str__(self) -> str:
        return self.url + (f"#sha256={self.sha256}" if self.sha256 else "")


@dataclass(frozen=True, slots=True)
class ProgramSource:
    """What another program on this machine keeps: `ollama:NAME[:TAG]`, `lmstudio:…`."""

    text: str

    def __str__(self) -> str:
        return self.text


@dataclass(frozen=True, slots=True)
class FileSource:
    """A GGUF file on this machine."""

    path: Path

    def __str__(self) -> str:
        return str(self.path)


ModelSource = HubSource | WebSource | ProgramSource | FileSource


def parse(text: str) -> ModelSource:
    """Raises ConfigError."""
    if text.startswith("hf:"):
        return _hub(text)
    if re.match(r"https?:", text):
        return _web(text)
    if text.startswith(PROGRAMS):
        if text in PROGRAMS or not text.isprintable():
            raise ConfigError(f"`{text}` names no model", cure=EXAMPLES)
        return ProgramSource(text)
    scheme = re.match(r"([A-Za-z][A-Za-z0-9+.-]+):", text)
    if scheme or not text or "\0" in text:
        raise ConfigError(f"{text!r} is no source of a model", cure=EXAMPLES)
    return FileSource(Path(text).expanduser())


def is_source(text: str) -> bool:
    """Whether a word of the command line is a source, and not the name of a model."""
    return ":" in text or "/" in text or text.endswith(".gguf")


def _hub(text: str) -> HubSource:
    repository, colon, choice = text.removeprefix("hf:").partition(":")
    leads_out = ".." in choice.split("/") or choice.startswith("/")
    if (
        not _REPOSITORY.fullmatch(repository)
        or leads_out
        or not choice.isprintable()
        or (colon and not choice)
    ):
        raise ConfigError(
            f"{text!r} is not hf:ORGANISATION/REPOSITORY, then perhaps :QUANTIZATION or :FILE",
            cure='for example: "hf:Qwen/Qwen2.5-0.5B-Instruct-GGUF:Q4_K_M"',
        )
    return HubSource(repository, choice or None)


def _web(text: str) -> WebSource:
    url, hash_, fragment = text.partition("#")
    if not re.match(r"https?://[^/\s]", url) or not url.isprintable() or " " in url:
        raise ConfigError(
            f"{text!r} is no http or https address", cure='for example: "https://example.com/model.gguf"'
        )
    if not hash_:
        return WebSource(url)
    digest = fragment.lower().removeprefix("sha256=")
    if not fragment.lower().startswith("sha256=") or not _DIGEST.fullmatch(digest):
        raise ConfigError(
            f"`#{fragment}` is not `#sha256=` and 64 hexadecimal digits", cure="`sha256sum FILE` prints them"
        )
    return WebSource(url, digest)


def _field(value: object) -> ModelSource:
    match value:
        case HubSource() | WebSource() | ProgramSource() | FileSource():
            return value
        case "":
            raise PydanticKnownError("string_too_short", {"min_length": 1})
        case str():
            try:
                return parse(value)
            except ConfigError as e:
                raise mistake(e.problems[0].what, e.problems[0].cure) from e
    raise PydanticKnownError("string_type")


SourceField = Annotated[ModelSource, PlainValidator(_field), PlainSerializer(str)]
"""A source, as a key of spinfer.toml."""
