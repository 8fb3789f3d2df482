from __future__ import annotations

import random
from array import array

from spinfer.inference.engine.kv_cache import WORTH_SHARING, KVCache, Lease, Match
from spinfer.inference.engine.plan import Copy, Forget, Remove, Restore, Save
from spinfer.inference.engine.shelf import Saved


def tokens(*ids: int) -> array[int]:
    return array("i", ids)


PROMPT = tokens(*range(20))


def opened(cache: KVCache, prompt: array[int], limit: int) -> Lease:
    lease = cache.open(prompt, limit, cache.match(prompt))
    assert lease is not None
    return lease


def finished(cache: KVCache, prompt: array[int]) -> Lease:
    lease = opened(cache, prompt, len(prompt))
    lease.stored = len(prompt)
    cache.finish(lease)
    return lease


def test_a_lease_reserves_all_it_may_need() -> None:
    cache = KVCache(100, 4, keep=100)
    lease = opened(cache, PROMPT, 60)
    assert cache.free == 40
    assert cache.open(PROMPT, 41, Match()) is None
    cache.drop(lease)
    assert cache.free == 100


def test_a_finished_sequence_leaves_the_cache_and_is_saved() -> None:
    cache = KVCache(100, 4, keep=100)
    lease = opened(cache, PROMPT, 60)
    lease.stored = 20
    cache.finish(lease)
    save, remove = cache.take_edits()
    assert (save, remove) == (Save(lease.seq_id, 0, 20), Remove(lease.seq_id))
    assert cache.free == 100
    assert cache.saved == 1


def test_what_was_saved_is_restored() -> None:
    cache = KVCache(100, 4, keep=100)
    finished(cache, PROMPT)
    cache.take_edits()
    lease = opened(cache, tokens(*range(15), 98), 40)
    assert cache.take_edits() == (Restore(0, lease.seq_id, 15),)
    assert lease.shared == lease.stored == 15
    assert cache.free == 60


def test_what_was_saved_must_fit_whole_to_be_restored() -> None:
    cache = KVCache(40, 4, keep=100)
    finished(cache, tokens(*range(30)))
    opened(cache, tokens(*range(100, 110)), 15)
    assert opened(cache, tokens(*range(10), 98), 12).shared == 0
    assert cache.free == 13


def test_the_longest_match_wins() -> None:
    cache = KVCache(200, 8, keep=200)
    for end, other in ((10, 99), (28, 98), (12, 97)):
        finished(cache, tokens(*range(end), *range(100 * other, 100 * other + 20)))
    match = cache.match(tokens(*range(40)))
    assert isinstance(match.source, Saved)
    assert match.source.tokens[28] == 9800
    assert match.length == 28


def test_the_last_prompt_token_is_never_shared() -> None:
    cache = KVCache(100, 4, keep=100)
    finished(cache, PROMPT)
    assert cache.match(PROMPT).length == len(PROMPT) - 1


def test_a_short_match_is_not_worth_it() -> None:
    cache = KVCache(100, 4, keep=100)
    finished(cache, tokens(*range(WORTH_SHARING - 1), *range(100, 120)))
    assert cache.match(PROMPT).source is None


def test_a_running_sequence_shares_what_it_has_computed_and_promises_the_rest() -> None:
    cache = KVCache(100, 4, keep=100)
    lease = opened(cache, tokens(*PROMPT, 50), 30)
    assert cache.match(PROMPT).promised == 19
    assert cache.match(PROMPT).source is None
    lease.stored = 10
    assert cache.match(PROMPT).length == 10


def test_a_running_sequence_is_shared_rather_than_one_that_must_be_restored() -> None:
    cache = KVCache(100, 4, keep=100)
    finished(cache, PROMPT)
    lease = opened(cache, tokens(*PROMPT, 1), 30)
    assert cache.match(tokens(*PROMPT, 2)).source is lease


def test_cells_shared_with_a_running_sequence_cost_nothing() -> None:
    cache = KVCache(40, 4, keep=40)
    first = opened(cache, PROMPT, 30)
    first.stored = 20
    second = opened(cache, tokens(*PROMPT, 1), 29)
    assert second.shared == 20
    assert cache.free == 1
    assert cache.take_edits() == (Copy(first.seq_id, second.seq_id, 20),)
    cache.drop(first)
    assert cache.free == 11
    cache.drop(second)
    assert cache.free == 40


def test_without_room_nobody_gets_in() -> None:
    cache = KVCache(40, 8, keep=40)
    opened(cache, PROMPT, 30)
    assert cache.open(tokens(7), 11, Match()) is None
    assert cache.open(tokens(7), 10, Match()) is not None


def test_the_least_recently_used_goes_first() -> None:
    cache = KVCache(100, 8, keep=60)
    finished(cache, tokens(*range(20)))
    finished(cache, tokens(*range(100, 120)))
    cache.drop(opened(cache, tokens(*range(12), 5), 13))  # uses the first, so the second is older now
    cache.take_edits()
    finished(cache, tokens(*range(200, 225)))
    assert Forget(1) in cache.take_edits()
    assert cache.match(PROMPT).length == 19


def test_a_sequence_that_contains_another_replaces_it() -> None:
    cache = KVCache(200, 8, keep=200)
    finished(cache, PROMPT)
    finished(cache, tokens(*PROMPT, *range(30, 50)))
    assert cache.saved == 1
    assert Forget(0) in cache.take_edits()


def test_a_sequence_that_adds_little_is_not_saved_but_keeps_what_it_began_with() -> None:
    cache = KVCache(200, 8, keep=60)
    finished(cache, PROMPT)
    finished(cache, tokens(*range(100, 120)))
    finished(cache, tokens(*PROMPT, 30))
    assert cache.saved == 2
    finished(cache, tokens(*range(200, 240)))
    assert cache.match(PROMPT).length == 19


def test_only_the_beginning_of_what_is_longer_than_the_room_is_saved() -> None:
    cache = KVCache(200, 8, keep=30)
    lease = finished(cache, tokens(*range(50)))
    assert cache.take_edits()[0] == Save(lease.seq_id, 0, 30)
    assert cache.match(tokens(*range(50))).length == 30


def test_what_slid_out_of_the_models_window_is_not_shared() -> None:
    cache = KVCache(200, 8, keep=100, window=25)
    finished(cache, tokens(*range(26)))
    assert cache.saved == 0
    finished(cache, tokens(*range(25)))
    assert cache.saved == 1
    lease = opened(cache, tokens(*range(100, 150)), 60)
    lease.stored = 26
    assert cache.match(tokens(*range(100, 150))) == Match()


def test_without_reuse_nothing_stays() -> None:
    cache = KVCache(100, 4, keep=0)
    lease = finished(cache, PROMPT)
    assert cache.free == 100
    assert cache.saved == 0
    assert cache.take_edits() == (Remove(lease.seq_id),)
    assert cache.match(PROMPT) == Match()


class Cells:
    """The cache as llama.cpp sees it: which cells each sequence holds, whatever the bookkeeping says."""

    def __init__(self, most: int) -> None:
        self.held: dict[int, list[int]] = {}
        self.saved: dict[int, int] = {}
        self._most = most
        self._next = 0

    def apply(self, cache: KVCache) -> None:
        for edit in cache.take_edits():
            match edit:
                case Copy(source, target, length):
                    self.held[target] = self.held[source][:length]
                case Remove(seq_id):
                    self.held.pop(seq_id, None)
                case Save(seq_id, key, length):
                    assert len(self.held[seq_id]) >= length
                    self.saved[key] = length
                case Restore(key, seq_id, length):
                    self._extend(seq_id, self.saved[key])
                    assert self.used <= self._most
                    del self.held[seq_id][length:]
                case Forget(key):
                    del self.saved[key]

    def fill(self, lease: Lease, end: int) -> None:
        assert len(self.held.get(lease.seq_id, [])) == lease.stored
        self._extend(lease.seq_id, end)
        lease.stored = end

    @property
    def used(self) -> int:
        return len({cell for cells in self.held.values() for cell in cells})

    def _extend(self, seq_id: int, end: int) -> None:
        mine = self.held.setdefault(seq_id, [])
        while len(mine) < end:
            mine.append(self._next)
            self._next += 1


def test_the_bookkeeping_agrees_with_the_cells_whatever_happens() -> None:
    random_ = random.Random(11)
    for _ in range(60):
        keep = random_.choice([1, 40, 120])
        cache, cells = KVCache(120, 4, keep=keep), Cells(120)
        running: list[tuple[Lease, int]] = []
        for _ in range(80):
            action = random_.random()
            if action < 0.4 and len(running) < 4:
                stem = random_.choice([range(60), range(100, 160), range(20)])
                prompt = tokens(*stem[: random_.randint(9, len(stem))], random_.randint(200, 300))
                limit = len(prompt) + random_.randint(0, 15)
                lease = cache.open(prompt, limit, cache.match(prompt))
                cells.apply(cache)
                if lease is not None:
                    running.append((lease, limit))
            elif action < 0.8 and running:
                lease, limit = random_.choice(running)
                cells.fill(lease, random_.randint(lease.stored, limit))
                while len(lease.tokens) < lease.stored:
                    lease.tokens.append(random_.randint(300, 400))
            elif running:
                lease, limit = running.pop(random_.randrange(len(running)))
                (cache.finish if random_.random() < 0.6 else cache.drop)(lease)
                cells.apply(cache)
            reserved = sum(limit - lease.stored for lease, limit in running)
            assert cells.used + reserved + cache.free == 120
            assert len(cells.saved) == cache.saved
            assert sum(cells.saved.values()) <= keep
        for lease, _ in running:
            cache.drop(lease)
        cells.apply(cache)
        assert cells.used == 0
        assert cache.free == 120
