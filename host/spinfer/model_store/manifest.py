"""What a name in the store stands for, as it is written down in `manifests/<name>.json`.

    {
      "kind": "model",
      "name": "story",
      "source": "hf:example/stories-GGUF:Q4_K_M",
      "files": [{ "sha256": "9f86…", "size": 770000000, "filename": "stories-Q4_K_M.gguf", "linked": null }],
      "primary": "9f86…",
      "summary": { "format": "gguf", "architecture": "llama", "parameters": 1235814432,
                   "quantization": "Q4_K_M", "context_tokens": 131072 },
      "licence": "apache-2.0",
      "pulled_at": "2025-01-31T12:00:00Z"
    }

or `{ "kind": "alias", "name": "llama2-chat", "model": "story" }`. When a model was last used stands outside,
so that loading one rewrites nothing (see layout.py).
"""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, Field, TypeAdapter, ValidationError, model_validator

from spinfer.config import model_name
from spinfer.documents.table import Array, Table
from spinfer.errors import ModelError
from spinfer.gguf_header import summary


def _plain(filename: str) -> str:
    if model_name.fits(filename):
        return filename
    raise ValueError("not the name of a file in one folder")


Sha256 = Annotated[str, Field(pattern="^[0-9a-f]{64}$")]
"""64 lower-case hexadecimal digits."""


class StoredFile(Table):
    """One file of a model."""

    sha256: Sha256
    size: int = Field(ge=0)
    """Bytes."""
    filename: Annotated[str, AfterValidator(_plain)]
    """As its source calls it, without folders."""
    linked: str | None = None
    """Where it lies, absolute, when it is used in place: another program's file, or the user's own, which is
    never changed. None: the store has it as a blob."""


class Summary(Table):
    """What the file's header says, so that listing models reads no model."""

    format: Literal["gguf"] = "gguf"
    architecture: str
    parameters: int | None = Field(default=None, ge=0)
    quantization: str | None = None
    """As llama.cpp names it: `Q4_K_M`."""
    context_tokens: int | None = Field(default=None, ge=0)
    """What the model was trained on."""

    @classmethod
    def of(cls, found: summary.Summary) -> Self:
        return cls(
            architecture=found.architecture or "unknown",
            parameters=found.parameters,
            quantization=found.quantization,
            context_tokens=found.trained_context,
        )


class Model(Table):
    """A model of the store."""

    kind: Literal["model"] = "model"
    name: str
    source: str
    """As `models pull` takes it: `hf:…`, `https://…`, `ollama:…`, `lmstudio:…`; or an absolute path."""
    files: Array[StoredFile] = Field(min_length=1)
    """In the order of their parts, where there are several."""
    primary: Sha256
    """The file that is handed to llama.cpp: the only one, or the first part."""
    summary: Summary
    licence: str | None = None
    """As the source states it; None: it does not."""
    pulled_at: datetime

    @model_validator(mode="after")
    def _has_its_primary(self) -> Self:
        if self.primary not in {file.sha256 for file in self.files}:
            raise ValueError("`primary` is none of its files")
        return self

    @property
    def size(self) -> int:
        """Bytes of all files."""
        return sum(file.size for file in self.files)

    @property
    def first(self) -> StoredFile:
        """The file that is handed to llama.cpp."""
        return next(file for file in self.files if file.sha256 == self.primary)


class Alias(Table):
    """Another name for a model of the store."""

    kind: Literal["alias"] = "alias"
    name: str
    model: str
    """The model's own name; never another alias."""


Entry = Model | Alias

_ENTRY: TypeAdapter[Entry] = TypeAdapter(Annotated[Entry, Field(discriminator="kind")])


def to_json(entry: Entry) -> bytes:
    return entry.model_dump_json(indent=2).encode() + b"\n"


def from_json(content: bytes, path: Path) -> Entry:
    """`path` is for the message. Raises ModelError: damaged, or written by a newer spinfer."""
    try:
        return _ENTRY.validate_json(content)
    except ValidationError as e:
        first = e.errors()[0]
        place = ".".join(map(str, first["loc"]))
        raise ModelError(
            f"this description of a model cannot be read: {place + ': ' if place else ''}{first['msg']}",
            where=str(path),
            cure="It may be damaged, or from a newer spinfer. Delete it, and pull the model again.",
        ) from e
