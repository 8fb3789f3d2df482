"""Who holds which cells of the KV cache, what they share, and what is forgotten when room is short.

Pure bookkeeping: it answers, and lists the edits to make; it knows neither llama.cpp nor the clock.

Sequences that begin alike share cells. So cells are kept as a tree of spans: a sequence holds the path from
a root to its own leaf, and a span is freed when nobody holds it. A lease reserves every cell that its
sequence may ever need, so that one which runs always runs to its end: what is short makes others wait.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from spinfer.inference.engine.plan import Copy, Edit, Remove

WORTH_SHARING = 8
"""Prefixes shorter than this are computed again: looking up every cell would cost as much."""

SCATTERED = 2
"""How many times as many cells as are kept a burst may have filled. Each token looks at all cells up to the
highest that is kept, and llama.cpp cannot move them: 550 kept of 8800 made a model of 27 M parameters take
2.8 ms for each later token instead of 1.7. What is forgotten is computed again, once for a whole burst."""

FEW = 1024
"""Cells that cost little to look at."""


@dataclass(slots=True, eq=False)
class _Span:
    """Cells `start`..`start + length` of every path that leads through here."""

    parent: _Span | None
    start: int
    length: int
    holders: int = 1
    runners: int = 1
    """Holders whose sequence is under way; with none, the cells may be taken back."""


@dataclass(slots=True, eq=False)
class Lease:
    """One sequence's place in the cache; `tokens` is the sequence's own growing array."""

    seq_id: int
    tokens: array[int]
    shared: int
    """Cells that were already there when the lease began."""
    stored: int
    """Tokens whose cells are computed; whoever decodes them moves this on."""
    leaf: _Span

    def path(self) -> Iterator[_Span]:
        """From the leaf to the root."""
        span: _Span | None = self.leaf
        while span is not None:
            yield span
            span = span.parent


@dataclass(frozen=True, slots=True)
class Match:
    """The longest beginning of a prompt that is in the cache, and the longest that will be soon."""

    source: Lease | None = None
    length: int = 0
    promised: int = 0


class KVCache:
    """`cells` cells and `sequences` sequence ids.

    Finished sequences are kept for those that follow, as many as hold at most `keep` cells of their own, but
    always the last one. 0 keeps none. Every kept cell costs each later token a look, whoever's it is: 4096 of
    them slowed a model of 200 M parameters by 18 %.
    """

    def __init__(self, cells: int, sequences: int, *, keep: int) -> None:
        self.cells = cells
        self._keep = keep
        self.free = cells
        self._idle_cells = 0
        self._burst_cells = 0
        """Most cells that were filled while several sequences ran."""
        self._ids = list(range(sequences - 1, -1, -1))
        self._running: dict[int, Lease] = {}
        self._finished: dict[int, Lease] = {}  # least recently used first
        self._edits: list[Edit] = []

    def __repr__(self) -> str:
        return (
            f"<KVCache {self.cells} cells: {self.free} free, {self._idle_cells} kept; "
            f"{len(self._running)} running, {len(self._finished)} finished>"
        )

    @property
    def available(self) -> int:
        """Cells that a new lease may count on: free, or held by finished sequences alone."""
        return self.free + self._idle_cells

    @property
    def finished(self) -> int:
        return len(self._finished)

    @property
    def has_edits(self) -> bool:
        return bool(self._edits)

    def take_edits(self) -> tuple[Edit, ...]:
        """The edits since the last call, in the order in which they must be made."""
        edits = tuple(self._edits)
        self._edits.clear()
        return edits

    def match(self, tokens: array[int]) -> Match:
        """Look for the beginning of `tokens`; the last one never counts, since sampling needs it decoded."""
        source, length, promised = None, 0, 0
        if self._keep:
            wanted = _view(tokens)[:-1]
            for leases in (self._finished, self._running):
                for lease in leases.values():
                    common = _common_length(wanted, lease.tokens)
                    promised = max(promised, common)
                    if min(common, lease.stored) > length:
                        source, length = lease, min(common, lease.stored)
        if length < WORTH_SHARING:
            source, length = None, 0
        return Match(source, length, promised)

    def open(self, tokens: array[int], limit: int, match: Match) -> Lease | None:
        """A lease for up to `limit` tokens, beginning with the match; None where there is no room."""
        match = self._free_an_id(match)
        if limit - _shared_with_running(match) > self.available:
            return None
        seq_id = self._ids.pop()
        parent = self._hold(match, seq_id)
        needed = limit - match.length
        while self.free < needed:
            self._forget(next(iter(self._finished.values())))
        self.free -= needed
        lease = Lease(seq_id, tokens, match.length, match.length, _Span(parent, match.length, needed))
        self._running[seq_id] = lease
        return lease

    def finish(self, lease: Lease) -> None:
        """Its sequence is done: what was computed stays, for others to share, until the room is needed."""
        if not self._keep or lease.stored < WORTH_SHARING:
            self.drop(lease)
            return
        self._release(lease)
        excess = lease.leaf.start + lease.leaf.length - lease.stored
        lease.leaf.length -= excess
        self.free += excess
        for span in lease.path():
            span.runners -= 1
            if not span.runners:
                self._idle_cells += span.length
        lease.tokens = lease.tokens[: lease.stored]
        self._forget_what_it_contains(lease)
        self._finished[lease.seq_id] = lease
        while self._idle_cells > self._keep and len(self._finished) > 1:
            self._forget(next(iter(self._finished.values())))

    def drop(self, lease: Lease) -> None:
        """Its sequence is gone, and so are all cells that nobody else holds."""
        self._release(lease)
        for span in lease.path():
            span.holders -= 1
            span.runners -= 1
            if not span.holders:
                self.free += span.length
            elif not span.runners:
                self._idle_cells += span.length
        self._give_back(lease.seq_id)

    def rest(self) -> None:
        """Nothing runs, and nothing waits: forget what a burst left scattered over many more cells."""
        if self._burst_cells > max(FEW, SCATTERED * self._idle_cells):
            self.clear()
        self._burst_cells = 0

    def clear(self) -> None:
        """Forget every finished sequence."""
        for lease in list(self._finished.values()):
            self._forget(lease)

    def _release(self, lease: Lease) -> None:
        """The sequence stops running; until one does, cells are only filled."""
        if len(self._running) > 1:
            leased = self._running.values()
            empty = sum(each.leaf.start + each.leaf.length - each.stored for each in leased)
            self._burst_cells = max(self._burst_cells, self.cells - self.free - empty)
        del self._running[lease.seq_id]

    def _forget(self, lease: Lease) -> None:
        del self._finished[lease.seq_id]
        for span in lease.path():
            span.holders -= 1
            if not span.holders:
                self.free += span.length
                self._idle_cells -= span.length
        self._give_back(lease.seq_id)

    def _give_back(self, seq_id: int) -> None:
        self._ids.append(seq_id)
        self._edits.append(Remove(seq_id))

    def _forget_what_it_contains(self, lease: Lease) -> None:
        mine = _view(lease.tokens)
        for other in list(self._finished.values()):
            if other.stored <= lease.stored and _common_length(mine, other.tokens) == other.stored:
                self._forget(other)

    def _free_an_id(self, match: Match) -> Match:
        """Make sure that an id is free. Returns the match, or none where its source had to go for that."""
        if self._ids:
            return match
        others = (lease for lease in self._finished.values() if lease is not match.source)
        victim = next(others, match.source)
        assert victim is not None, "there are more ids than running sequences"
        self._forget(victim)
        return Match() if victim is match.source else match

    def _hold(self, match: Match, seq_id: int) -> _Span | None:
        """Hold the matched cells, so that they stay when their source goes."""
        if match.source is None:
            return None
        span: _Span | None = _split(match.source, match.length)
        end = span
        while span is not None:
            if not span.runners:
                self._idle_cells -= span.length
            span.holders += 1
            span.runners += 1
            span = span.parent
        self._edits.append(Copy(match.source.seq_id, seq_id, match.length))
        if self._finished.pop(match.source.seq_id, None):
            self._finished[match.source.seq_id] = match.source
        return end


def _shared_with_running(match: Match) -> int:
    """Cells of the match that cost nothing, because a running sequence holds them anyway."""
    if match.source is None:
        return 0
    path = match.source.path()
    return sum(
        min(span.length, match.length - span.start)
        for span in path
        if span.runners and span.start < match.length
    )


def _split(lease: Lease, length: int) -> _Span:
    """The span of this lease's path that ends after exactly `length` cells, cut off where there is none."""
    span = next(span for span in lease.path() if span.start < length)
    if span.start + span.length == length:
        return span
    upper = _Span(span.parent, span.start, length - span.start, span.holders, span.runners)
    span.parent = upper
    span.length -= upper.length
    span.start = length
    return upper


def _view(tokens: array[int]) -> NDArray[np.int32]:
    """No copy. Let go of it soon: the array cannot grow while it is looked at."""
    return np.frombuffer(tokens, np.int32)


def _common_length(wanted: NDArray[np.int32], tokens: array[int]) -> int:
    length = min(len(wanted), len(tokens))
    if not length:
        return 0
    differs = wanted[:length] != _view(tokens)[:length]
    first = int(differs.argmax())
    return first if differs[first] else length
