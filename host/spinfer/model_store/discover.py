"""Every model that other programs on this machine keep, and the one that a source names."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from spinfer.errors import ModelError
from spinfer.model_store import hf_cache, llama_cpp_cache, lmstudio, ollama
from spinfer.model_store.foreign import ForeignModel, Surroundings

SCHEMES: Mapping[str, Callable[[str, Surroundings], ForeignModel]] = {
    ollama.SCHEME: ollama.find,
    lmstudio.SCHEME: lmstudio.find,
}
"""Sources that lie on this machine already, in another program's folder."""


def models(surroundings: Surroundings | None = None) -> tuple[ForeignModel, ...]:
    """What is there, program by program; reads names and sizes, and no model."""
    around = surroundings or Surroundings.current()
    return tuple(
        model for program in (ollama, lmstudio, hf_cache, llama_cpp_cache) for model in program.models(around)
    )


def is_foreign(source: str) -> bool:
    """Whether resolve() knows this kind of source."""
    return source.startswith(tuple(SCHEMES))


def resolve(source: str, surroundings: Surroundings | None = None) -> ForeignModel:
    """`ollama:NAME[:TAG]` or `lmstudio:…`: the file, where it lies. Raises ModelError: there is none."""
    around = surroundings or Surroundings.current()
    for scheme, find in SCHEMES.items():
        if source.startswith(scheme):
            return find(source.removeprefix(scheme), around)
    raise ModelError(f"`{source}` is kept by no program that is known", cure=f"Known: {', '.join(SCHEMES)}.")
