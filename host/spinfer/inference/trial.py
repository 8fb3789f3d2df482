"""Whether a model works: loaded, and asked, in a process of its own. Run as a module, it is that process.

llama.cpp ends the process over some files that it cannot take; here that is an answer like any other.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import Any

from spinfer.config.models import ModelConfig
from spinfer.errors import InferenceError, ModelError, Problem
from spinfer.gguf_header import reader
from spinfer.inference import child
from spinfer.inference.backend import Backend, infer
from spinfer.inference.catalog import Catalog
from spinfer.inference.engine import file_info
from spinfer.inference.engine.model_info import Purpose
from spinfer.inference.types import EmbeddingRequest, Request, SamplingParams

PROMPT = "Once upon a time"
TOKENS = 4


@dataclass(frozen=True, slots=True)
class Trial:
    """What a model did. A part that it is not made for is None."""

    load_s: float
    text: str | None = None
    """It went on like this after PROMPT, for up to TOKENS tokens."""
    tokens: int | None = None
    dimensions: int | None = None
    """It embedded PROMPT as so many numbers."""


def attempt(name: str, config: ModelConfig, progress: Callable[[float], None]) -> Trial:
    """Load the model as an app would, and ask it. Raises ModelError: what went wrong."""
    request = {"name": name, "config": config.model_dump(mode="json", exclude_unset=True)}
    try:
        answer = child.call(__name__, request, lambda news: progress(news["part"]))
    except child.ChildFailed as e:
        raise ModelError(
            f"model '{name}': llama.cpp crashed over this file: {e}",
            where=str(config.path or ""),
            cure="The file may be damaged, or newer than this llama.cpp: download it again.",
        ) from e
    if problems := answer.get("problems"):
        raise ModelError.listing(Problem(*each) for each in problems)
    return Trial(**answer["trial"])


def _work(request: child.News, tell: Callable[[child.News], None]) -> child.News:
    name, config = request["name"], ModelConfig.model_validate(request["config"])
    catalog = Catalog({name: config}, progress=lambda _, part: tell({"part": part}))
    try:
        return {"trial": asdict(_ask(catalog, name, config))}
    except ModelError as e:
        return {"problems": [(problem.what, problem.where, problem.cure) for problem in e.problems]}
    except InferenceError as e:
        return {"problems": [(f"model '{name}': {e}",)]}


def _ask(catalog: Catalog, name: str, config: ModelConfig) -> Trial:
    began = time.monotonic()
    backend = catalog.load(name)
    load_s = time.monotonic() - began
    facts: dict[str, Any] = {}
    if _is_for(Purpose.GENERATE, config):
        completion = infer(backend, Request(PROMPT, SamplingParams(max_tokens=TOKENS)))
        facts.update(text=completion.text, tokens=completion.generated_tokens)
    if _is_for(Purpose.EMBED, config):
        facts.update(dimensions=_dimensions(backend))
    return Trial(load_s, **facts)


def _dimensions(backend: Backend) -> int:
    return int(backend.embed(EmbeddingRequest((PROMPT,))).vectors.shape[1])


def _is_for(purpose: Purpose, config: ModelConfig) -> bool:
    """The built-in models and the mock do both."""
    return config.path is None or file_info.of(reader.read(config.path), 0).purpose is purpose


if __name__ == "__main__":
    child.serve(_work)
