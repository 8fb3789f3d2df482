"""Who holds which cells of the KV cache, and what they share.

Pure bookkeeping: it answers, and lists the edits to make; it knows neither llama.cpp nor the clock.

Sequences that begin alike share cells. So cells are kept as a tree of spans: a sequence holds the path from
a root to its own leaf, and a span is freed when nobody holds it. A lease reserves every cell that its
sequence may ever need, so that one which runs always runs to its end: what is short makes others wait.

The cache holds running sequences only. What a finished one computed is saved outside it: see shelf.py.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterator
from dataclasses import dataclass

from spinfer.inference.engine.plan import Copy, Edit, Forget, Remove, Restore, Save
from spinfer.inference.engine.shelf import Saved, Shelf, common_length, view

WORTH_SHARING = 8
"""Prefixes shorter than this are computed again: looking up every cell would cost as much."""


@dataclass(slots=True, eq=False)
class _Span:
    """Cells `start`..`start + length` of every path that leads through here."""

    parent: _Span | None
    start: int
    length: int
    holders: int = 1


@dataclass(slots=True, eq=False)
class Lease:
    """One sequence's place in the cache; `tokens` is the sequence's own growing array."""

    seq_id: int
    tokens: array[int]
    shared: int
    """Cells that were computed before the lease began."""
    stored: int
    """Tokens whose cells are computed; whoever decodes them moves this on."""
    leaf: _Span

    def path(self) -> Iterator[_Span]:
        """From the leaf to the root."""
        return _path(self.leaf)


@dataclass(frozen=True, slots=True)
class Match:
    """The longest beginning of a prompt that is computed, and the longest that will be soon."""

    source: Lease | Saved | None = None
    length: int = 0
    promised: int = 0


class KVCache:
    """`cells` cells for `sequences` sequences, and room for `keep` tokens of finished ones; 0 keeps none.

    `window`: the model's layers forget what lies further back than that, all or some of them, so that no
    sequence that came further can lend its beginning. None: they forget nothing.
    """

    def __init__(self, cells: int, sequences: int, *, keep: int, window: int | None = None) -> None:
        self.cells = cells
        self.free = cells
        """Cells that a new lease may count on."""
        self._reuse = keep > 0
        self._window = cells if window is None else window
        self._shelf = Shelf(keep)
        self._ids = list(range(sequences - 1, -1, -1))
        self._running: dict[int, Lease] = {}
        self._edits: list[Edit] = []

    def __repr__(self) -> str:
        return (
            f"<KVCache {self.cells} cells: {self.free} free; {len(self._running)} running; "
            f"{self._shelf.tokens} tokens of {len(self._shelf)} finished ones saved>"
        )

    @property
    def saved(self) -> int:
        """Finished sequences that others can begin with."""
        return len(self._shelf)

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
        if not self._reuse:
            return Match()
        wanted = view(tokens)[:-1]
        source: Lease | Saved | None = None
        length = promised = 0
        for lease in self._running.values():
            if lease.stored <= self._window:
                common = common_length(wanted, lease.tokens)
                promised = max(promised, common)
                if min(common, lease.stored) > length:
                    source, length = lease, min(common, lease.stored)
        saved, common = self._shelf.longest_match(wanted)
        if common > length:
            source, length = saved, common
        if length < WORTH_SHARING:
            source, length = None, 0
        return Match(source, length, max(promised, length))

    def open(self, tokens: array[int], limit: int, match: Match) -> Lease | None:
        """A lease for up to `limit` tokens, beginning with the match; None where there is no room."""
        source, length = match.source, match.length
        if isinstance(source, Saved) and len(source.tokens) > self.free:
            source, length = None, 0  # it is put back whole before it is cut
        needed = limit - (length if isinstance(source, Lease) else 0)
        if needed > self.free:
            return None
        seq_id = self._ids.pop()
        parent = None
        match source:
            case Lease():
                parent = _split(source, length)
                for span in _path(parent):
                    span.holders += 1
                self._edits.append(Copy(source.seq_id, seq_id, length))
            case Saved():
                self._shelf.touch(source)
                self._edits.append(Restore(source.key, seq_id, length))
        self.free -= needed
        lease = Lease(seq_id, tokens, length, length, _Span(parent, limit - needed, needed))
        self._running[seq_id] = lease
        return lease

    def finish(self, lease: Lease) -> None:
        """Its sequence is done: its cells are free, and what was computed is saved where that is of use."""
        computed = lease.tokens[: min(lease.stored, self._shelf.room)]
        if lease.stored <= self._window and self._shelf.worth_saving(computed):
            saved, gone = self._shelf.put(computed)
            self._edits.extend(Forget(other.key) for other in gone)
            self._edits.append(Save(lease.seq_id, saved.key, len(computed)))
        self.drop(lease)

    def drop(self, lease: Lease) -> None:
        """Its sequence is gone, and so are all cells that nobody else holds."""
        del self._running[lease.seq_id]
        for span in lease.path():
            span.holders -= 1
            if not span.holders:
                self.free += span.length
        self._ids.append(lease.seq_id)
        self._edits.append(Remove(lease.seq_id))


def _split(lease: Lease, length: int) -> _Span:
    """The span of this lease's path that ends after exactly `length` cells, cut off where there is none."""
    span = next(span for span in lease.path() if span.start < length)
    if span.start + span.length == length:
        return span
    upper = _Span(span.parent, span.start, length - span.start, span.holders)
    span.parent = upper
    span.length -= upper.length
    span.start = length
    return upper


def _path(span: _Span | None) -> Iterator[_Span]:
    while span is not None:
        yield span
        span = span.parent
