"""Who is loaded, who is let in, who has to leave: without a model."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest

from spinfer.errors import Busy, Cancelled, InferenceFailed
from spinfer.inference import residents
from spinfer.inference.cancellation import Cancellation
from spinfer.inference.residents import Claim, NoRoom, Residents, Wish

LONG_S = 30.0


class Thing:
    """Something loaded, which says whether it is open and counts how often it was closed."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.closed = threading.Event()
        self.closings = 0

    def __repr__(self) -> str:
        return f"<Thing {self.name}>"

    def close(self) -> None:
        self.closings += 1
        self.closed.set()


class House:
    """Residents, and everything that was ever made for them."""

    def __init__(self, limit: int | None = None) -> None:
        self.residents: Residents[str, Thing] = Residents(limit)
        self.made: list[Thing] = []

    def wish(
        self,
        key: str,
        size: int = 1,
        version: object = 0,
        keep_alive_s: float | None = None,
        before: Callable[[], None] = lambda: None,
    ) -> Wish[str, Thing]:
        def make(claim: Claim) -> Thing:
            claim(size)
            before()
            self.made.append(Thing(key))
            return self.made[-1]

        return Wish(key, version, make, keep_alive_s)

    def use(self, key: str, size: int = 1, keep_alive_s: float | None = None) -> Thing:
        with self.residents.using(self.wish(key, size, keep_alive_s=keep_alive_s), Cancellation()) as thing:
            assert not thing.closed.is_set()
            return thing

    @property
    def loaded(self) -> str:
        return "".join(sorted(thing.name for thing in self.residents.loaded()))


@pytest.fixture
def house() -> Iterator[Callable[..., House]]:
    made: list[House] = []

    def make(limit: int | None = None) -> House:
        made.append(House(limit))
        return made[-1]

    yield make
    for each in made:
        each.residents.close()
        assert all(thing.closings == 1 for thing in each.made), "each closed, and closed once"
        assert each.residents.users == 0


@contextmanager
def running(*tasks: Callable[[], None]) -> Iterator[None]:
    """The tasks on threads of their own; at the end of the block, they have ended."""
    threads = [threading.Thread(target=task) for task in tasks]
    for thread in threads:
        thread.start()
    try:
        yield
    finally:
        for thread in threads:
            thread.join(LONG_S)
            assert not thread.is_alive()


Make = Callable[..., House]


def test_many_ask_and_one_makes(house: Make) -> None:
    one = house()
    inside, go = threading.Event(), threading.Event()

    def before() -> None:
        inside.set()
        assert go.wait(LONG_S)

    wish = one.wish("a", before=before)
    got: list[Thing] = []

    def ask() -> None:
        with one.residents.using(wish, Cancellation()) as thing:
            got.append(thing)

    with running(*[ask] * 8):
        assert inside.wait(LONG_S)
        go.set()
    assert len(one.made) == 1
    assert got == one.made * 8


def test_different_keys_do_not_wait_for_each_other(house: Make) -> None:
    one = house()
    with one.residents.using(one.wish("a", before=lambda: one.use("b") and None), Cancellation()):
        assert one.loaded == "ab"


def test_a_failure_is_shared_until_something_changes(house: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    one = house()
    calls: list[int] = []

    def fail() -> None:
        calls.append(1)
        raise ValueError("no")

    def ask(version: object) -> BaseException:
        with (
            pytest.raises(ValueError, match="no") as caught,
            one.residents.using(one.wish("a", version=version, before=fail), Cancellation()),
        ):
            pass
        return caught.value

    assert ask("old") is ask("old")
    assert len(calls) == 1
    ask("new")
    assert len(calls) == 2
    monkeypatch.setattr(residents, "RETRY_S", 0.0)
    ask("new")
    assert len(calls) == 3
    assert one.use("a").name == "a"
    with one.residents.using(one.wish("a", version="newer", before=fail), Cancellation()) as thing:
        assert thing is one.made[0], "what is made stays made"


def test_an_interrupted_load_is_not_remembered_and_another_takes_over(house: Make) -> None:
    one = house()
    inside, go = threading.Event(), threading.Event()

    def interrupted() -> None:
        inside.set()
        assert go.wait(LONG_S)
        raise KeyboardInterrupt

    def first() -> None:
        with (
            pytest.raises(KeyboardInterrupt),
            one.residents.using(one.wish("a", before=interrupted), Cancellation()),
        ):
            pass

    got: list[Thing] = []
    with running(first):
        assert inside.wait(LONG_S)
        with running(lambda: got.append(one.use("a"))):
            go.set()
    assert got == one.made


def test_the_one_not_used_for_longest_makes_room(house: Make) -> None:
    one = house(3)
    for key in "abcab":
        one.use(key)
    assert one.loaded == "abc"
    one.use("d")
    assert one.loaded == "abd", "c was used before a and b"
    one.use("e", size=2)
    assert one.loaded == "de"


def test_what_never_fits_unloads_nobody(house: Make) -> None:
    one = house(3)
    one.use("a")
    with pytest.raises(NoRoom) as caught:
        one.use("b", size=4)
    assert (caught.value.needed, caught.value.limit) == (4, 3)
    assert one.loaded == "a"


def test_nobody_leaves_in_the_middle_of_something(house: Make) -> None:
    one = house(2)
    with one.residents.using(one.wish("a"), Cancellation()) as a:
        one.use("b")
        one.use("c")
        assert one.loaded == "ac", "a is older, but in use"
        assert not a.closed.is_set()


def test_a_busy_one_lets_nobody_in_who_would_keep_it_from_leaving(house: Make) -> None:
    one = house(1)
    order: list[str] = []
    using = one.residents.using(one.wish("a"), Cancellation())
    first = using.__enter__()

    def ask(key: str) -> Callable[[], None]:
        def task() -> None:
            with one.residents.using(one.wish(key), Cancellation()) as thing:
                order.append(thing.name)

        return task

    with running(ask("b")):
        with one.residents._changed:  # b waits for a to leave
            leaves = residents.Stay.LEAVES
            assert one.residents._changed.wait_for(lambda: one.residents._claimant is not None, LONG_S)
        while one.residents._entries["a"].stay is not leaves:  # type: ignore[union-attr]
            pass
        with running(ask("a")):
            using.__exit__(None, None, None)
    assert first.closings == 1
    assert order == ["b", "a"]


def test_waiting_for_room_ends_with_the_caller(house: Make) -> None:
    one = house(1)
    cancellation = Cancellation()
    ended = threading.Event()

    def ask() -> None:
        with pytest.raises(Cancelled), one.residents.using(one.wish("b"), cancellation):
            pass
        ended.set()

    with one.residents.using(one.wish("a"), Cancellation()), running(ask):
        cancellation.cancel()
        assert ended.wait(LONG_S)
    assert one.use("a") is one.made[0], "it need not leave any more"


def test_waiting_for_room_has_an_end(house: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(residents, "ROOM_WAIT_S", 0.0)
    one = house(1)
    with one.residents.using(one.wish("a"), Cancellation()):
        with pytest.raises(Busy, match="no room"):
            one.use("b")
        assert one.use("a") is one.made[0]


def test_waiting_for_a_load_ends_with_the_caller(house: Make) -> None:
    one = house()
    cancellation = Cancellation()
    inside, go, ended = threading.Event(), threading.Event(), threading.Event()

    def before() -> None:
        inside.set()
        assert go.wait(LONG_S)

    def first() -> None:
        with one.residents.using(one.wish("a", before=before), Cancellation()):
            pass

    def second() -> None:
        with pytest.raises(Cancelled), one.residents.using(one.wish("a"), cancellation):
            pass
        ended.set()

    with running(first):
        assert inside.wait(LONG_S)
        with running(second):
            cancellation.cancel()
            assert ended.wait(LONG_S)
        go.set()


def test_what_is_not_used_any_more_is_unloaded(house: Make) -> None:
    one = house()
    kept = one.use("a")
    timed = one.use("b", keep_alive_s=1000)
    gone = one.use("c", keep_alive_s=0)
    assert gone.closed.wait(LONG_S)
    with one.residents.using(one.wish("d", keep_alive_s=0), Cancellation()) as used:
        again = one.use("c", keep_alive_s=0.01)
        assert again is not gone
        assert again.closed.wait(LONG_S)
        assert not used.closed.is_set(), "somebody uses it"
    assert used.closed.wait(LONG_S)
    assert not kept.closed.is_set()
    assert not timed.closed.is_set()


def test_closing_ends_all_that_waits(house: Make) -> None:
    one = house(1)
    endings: list[str] = []
    begun = threading.Barrier(5)

    def ask() -> None:
        begun.wait(LONG_S)
        with (
            pytest.raises(InferenceFailed) as caught,
            one.residents.using(one.wish("b"), Cancellation()),
        ):
            pass
        endings.append(str(caught.value))

    with one.residents.using(one.wish("a"), Cancellation()), running(*[ask] * 4):
        begun.wait(LONG_S)
        one.residents.close()
        one.residents.close()
    assert endings == ["the host is shutting down"] * 4
    assert one.loaded == ""


def test_closing_waits_for_what_is_being_loaded(house: Make) -> None:
    one = house()
    inside, go = threading.Event(), threading.Event()

    def before() -> None:
        inside.set()
        assert go.wait(LONG_S)

    def ask() -> None:
        with one.residents.using(one.wish("a", before=before), Cancellation()) as thing:
            assert thing is one.made[0]

    with running(ask):
        assert inside.wait(LONG_S)
        with running(one.residents.close):
            go.set()
    assert one.made[0].closings == 1


def test_discarding_one(house: Make) -> None:
    one = house()
    one.residents.discard("a")
    with one.residents.using(one.wish("a"), Cancellation()) as thing:
        one.residents.discard("a")
        assert thing.closed.is_set(), "whoever uses it"
    assert one.use("a") is not thing


def test_many_threads_and_too_little_room(house: Make) -> None:
    one = house(3)
    counts: list[int] = []

    def ask(n: int) -> Callable[[], None]:
        def task() -> None:
            for step in range(60):
                key = "abcdef"[(n * 7 + step * (n + 1)) % 6]
                wish = one.wish(key, size=1 + "abcdef".index(key) % 2, keep_alive_s=0 if n % 3 else None)
                with one.residents.using(wish, Cancellation()) as thing:
                    assert thing.name == key
                    assert not thing.closed.is_set()
                    counts.append(sum(1 + "abcdef".index(t.name) % 2 for t in one.residents.loaded()))

        return task

    with running(*map(ask, range(12))):
        pass
    assert len(counts) == 720
    assert max(counts) <= 3
    assert len(one.made) > 6
