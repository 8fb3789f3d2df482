"""Which tokens of which sequences go into the next batch. Pure: no clock, no thread, no llama.cpp."""

from __future__ import annotations

from array import array
from collections import deque

from spinfer.inference.engine.kv_cache import KVCache
from spinfer.inference.engine.plan import BatchPlan, Begin, Chunk
from spinfer.inference.engine.sequence import Phase, Sequence

PREFILL_FRACTION = 4
"""While others decode, prompts take at most this fraction of a batch: their tokens must not wait long."""

WORTH_WAITING = 32
"""A prompt waits for one that is being computed, if it can then share this many tokens more."""


class Scheduler:
    """Sequences that wait, sequences that run, and the cache they share.

    Every running sequence that decodes has a row in every batch; what room is left, prompts share evenly,
    the shortest first served. Waiting sequences are admitted in order: one that finds no room holds up those
    behind it, so that large prompts do get in.
    """

    def __init__(self, cache: KVCache, *, batch_tokens: int, parallel: int) -> None:
        assert batch_tokens > parallel, "prompts need room beside the rows that decode"
        self.cache = cache
        self._batch_tokens = batch_tokens
        self._parallel = parallel
        self._waiting: deque[Sequence] = deque()
        self._running: dict[int, Sequence] = {}
        self._begun: list[Begin] = []
        self._ended: list[int] = []

    def __repr__(self) -> str:
        return f"<Scheduler {len(self._running)} running, {len(self._waiting)} waiting>"

    @property
    def idle(self) -> bool:
        """Nothing to compute, and nothing to tidy up."""
        return not (self._waiting or self._running or self._ended or self.cache.has_edits)

    @property
    def sequences(self) -> tuple[Sequence, ...]:
        """All of them, the running ones first."""
        return (*self._running.values(), *self._waiting)

    def running(self, seq_id: int) -> Sequence:
        return self._running[seq_id]

    def add(self, sequence: Sequence) -> None:
        assert sequence.limit <= self.cache.cells, "it would wait for ever"
        self._waiting.append(sequence)

    def remove(self, sequence: Sequence, *, keep: bool) -> None:
        """Forget a sequence that ends; `keep` leaves what it computed for others to share."""
        if sequence.lease is None:
            self._waiting.remove(sequence)
            return
        del self._running[sequence.lease.seq_id]
        self._ended.append(sequence.lease.seq_id)
        if keep:
            self.cache.finish(sequence.lease)
        else:
            self.cache.drop(sequence.lease)

    def schedule(self) -> BatchPlan:
        """The next step; an empty plan where there is nothing to do."""
        rows = [_row(s) for s in self._running.values() if s.phase is Phase.DECODE]
        self._admit()
        room = self._batch_tokens - len(rows)
        if rows:
            room = min(room, max(1, self._batch_tokens // PREFILL_FRACTION))
        prefilling = [s for s in self._running.values() if s.phase is Phase.PREFILL]
        chunks = (*rows, *_prompt_chunks(prefilling, room))
        plan = BatchPlan(self.cache.take_edits(), tuple(self._ended), tuple(self._begun), chunks)
        self._begun.clear()
        self._ended.clear()
        return plan

    def _admit(self) -> None:
        for sequence in list(self._waiting):
            if len(self._running) == self._parallel:
                return
            match = self.cache.match(sequence.tokens)
            if match.promised - match.length >= WORTH_WAITING:
                continue
            lease = self.cache.open(sequence.tokens, sequence.limit, match)
            if lease is None:
                return
            self._waiting.remove(sequence)
            self._running[lease.seq_id] = sequence
            sequence.lease = lease
            sequence.move(Phase.PREFILL)
            self._begun.append(_begin(sequence, lease.seq_id))


def shares(remaining: list[int], room: int) -> list[int]:
    """Split `room` evenly, nobody getting more than remains to be done; what one leaves, the others share."""
    result = [0] * len(remaining)
    order = sorted(range(len(remaining)), key=remaining.__getitem__)
    for done, index in enumerate(order):
        result[index] = min(remaining[index], room // (len(order) - done))
        room -= result[index]
    return result


def _row(sequence: Sequence) -> Chunk:
    assert sequence.lease is not None
    return Chunk(sequence.lease.seq_id, sequence.lease.stored, sequence.tokens[-1:], sample=True)


def _prompt_chunks(sequences: list[Sequence], room: int) -> list[Chunk]:
    leases = [lease for s in sequences if (lease := s.lease) is not None]
    remaining = [s.prompt_length - lease.stored for s, lease in zip(sequences, leases, strict=True)]
    chunks = []
    for sequence, lease, share in zip(sequences, leases, shares(remaining, room), strict=True):
        if share:
            end = lease.stored + share
            tokens = sequence.tokens[lease.stored : end]
            chunks.append(Chunk(lease.seq_id, lease.stored, tokens, sample=end == sequence.prompt_length))
    return chunks


def _begin(sequence: Sequence, seq_id: int) -> Begin:
    """Only as much of the prompt as the repeat penalty looks back on."""
    params = sequence.params
    count = params.repeat_penalty_last_n_token_count if params.penalizes else 0
    history = sequence.tokens[-count:] if count else array("i")
    return Begin(seq_id, params, sequence.seed, history)
