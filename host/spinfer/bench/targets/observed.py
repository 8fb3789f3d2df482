"""Models that note when they are asked, and answer with the seed and the parameters of the experiment.

A guest sends no seed, and an app sends parameters of its own: both are put in place here, on the host's side,
where every call of a guest passes.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import Protocol

from spinfer.bench.parameters import params
from spinfer.bench.targets.base import Asked, Call
from spinfer.errors import InferenceError
from spinfer.inference.backend import Backend
from spinfer.inference.cancellation import Cancellation
from spinfer.inference.types import Completion, EmbeddingRequest, Embeddings, Piece, Request


class Models(Protocol):
    """The catalog, as far as it is needed here."""

    def get(self, name: str) -> Backend: ...


@dataclass(slots=True)
class Probe:
    """One request that is being measured, and what has been seen of it. One thread at a time writes."""

    asked: Asked
    calls: list[Call] = field(default_factory=list)
    instantiate_s: float | None = None

    def adapt(self, request: Request) -> Request:
        """Raises InvalidInput for parameters that do not go together."""
        chosen = params(self.asked.settings, request.params)
        return replace(request, params=chosen, seed=self.asked.seed)


class Probes:
    """Which request a guest works for: both know the same Cancellation. Any thread."""

    def __init__(self) -> None:
        self._probes: dict[Cancellation, Probe] = {}

    @contextmanager
    def watching(self, cancellation: Cancellation, probe: Probe) -> Iterator[None]:
        self._probes[cancellation] = probe
        try:
            yield
        finally:
            del self._probes[cancellation]

    def of(self, cancellation: Cancellation) -> Probe | None:
        """None: nobody measures this one, such as a guest that another guest has called."""
        return self._probes.get(cancellation)


class ObservedModels:
    """Stands where a guest's models stand: whatever name it asks for, the experiment's model answers."""

    def __init__(self, models: Models, probes: Probes) -> None:
        self._models = models
        self._probes = probes

    def get(self, name: str) -> Backend:
        return _Observed(name, self._models, self._probes)


class _Observed:
    """A Backend over whichever model the request at hand is to have."""

    def __init__(self, name: str, models: Models, probes: Probes) -> None:
        self._name = name
        self._models = models
        self._probes = probes

    def stream(self, request: Request) -> Generator[Piece | Completion, None, None]:
        entered = time.monotonic()
        probe = self._probes.of(request.cancellation)
        if probe is None:
            yield from self._models.get(self._name).stream(request)
            return
        adapted = probe.adapt(request)
        backend = self._models.get(probe.asked.model)
        yield from observe(adapted, backend.stream(adapted), probe.calls.append, entered)

    def embed(self, request: EmbeddingRequest) -> Embeddings:
        return self._models.get(self._name).embed(request)

    def summary(self) -> str:
        return self._models.get(self._name).summary()

    def close(self) -> None:
        """Nothing is owned here."""


def observe(
    request: Request,
    events: Generator[Piece | Completion, None, None],
    note: Callable[[Call], object],
    entered: float,
) -> Generator[Piece | Completion, None, None]:
    """`events` as they are; `note` hears of the call when the model is done with it, tidying up included.

    `entered`: when the call came, by `time.monotonic`.
    """

    def call(completion: Completion | None, error: str | None = None) -> Call:
        left = time.monotonic()
        return Call(request.prompt, request.params, request.seed or 0, entered, left, completion, error)

    try:
        for event in events:
            if isinstance(event, Completion):
                events.close()
                note(call(event))
            yield event
    except InferenceError as e:
        note(call(None, str(e)))
        raise
    finally:
        events.close()
