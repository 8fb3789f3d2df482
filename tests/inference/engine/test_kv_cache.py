from __future__ import annotations

import random
from array import array

from spinfer.inference.engine.kv_cache import WORTH_SHARING, KVCache, Lease, Match
from spinfer.inference.engine.plan import Copy, Remove


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
    assert cache.available == 40
    assert cache.open(PROMPT, 41, Match()) is None
    cache.drop(lease)
    assert cache.available == 100


def test_a_finished_sequence_keeps_what_it_computed_and_no_more() -> None:
    cache = KVCache(100, 4, keep=100)
    lease = opened(cache, PROMPT, 60)
    lease.stored = 25
    cache.finish(lease)
    assert cache.available == 100
    assert cache.finished == 1
    assert "75 free, 25 kept" in repr(cache)


def test_the_longest_match_wins() -> None:
    cache = KVCache(200, 8, keep=200)
    finished(cache, tokens(*range(10), 99))
    longest = finished(cache, tokens(*range(15), 98))
    finished(cache, tokens(*range(12), 97))
    match = cache.match(PROMPT)
    assert (match.source, match.length) == (longest, 15)


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


def test_sharing_copies_before_anything_is_removed() -> None:
    cache = KVCache(30, 4, keep=30)
    source = finished(cache, PROMPT)
    cache.take_edits()
    lease = opened(cache, tokens(*range(10), 70, 71), 25)
    assert lease.shared == lease.stored == 10
    assert cache.take_edits() == (Copy(source.seq_id, lease.seq_id, 10), Remove(source.seq_id))
    assert cache.available == 5


def test_cells_shared_with_a_running_sequence_cost_nothing() -> None:
    cache = KVCache(40, 4, keep=40)
    first = opened(cache, PROMPT, 30)
    first.stored = 20
    second = opened(cache, tokens(*PROMPT, 1), 29)
    assert second.shared == 20
    assert cache.available == 1
    cache.drop(first)
    assert cache.available == 11
    cache.drop(second)
    assert cache.available == 40


def test_the_least_recently_used_goes_first() -> None:
    cache = KVCache(60, 8, keep=60)
    old = finished(cache, tokens(*range(20)))
    new = finished(cache, tokens(*range(100, 120)))
    touched = opened(cache, tokens(*range(12), 5), 13)  # uses `old`, so `new` is older now
    cache.drop(touched)
    cache.take_edits()
    opened(cache, tokens(*range(200, 220)), 30)
    assert cache.take_edits() == (Remove(new.seq_id),)
    assert cache.match(old.tokens).length == 19


def test_running_sequences_are_never_evicted() -> None:
    cache = KVCache(40, 8, keep=40)
    opened(cache, PROMPT, 30)
    kept = finished(cache, tokens(*range(100, 110)))
    assert cache.open(tokens(7), 11, Match()) is None
    assert cache.finished == 1, "nothing is forgotten in vain"
    assert cache.open(tokens(7), 10, Match()) is not None
    assert cache.take_edits() == (Remove(kept.seq_id),)


def test_without_a_free_id_a_finished_sequence_gives_up_its_own() -> None:
    cache = KVCache(100, 2, keep=100)
    one, two = finished(cache, PROMPT), finished(cache, tokens(*range(50, 70)))
    opened(cache, tokens(*range(50, 65), 1), 20)
    assert cache.match(PROMPT).source is None, "the one that was not the match had to go"
    assert cache.take_edits()[0] == Remove(one.seq_id)
    assert cache.match(two.tokens).source is not None


def test_the_match_itself_gives_up_its_id_where_it_is_the_last() -> None:
    cache = KVCache(100, 2, keep=100)
    running = opened(cache, tokens(*range(50, 70)), 20)
    source = finished(cache, PROMPT)
    lease = opened(cache, tokens(*PROMPT, 1), 25)
    assert lease.shared == 0
    assert cache.take_edits() == (Remove(source.seq_id),)
    cache.drop(lease)
    cache.drop(running)
    assert cache.available == 100


def test_a_sequence_that_contains_another_replaces_it() -> None:
    cache = KVCache(200, 8, keep=200)
    finished(cache, PROMPT)
    finished(cache, tokens(*PROMPT, 30, 31))
    assert cache.finished == 1


def test_only_so_much_is_kept_but_always_the_last() -> None:
    cache = KVCache(200, 8, keep=30)
    finished(cache, tokens(*range(20)))
    finished(cache, tokens(*range(100, 120)))
    assert cache.finished == 1
    finished(cache, tokens(*range(200, 250)))
    assert "150 free, 50 kept" in repr(cache)


def test_cells_that_a_running_sequence_shares_do_not_count_as_kept() -> None:
    cache = KVCache(200, 8, keep=30)
    finished(cache, PROMPT)
    opened(cache, tokens(*PROMPT, 1), 40)
    finished(cache, tokens(*range(100, 130)))
    assert cache.finished == 2


def test_without_reuse_nothing_stays() -> None:
    cache = KVCache(100, 4, keep=0)
    lease = finished(cache, PROMPT)
    assert cache.available == 100
    assert cache.finished == 0
    assert cache.take_edits() == (Remove(lease.seq_id),)
    assert cache.match(PROMPT) == Match()


def test_clear_forgets_every_finished_sequence() -> None:
    cache = KVCache(100, 4, keep=100)
    finished(cache, PROMPT)
    cache.clear()
    assert "100 free, 0 kept" in repr(cache)


def texts(count: int, length: int) -> list[array[int]]:
    return [tokens(*range(1000 * n, 1000 * n + length)) for n in range(count)]


def after_a_burst(cache: KVCache, prompts: list[array[int]], limit: int = 900) -> None:
    leases = [opened(cache, prompt, limit) for prompt in prompts]
    for lease, prompt in zip(leases, prompts, strict=True):
        lease.stored = len(prompt)
    for lease in leases:
        cache.finish(lease)
    cache.rest()


def test_what_a_burst_leaves_scattered_is_forgotten() -> None:
    cache = KVCache(8000, 16, keep=700)
    after_a_burst(cache, texts(4, 600))
    assert "8000 free, 0 kept" in repr(cache)


def test_the_same_one_after_another_is_kept() -> None:
    cache = KVCache(8000, 16, keep=1500)
    for length in (1400, 1400, 200):
        after_a_burst(cache, [tokens(*range(length, 2 * length))], limit=length)
    assert "7800 free, 200 kept" in repr(cache)


def test_one_burst_is_not_held_against_what_comes_later() -> None:
    cache = KVCache(8000, 16, keep=700)
    after_a_burst(cache, texts(4, 600))
    after_a_burst(cache, texts(1, 20))
    assert cache.finished == 1


def test_a_burst_of_which_half_is_kept_is_kept() -> None:
    cache = KVCache(8000, 16, keep=1200)
    after_a_burst(cache, texts(4, 600))
    assert "6800 free, 1200 kept" in repr(cache)


def test_cells_that_were_reserved_and_never_filled_do_not_count_for_a_burst() -> None:
    cache = KVCache(8000, 16, keep=700)
    after_a_burst(cache, texts(4, 200))
    assert "7400 free, 600 kept" in repr(cache)


class Cells:
    """The cache as llama.cpp sees it: which cells each sequence holds, whatever the bookkeeping says."""

    def __init__(self) -> None:
        self.held: dict[int, list[int]] = {}
        self._next = 0

    def apply(self, cache: KVCache) -> None:
        for edit in cache.take_edits():
            match edit:
                case Copy(source, target, length):
                    self.held[target] = self.held[source][:length]
                case Remove(seq_id):
                    self.held.pop(seq_id, None)

    def fill(self, lease: Lease, end: int) -> None:
        mine = self.held.setdefault(lease.seq_id, [])
        assert len(mine) == lease.stored
        while len(mine) < end:
            mine.append(self._next)
            self._next += 1
        lease.stored = end

    @property
    def used(self) -> int:
        return len({cell for cells in self.held.values() for cell in cells})


def test_the_bookkeeping_agrees_with_the_cells_whatever_happens() -> None:
    random_ = random.Random(11)
    for _ in range(60):
        cache, cells = KVCache(120, 6, keep=random_.choice([1, 40, 120])), Cells()
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
        for lease, _ in running:
            cache.drop(lease)
        cells.apply(cache)
        assert cache.available == 120
        assert cells.used + cache.free == 120
        cache.clear()
        cells.apply(cache)
        assert cells.used == 0
        assert cache.free == 120
