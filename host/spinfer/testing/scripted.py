"""A model that answers by script, and remembers what it was asked."""

from __future__ import annotations

import re
import threading
from collections.abc import Generator, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal

from spinfer.config.models import MockConfig, ScriptedError, ScriptedReply
from spinfer.inference.backends.mock import MockBackend
from spinfer.inference.types import Completion, EmbeddingRequest, Embeddings, Piece, Request

_FLAGS = {re.IGNORECASE: "i", re.MULTILINE: "m", re.DOTALL: "s", re.VERBOSE: "x", re.ASCII: "a"}


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer, after a while. A token is a word where no number is given, and for `max-tokens` always."""

    text: str
    delay_s: float = 0.0
    prompt_tokens: int | None = None
    generated_tokens: int | None = None


@dataclass(frozen=True, slots=True)
class Failure:
    """An error in the place of an answer, as `fermyon:spin/llm` names it."""

    message: str = ""
    kind: Literal["runtime-error", "invalid-input", "model-not-supported"] = "runtime-error"
    delay_s: float = 0.0


Answer = str | Reply | Failure
Script = Mapping[str, Answer] | Mapping[re.Pattern[str], Answer] | Mapping[str | re.Pattern[str], Answer]


class Scripted:
    """A model for tests. Any thread; one may serve several apps."""

    def __init__(
        self,
        replies: Answer | Script = MappingProxyType({}),
        *,
        default: Answer | None = None,
        dimensions: int = 8,
    ) -> None:
        """`replies`: one answer to every prompt; or answers by what a prompt contains, the first that fits.

        A key that is a string is looked for in the prompt as it is, a compiled regular expression is searched
        in it. Where none fits, `default` answers; without one the guest gets a `runtime-error` that says so.
        Embeddings have so many `dimensions`, and the same text has the same one everywhere.
        """
        script: list[tuple[str | re.Pattern[str], Answer]]
        script = [*replies.items()] if isinstance(replies, Mapping) else [("", replies)]
        if default is not None:
            script.append(("", default))
        self._model = MockBackend(
            "scripted",
            MockConfig(replies=tuple(_reply(key, it) for key, it in script), dimensions=dimensions),
        )
        self._lock = threading.Lock()
        self._requests: list[Request] = []
        self._embedded: list[tuple[str, ...]] = []

    def __repr__(self) -> str:
        return f"<Scripted: asked {len(self._requests)} times>"

    @property
    def requests(self) -> tuple[Request, ...]:
        """What `infer` was asked, in order: `prompt`, and `params` with `max_tokens`, `temperature` …"""
        with self._lock:
            return tuple(self._requests)

    @property
    def prompts(self) -> tuple[str, ...]:
        return tuple(request.prompt for request in self.requests)

    @property
    def embedded(self) -> tuple[tuple[str, ...], ...]:
        """The texts of each `generate-embeddings`, in order."""
        with self._lock:
            return tuple(self._embedded)

    def stream(self, request: Request) -> Generator[Piece | Completion, None, None]:
        """As every backend does; the app calls it."""
        with self._lock:
            self._requests.append(request)
        yield from self._model.stream(request)

    def embed(self, request: EmbeddingRequest) -> Embeddings:
        """As every backend does; the app calls it."""
        with self._lock:
            self._embedded.append(request.texts)
        return self._model.embed(request)

    def summary(self) -> str:
        return self._model.summary()

    def close(self) -> None:
        """Whoever waits for an answer gets a `runtime-error`, now and from now on."""
        self._model.close()


def _reply(key: str | re.Pattern[str], answer: Answer) -> ScriptedReply:
    pattern = re.escape(key) if isinstance(key, str) else _source(key)
    match answer:
        case str(text):
            return ScriptedReply(pattern=pattern, text=text)
        case Reply():
            return ScriptedReply(
                pattern=pattern,
                text=answer.text,
                delay_s=answer.delay_s,
                prompt_tokens=answer.prompt_tokens,
                generated_tokens=answer.generated_tokens,
            )
        case Failure():
            error = ScriptedError(kind=answer.kind, message=answer.message)
            return ScriptedReply(pattern=pattern, delay_s=answer.delay_s, error=error)


def _source(pattern: re.Pattern[str]) -> str:
    """The pattern as text, its flags inside."""
    flags = "".join(letter for flag, letter in _FLAGS.items() if pattern.flags & flag)
    return f"(?{flags}:{pattern.pattern})" if flags else pattern.pattern
