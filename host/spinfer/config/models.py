"""What `[models.<name>]` in spinfer.toml says: where a model comes from and how it is to be used."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import BeforeValidator, Field, ValidationInfo, field_validator, model_validator
from pydantic_core import PydanticKnownError

from spinfer.config.model_source import FileSource, SourceField
from spinfer.config.remote import Api, RemoteConfig
from spinfer.documents.table import Array, Table, mistake


class ScriptedError(Table):
    """The error a scripted reply ends in, by its name in `fermyon:spin/llm`."""

    kind: Literal["model-not-supported", "runtime-error", "invalid-input"] = Field(
        examples=['kind = "runtime-error"']
    )
    message: str = Field(default="", examples=['message = "out of ideas"'])


class ScriptedReply(Table):
    """What to answer when a prompt equals `prompt`, or matches the regular expression `pattern`."""

    prompt: str | None = Field(default=None, examples=['prompt = "Hello"'])
    pattern: str | None = Field(default=None, validate_default=True, examples=['pattern = "^Summarize"'])
    text: str = Field(default="", examples=['text = "Hello to you"'])
    delay_s: float = Field(default=0.0, ge=0, allow_inf_nan=False, examples=["delay_s = 0.5"])
    prompt_tokens: int | None = Field(default=None, ge=0, examples=["prompt_tokens = 12"])
    generated_tokens: int | None = Field(default=None, ge=0, examples=["generated_tokens = 5"])
    error: ScriptedError | None = Field(default=None, examples=['error = { kind = "runtime-error" }'])

    @field_validator("pattern")
    @classmethod
    def _compiles(cls, pattern: str | None) -> str | None:
        if pattern is not None:
            try:
                re.compile(pattern)
            except re.error as e:
                raise mistake(f"not a regular expression: {e}") from e
        return pattern

    @field_validator("pattern")
    @classmethod
    def _one_matcher(cls, pattern: str | None, info: ValidationInfo) -> str | None:
        if "prompt" in info.data and (info.data["prompt"] is None) == (pattern is None):
            raise mistake(
                "a reply is chosen either by `prompt` or by `pattern`",
                'write exactly one of them, for example: prompt = "Hello"',
                in_table=True,
            )
        return pattern


class MockConfig(Table):
    """A model that answers from a script: the first reply that fits, else `default`."""

    replies: Array[ScriptedReply] = Field(
        default=(), examples=['replies = [{ prompt = "Hello", text = "Hello to you" }]']
    )
    default: str | None = Field(default=None, examples=['default = "I do not know"'])
    """None: a prompt that no reply fits is a `runtime-error` that says so."""
    dimensions: int = Field(default=8, ge=1, examples=["dimensions = 8"])
    """Length of the embeddings, which are made from a hash of each text."""


def _path(value: object) -> Path:
    match value:
        case Path():
            return value
        case "":
            raise PydanticKnownError("string_too_short", {"min_length": 1})
        case str():
            return Path(value)
    raise PydanticKnownError("string_type")


FilePath = Annotated[Path, BeforeValidator(_path)]
"""A file; relative to the folder of spinfer.toml."""


class LoraConfig(Table):
    """A LoRA adapter, as GGUF: what it learned is added to the model's weights, `scale` times."""

    path: FilePath = Field(examples=['path = "models/formal.gguf"'])
    scale: float = Field(default=1.0, allow_inf_nan=False, examples=["scale = 0.5"])


TOLD: Mapping[Api, frozenset[str]] = {"open_ai": frozenset({"prompt", "stop", "seed"}), "spin": frozenset()}
"""The keys beside `remote` that its API has words for."""

SOURCES = (
    'for example: path = "models/llama.gguf", or: source = "hf:ORG/REPO", or: builtin = true, '
    'or: mock = { default = "Hello" }, or: remote = { url = "http://127.0.0.1:8000" }'
)


class ModelConfig(Table):
    """One model: exactly one source, and how to run it. None means: decided from the model file."""

    path: FilePath | None = Field(default=None, examples=['path = "models/llama.gguf"'])
    """A GGUF file."""
    source: SourceField | None = Field(default=None, examples=['source = "hf:ORG/REPO:Q4_K_M"'])
    """Where `spinfer models pull` gets it, or where it lies already."""
    builtin: bool = Field(default=False, examples=["builtin = true"])
    """The models inside the package: one that chats, one that embeds."""
    mock: MockConfig | None = Field(default=None, examples=['mock = { default = "I do not know" }'])
    remote: RemoteConfig | None = Field(
        default=None, validate_default=True, examples=['remote = { url = "http://127.0.0.1:8000" }']
    )
    """A server that answers for the model."""

    context_tokens: int | None = Field(default=None, ge=16, examples=["context_tokens = 4096"])
    """Tokens one request may span, prompt and answer together; at most what the model was trained on."""
    threads: int | None = Field(default=None, ge=1, examples=["threads = 4"])
    seed: int | None = Field(default=None, ge=0, lt=2**32, examples=["seed = 42"])
    """None: a random one for each request, reported in the log."""
    stop: Array[Annotated[str, Field(min_length=1)]] = Field(default=(), examples=['stop = ["\\n\\n"]'])
    """Strings that end the answer; not part of it."""
    prompt: Literal["raw", "chat"] | None = Field(default=None, examples=['prompt = "chat"'])
    """`raw`: as it is, special tokens parsed. `chat`: as one user message, by the GGUF's own template.
    Default: raw, as Spin does; chat for the built-in model and remote ones (by the server's template)."""
    batch_tokens: int = Field(default=512, ge=16, examples=["batch_tokens = 512"])
    """Most tokens decoded in one step, all requests together."""
    gpu_layers: int = Field(default=0, ge=-1, examples=["gpu_layers = 0"])
    """Layers kept on the GPU; -1: all."""
    parallel: int = Field(default=16, ge=1, le=256, examples=["parallel = 16"])
    """Most requests decoded together; the others wait."""
    cache_tokens: int | None = Field(default=None, ge=16, examples=["cache_tokens = 8192"])
    """KV cache cells, shared by all requests."""
    queue: int = Field(default=256, ge=0, examples=["queue = 256"])
    """Most requests that wait; one more is told that the model is busy."""
    deterministic: bool = Field(default=False, examples=["deterministic = true"])
    """Decode one request at a time, so that a seed gives the same tokens whatever else is asked."""
    truncate: bool = Field(default=False, examples=["truncate = true"])
    """Embed the beginning of a text that is longer than the context, instead of refusing it."""
    preload: bool = Field(default=False, examples=["preload = true"])
    """Load it as the host starts, not when the first guest asks."""
    keep_alive_s: float | None = Field(
        default=None, ge=0, allow_inf_nan=False, examples=["keep_alive_s = 300"]
    )
    """Unload it when nobody has asked for so long. None: keep it, unless another model needs the memory."""
    lora: Array[LoraConfig] = Field(
        default=(), examples=['lora = [{ path = "models/formal.gguf", scale = 0.5 }]']
    )
    """Of the built-in models, the one that chats."""
    grammar: FilePath | None = Field(default=None, examples=['grammar = "answer.gbnf"'])
    """A file in llama.cpp's notation (GBNF): every answer is a text of this grammar, from rule `root` on."""
    json_schema: FilePath | None = Field(
        default=None, validate_default=True, examples=['json_schema = "answer.schema.json"']
    )
    """A file with a JSON schema: every answer is JSON that fits it, unless `max-tokens` cuts it short."""

    @field_validator("remote")
    @classmethod
    def _one_source(cls, remote: RemoteConfig | None, info: ValidationInfo) -> RemoteConfig | None:
        others = ("path", "source", "builtin", "mock")
        if not set(others) <= info.data.keys():  # one of them is there, and mistaken
            return remote
        sources = {**{name: info.data[name] for name in others}, "remote": remote}
        given = [name for name, value in sources.items() if value]
        if not given:
            raise mistake("a model needs a source", SOURCES, in_table=True)
        if len(given) > 1:
            names = " and ".join(f"`{name}`" for name in given)
            raise mistake(f"a model has one source, got {names}", "keep one of them", in_table=True)
        return remote

    @field_validator("json_schema")
    @classmethod
    def _one_form(cls, json_schema: Path | None, info: ValidationInfo) -> Path | None:
        if json_schema is not None and info.data.get("grammar") is not None:
            raise mistake(
                "an answer has one form, got `grammar` and `json_schema`", "keep one of them", in_table=True
            )
        return json_schema

    @model_validator(mode="after")
    def _what_a_server_can_be_told(self) -> Self:
        if self.remote is not None:
            ours = self.model_fields_set - {"remote", *TOLD[self.remote.api]}
            if ours:
                names = ", ".join(f"`{name}`" for name in sorted(ours))
                raise mistake(f"{names}: for a remote model this is its server's to decide", "remove it")
        return self

    def resolved(self, folder: Path) -> Self:
        """The same model, its paths absolute: relative ones start in `folder`, `~` is the user's home.

        A source that is a path has become one.
        """

        def found(path: Path | None) -> Path | None:
            return None if path is None else folder / path.expanduser()

        lora = tuple(each.model_copy(update={"path": found(each.path)}) for each in self.lora)
        files: dict[str, Path | None] = {
            name: found(getattr(self, name)) for name in ("path", "grammar", "json_schema")
        }
        if isinstance(self.source, FileSource):
            files |= {"path": found(self.source.path), "source": None}
        return self.model_copy(update={**files, "lora": lora})


ModelTable = Mapping[Annotated[str, Field(min_length=1)], ModelConfig]
"""Models by the name that guests use; `*` stands for every name."""
