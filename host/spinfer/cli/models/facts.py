"""Everything that can be said of a model file without loading its weights."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from spinfer.config.models import ModelConfig
from spinfer.errors import ModelError
from spinfer.gguf_header.header import BadHeader, Header, LongArray, Value
from spinfer.gguf_header.summary import Summary, summary_of, whole
from spinfer.inference.catalog import engine_settings
from spinfer.inference.chat_template import BadTemplate, ChatTemplate
from spinfer.inference.engine import file_info, machine, memory
from spinfer.inference.engine.memory import Needs
from spinfer.inference.engine.model_info import ModelInfo, Purpose
from spinfer.inference.engine.sizes import Sizes
from spinfer.inference.model_file import check_file

EXAMPLE = "What is the capital of France?"
"""The user's message that chat templates are shown with."""

_ROLE = "tokenizer.ggml.{}_token_id"


@dataclass(frozen=True, slots=True)
class SpecialToken:
    """A token with a role, such as `bos`."""

    role: str
    id: int
    text: str


@dataclass(frozen=True, slots=True)
class Facts:
    """One model file, and what it takes with one configuration."""

    path: Path
    summary: Summary
    info: ModelInfo
    purpose: Purpose
    special_tokens: tuple[SpecialToken, ...]
    example: str | None
    """EXAMPLE, as the chat template writes it down; None: it has none."""
    template_problem: str | None
    sizes: Sizes
    needs: Needs
    available: int | None
    """Bytes of memory; None: nobody says."""
    cure: str | None
    """What to change for it to fit; None: it does."""
    metadata: dict[str, Value]


def facts(name: str, path: Path, config: ModelConfig) -> Facts:
    """Raises ModelError: no such file, not GGUF, damaged, incomplete."""
    check_file(name, path)
    try:
        headers = whole(path, keep=[file_info.TOKENS])
    except (BadHeader, OSError) as e:
        raise ModelError(f"model '{name}': {e}", where=str(path)) from e
    summary = summary_of(headers)
    info = file_info.of(headers[0], summary.bytes)
    settings = engine_settings(config)
    needs = memory.needs(settings, info, summary.bytes)
    available = machine.available_memory()
    fits = available is None or needs.total <= available
    example, problem = _example(info)
    return Facts(
        path=path,
        summary=summary,
        info=info,
        purpose=info.purpose,
        special_tokens=_special_tokens(headers[0]),
        example=example,
        template_problem=problem,
        sizes=memory.sizes_for(settings, info),
        needs=needs,
        available=available,
        cure=None
        if fits
        else memory.fitting(settings, info, summary.bytes, summary.parameters, available or 0),
        metadata={key: _short(value) for key, value in headers[0].metadata.items()},
    )


def _special_tokens(header: Header) -> tuple[SpecialToken, ...]:
    prefix, suffix = _ROLE.split("{}")
    roles = (
        key.removeprefix(prefix).removesuffix(suffix)
        for key in header.metadata
        if key.startswith(prefix) and key.endswith(suffix)
    )
    return tuple(
        SpecialToken(role, index, file_info.special_token(header, role))
        for role in roles
        if (index := header.number(_ROLE.format(role))) is not None
    )


def _example(info: ModelInfo) -> tuple[str | None, str | None]:
    """The example, and what is wrong with the template."""
    if info.chat_template is None:
        return None, None
    try:
        template = ChatTemplate(info.chat_template, bos=info.bos, eos=info.eos, adds_bos=info.adds_bos)
        return template.render(EXAMPLE), None
    except BadTemplate as e:
        return None, str(e)


def _short(value: Value) -> Value:
    """A vocabulary was only read for its special tokens."""
    if isinstance(value, tuple) and len(value) > 64:
        return LongArray(0, len(value))
    return value
