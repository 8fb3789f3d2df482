"""What `[models.<name>]` in spinfer.toml says: where a model comes from and how it is to be used."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)


class ScriptedError(_Frozen):
    """The error a scripted reply ends in, by its name in `fermyon:spin/llm`."""

    kind: Literal["model-not-supported", "runtime-error", "invalid-input"]
    message: str = ""


class ScriptedReply(_Frozen):
    """What to answer when a prompt equals `prompt`, or matches the regular expression `pattern`."""

    prompt: str | None = None
    pattern: str | None = None
    text: str = ""
    delay_s: float = Field(default=0.0, ge=0)
    prompt_tokens: int | None = Field(default=None, ge=0)
    generated_tokens: int | None = Field(default=None, ge=0)
    error: ScriptedError | None = None

    @field_validator("pattern")
    @classmethod
    def _compiles(cls, pattern: str | None) -> str | None:
        if pattern is not None:
            try:
                re.compile(pattern)
            except re.error as e:
                raise ValueError(f"not a regular expression: {e}") from e
        return pattern

    @model_validator(mode="after")
    def _one_matcher(self) -> ScriptedReply:
        if (self.prompt is None) == (self.pattern is None):
            raise ValueError("give exactly one of `prompt` and `pattern`")
        return self


class MockConfig(_Frozen):
    """A model that answers from a script: the first reply that fits, else `default`."""

    replies: tuple[ScriptedReply, ...] = ()
    default: str | None = None
    """None: a prompt that no reply fits is a `runtime-error` that says so."""
    dimensions: int = Field(default=8, ge=1)
    """Length of the embeddings, which are made from a hash of each text."""

    @field_validator("replies", mode="before")
    @classmethod
    def _from_array(cls, value: object) -> object:
        return tuple(value) if isinstance(value, list) else value


class ModelConfig(_Frozen):
    """One model: exactly one source, and how to run it. None means: decided from the model file."""

    path: Path | None = None
    """A GGUF file; relative to the folder of spinfer.toml."""
    builtin: bool = False
    """The models inside the package: one that chats, one that embeds."""
    mock: MockConfig | None = None

    context_tokens: int | None = Field(default=None, ge=16)
    """Tokens one request may span, prompt and answer together; at most what the model was trained on."""
    threads: int | None = Field(default=None, ge=1)
    seed: int | None = Field(default=None, ge=0, lt=2**32)
    """None: a random one for each request, reported in the log."""
    stop: tuple[str, ...] = ()
    """Strings that end the answer; not part of it."""
    prompt: Literal["raw", "chat"] | None = None
    """`raw`: as it is, special tokens parsed. `chat`: as one user message, by the GGUF's own template.
    Default: raw, as Spin does; chat for the built-in model."""
    batch_tokens: int = Field(default=512, ge=16)
    """Most tokens decoded in one step, all requests together."""
    gpu_layers: int = Field(default=0, ge=-1)
    """Layers kept on the GPU; -1: all."""
    parallel: int = Field(default=16, ge=1, le=256)
    """Most requests decoded together; the others wait."""
    cache_tokens: int | None = Field(default=None, ge=16)
    """KV cache cells, shared by all requests."""
    queue: int = Field(default=256, ge=0)
    """Most requests that wait; one more is told that the model is busy."""
    deterministic: bool = False
    """Decode one request at a time, so that a seed gives the same tokens whatever else is asked."""
    truncate: bool = False
    """Embed the beginning of a text that is longer than the context, instead of refusing it."""

    @field_validator("stop", mode="before")
    @classmethod
    def _from_array(cls, value: object) -> object:
        return tuple(value) if isinstance(value, list) else value

    @field_validator("path", mode="before")
    @classmethod
    def _from_text(cls, value: object) -> object:
        return Path(value) if isinstance(value, str) else value

    @field_validator("stop")
    @classmethod
    def _not_empty(cls, stop: tuple[str, ...]) -> tuple[str, ...]:
        if "" in stop:
            raise ValueError("a stop string must not be empty")
        return stop

    @model_validator(mode="after")
    def _one_source(self) -> ModelConfig:
        if sum((self.path is not None, self.builtin, self.mock is not None)) != 1:
            raise ValueError("give exactly one of `path`, `builtin` and `mock`")
        return self


ModelTable = dict[Annotated[str, Field(min_length=1)], ModelConfig]
