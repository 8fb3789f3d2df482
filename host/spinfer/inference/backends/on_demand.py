"""A model file as a Backend that is loaded when it is asked, and may be unloaded in between."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Generator, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass, replace

from spinfer.errors import InferenceFailed, ModelError
from spinfer.inference.backend import Backend
from spinfer.inference.cancellation import Cancellation
from spinfer.inference.engine.load import Loaded
from spinfer.inference.types import Completion, EmbeddingRequest, Embeddings, Piece, Request

_logger = logging.getLogger(__name__)

Using = Callable[[Cancellation], AbstractContextManager[Loaded]]


@dataclass(frozen=True, slots=True)
class Opened:
    """What one name makes of a loaded file: how it answers, and the grammar that its answers keep to."""

    backend: Backend
    grammar: str | None = None


class OnDemand:
    """`using` lends the loaded file for as long as a request takes; `open_` makes a Backend of it.

    Both may raise ModelError: the operator reads it in the log, once, and a guest gets InferenceFailed.
    `discard` ends everything, for close().
    """

    def __init__(
        self, name: str, using: Using, open_: Callable[[Loaded], Opened], discard: Callable[[], None]
    ) -> None:
        self._name = name
        self._using = using
        self._open = open_
        self._discard = discard
        self._closed = threading.Event()
        self._opened: tuple[Loaded, Opened] | None = None
        self._logged: tuple[str, ...] = ()

    def __repr__(self) -> str:
        return f"<OnDemand {self._name}>"

    def load(self) -> None:
        """Load it now if it is not. Raises ModelError."""
        with self._lent(Cancellation()):
            pass

    @contextmanager
    def borrowed(self) -> Iterator[tuple[Loaded, Backend]]:
        """For the operator: the loaded file and what answers for it; it stays while the block runs.

        Raises ModelError.
        """
        with self._lent(Cancellation()) as opened:
            assert self._opened is not None, "it was lent"
            yield self._opened[0], opened.backend

    def stream(self, request: Request) -> Generator[Piece | Completion, None, None]:
        with self._answering(request.cancellation) as opened:
            params = replace(request.params, grammar=opened.grammar or request.params.grammar)
            yield from opened.backend.stream(replace(request, params=params))

    def embed(self, request: EmbeddingRequest) -> Embeddings:
        with self._answering(request.cancellation) as opened:
            return opened.backend.embed(request)

    def summary(self) -> str:
        with self._lent(Cancellation()) as opened:
            return opened.backend.summary()

    def close(self) -> None:
        self._closed.set()
        self._discard()

    @contextmanager
    def _answering(self, cancellation: Cancellation) -> Iterator[Opened]:
        """For a guest: a model that cannot be loaded is an InferenceFailed, and logged."""
        with ExitStack() as stack:
            try:
                opened = stack.enter_context(self._lent(cancellation))
            except ModelError as e:
                self._log(e)
                raise InferenceFailed(
                    f"model '{self._name}' could not be loaded; the host's log says why"
                ) from e
            yield opened

    @contextmanager
    def _lent(self, cancellation: Cancellation) -> Iterator[Opened]:
        if self._closed.is_set():
            raise InferenceFailed(f"model '{self._name}' was closed")
        with self._using(cancellation) as loaded:
            known = self._opened
            if known is None or known[0] is not loaded:
                known = self._opened = (loaded, self._open(loaded))
            yield known[1]

    def _log(self, error: ModelError) -> None:
        """Once for each mistake: every guest that asks meets it again."""
        said = tuple(map(str, error.problems))
        if said != self._logged:
            self._logged = said
            _logger.error("%s", error)
