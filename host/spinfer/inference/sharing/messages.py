"""What two processes say to each other about models: frozen values that can be pickled.

Each message is a pair: the number of a call, which the asking side chooses, and what is said about it.
A call begins with a Question. Generate is answered by any number of strings, the pieces of a text, and then
a Completion; Embed by Embeddings, Summarize by a Summary, and Find by None. Instead of the last of these may
come Failed. Nothing follows what is no string, but the asking side may say Leave before: it listens no more.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Self

from spinfer import errors
from spinfer.errors import InferenceError, OperatorError, SpinferError
from spinfer.inference.types import SamplingParams


@dataclass(frozen=True, slots=True)
class Find:
    """Is there such a model?"""

    model: str


@dataclass(frozen=True, slots=True)
class Summarize:
    """What would the model tell a person about itself?"""

    model: str


@dataclass(frozen=True, slots=True)
class Embed:
    """Which vectors do these texts have?"""

    model: str
    texts: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Generate:
    """How does this go on? Unless `streaming`, the Completion is all that is sent."""

    model: str
    prompt: str
    params: SamplingParams
    seed: int | None
    streaming: bool


Question = Find | Summarize | Embed | Generate


@dataclass(frozen=True, slots=True)
class Summary:
    """What the model tells a person."""

    text: str


@dataclass(frozen=True, slots=True)
class Leave:
    """Whatever is still being done for this call is in vain."""


@dataclass(frozen=True, slots=True)
class Failed:
    """There is no answer, but an error, which is made anew from what it says."""

    make: Callable[..., SpinferError]
    says: Any

    @classmethod
    def of(cls, error: InferenceError | OperatorError) -> Self:
        """Of a class that the other side is sure to know: its own, or the nearest one of errors.py."""
        kind = next(each for each in type(error).__mro__ if each.__module__ == errors.__name__)
        if isinstance(error, OperatorError):
            return cls(kind.listing, error.problems)  # type: ignore[attr-defined]
        return cls(kind, str(error))

    @property
    def error(self) -> SpinferError:
        return self.make(self.says)
