"""The engine itself: no guest, no component values, only what `infer` would have asked."""

from __future__ import annotations

import time

from spinfer.bench.parameters import params
from spinfer.bench.targets.base import Asked, Call, Outcome
from spinfer.bench.targets.observed import Models, observe
from spinfer.errors import InferenceError
from spinfer.inference.types import Completion, Request


class Direct:
    """Asks on the caller's thread, which waits for the engine's."""

    def __init__(self, models: Models) -> None:
        self._models = models

    def ask(self, asked: Asked) -> Outcome:
        calls: list[Call] = []
        began = time.monotonic()
        try:
            text = self._text(asked, calls)
        except InferenceError as e:
            return Outcome(began, time.monotonic(), "", tuple(calls), error=str(e))
        return Outcome(began, time.monotonic(), text, tuple(calls))

    def close(self) -> None:
        """Nothing is owned here."""

    def _text(self, asked: Asked, calls: list[Call]) -> str:
        request = Request(asked.prompt, params(asked.settings), asked.seed, streaming=False)
        entered = time.monotonic()
        backend = self._models.get(asked.model)
        done = [
            event.text
            for event in observe(request, backend.stream(request), calls.append, entered)
            if isinstance(event, Completion)
        ]
        return done[0]
