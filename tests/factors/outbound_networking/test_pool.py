"""Who gets a connection that is idle, how many there are, and when they are closed."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, field

import pytest

from spinfer.errors import Cancelled
from spinfer.factors.base import Guest
from spinfer.factors.outbound_networking import idle
from spinfer.factors.outbound_networking.held import MAX_OPEN, HeldConnections
from spinfer.factors.outbound_networking.pool import Pool
from spinfer.inference.cancellation import Cancellation

FAR_S = 20.0


@dataclass(eq=False)
class Made:
    """A connection to nobody."""

    resets: bool = True
    is_alive: bool = True
    guests: list[Cancellation] = field(default_factory=list)
    closed: threading.Event = field(default_factory=threading.Event)

    def reset(self) -> bool:
        assert not self.closed.is_set()
        return self.resets

    def resume(self, cancellation: Cancellation) -> bool:
        assert not self.closed.is_set()
        self.guests.append(cancellation)
        return self.is_alive

    def close(self) -> None:
        assert not self.closed.is_set(), "closed twice"
        self.closed.set()


def guest(pool: Pool[Made], component: str = "a") -> HeldConnections[Made]:
    return HeldConnections(pool, Guest(component, Cancellation()))


def used(pool: Pool[Made], address: str = "x", component: str = "a", make: Callable[[], Made] = Made) -> Made:
    """The connection that a guest had and let go of."""
    held = guest(pool, component)
    connection = held.hold(address, make)
    assert connection is not None
    held.let_go(connection)
    return connection


def test_the_next_guest_gets_the_same() -> None:
    pool: Pool[Made] = Pool()
    first = used(pool)
    held = guest(pool)
    assert held.hold("x", Made) is first
    assert len(first.guests) == 1
    assert held.hold("x", Made) is not first
    held.close()
    pool.close()


@pytest.mark.parametrize(("address", "component"), [("y", "a"), ("x", "b")])
def test_nobody_else_does(address: str, component: str) -> None:
    pool: Pool[Made] = Pool()
    first = used(pool)
    assert used(pool, address, component) is not first
    assert not first.closed.is_set()
    pool.close()


def test_the_one_used_last_comes_first() -> None:
    pool: Pool[Made] = Pool()
    held = guest(pool)
    one, two = held.hold("x", Made), held.hold("x", Made)
    assert one is not None
    assert two is not None
    held.let_go(two)
    held.let_go(one)
    assert guest(pool).hold("x", Made) is one
    pool.close()


def test_what_cannot_be_reset_is_closed() -> None:
    pool: Pool[Made] = Pool()
    first = used(pool, make=lambda: Made(resets=False))
    assert first.closed.is_set()
    assert used(pool) is not first
    pool.close()


def test_what_was_lost_meanwhile_is_closed() -> None:
    pool: Pool[Made] = Pool()
    first = used(pool)
    first.is_alive = False
    assert used(pool) is not first
    assert first.closed.is_set()
    pool.close()


def test_a_cancelled_guest_leaves_nothing() -> None:
    pool: Pool[Made] = Pool()
    cancellation = Cancellation()
    held = HeldConnections(pool, Guest("a", cancellation))
    first = held.hold("x", Made)
    assert first is not None
    cancellation.cancel()
    held.close()
    assert first.closed.is_set()
    pool.close()


def test_they_are_kept_for_a_time() -> None:
    pool: Pool[Made] = Pool(keep_s=0.01)
    first, second = used(pool, "x"), used(pool, "y")
    assert first.closed.wait(FAR_S)
    assert second.closed.wait(FAR_S)
    third = used(pool, "x")
    assert third is not first
    assert third.closed.wait(FAR_S), "the timer runs again"
    pool.close()


def test_only_so_many_are_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(idle, "MOST_ALIKE", 2)
    monkeypatch.setattr(idle, "MOST", 3)
    pool: Pool[Made] = Pool()
    held = guest(pool)
    alike = [held.hold("x", Made) for _ in range(4)]
    held.close()
    assert [it is not None and it.closed.is_set() for it in alike] == [False, False, True, True]
    used(pool, "y")
    assert [it is not None and it.closed.is_set() for it in alike] == [False, False, True, True]
    used(pool, "z")
    assert [it is not None and it.closed.is_set() for it in alike] == [True, False, True, True]
    pool.close()


def test_closing() -> None:
    pool: Pool[Made] = Pool()
    first = used(pool)
    held = guest(pool)
    late = held.hold("y", Made)
    assert late is not None
    pool.close()
    assert first.closed.is_set()
    held.let_go(late)
    assert late.closed.is_set()


def test_what_comes_after_closing_is_closed() -> None:
    """As when a guest lets go of it at the same moment."""
    idle_: idle.IdleConnections[Made] = idle.IdleConnections()
    idle_.close()
    late = Made()
    idle_.put("x", late)
    assert late.closed.is_set()
    assert len(idle_) == 0


def test_idle_ones_count_but_make_room() -> None:
    pool: Pool[Made] = Pool(2, patience_s=0.0)
    first, second = used(pool, "x"), used(pool, "y")
    held = guest(pool)
    third = held.hold("z", Made)
    assert (first.closed.is_set(), second.closed.is_set()) == (True, False)
    assert held.hold("y", Made) is second
    assert held.hold("z", Made) is None, "there are two"
    assert third is not None
    held.let_go(third)
    assert held.hold("z", Made) is third
    held.close()
    pool.close()


def test_a_place_that_comes_free_is_waited_for() -> None:
    pool: Pool[Made] = Pool(1, patience_s=FAR_S)
    held = guest(pool)
    first = held.hold("x", Made)
    assert first is not None
    threading.Timer(0.01, held.let_go, [first]).start()
    assert guest(pool).hold("x", Made) is first
    pool.close()


def test_what_fails_takes_no_place() -> None:
    pool: Pool[Made] = Pool(1, patience_s=0.0)

    def refused() -> Made:
        raise ConnectionError

    for _ in range(2):
        with pytest.raises(ConnectionError):
            guest(pool).hold("x", refused)
    assert guest(pool).hold("x", Made) is not None
    pool.close()


def test_a_guest_holds_only_so_many() -> None:
    pool: Pool[Made] = Pool()
    held = guest(pool)
    assert all(held.hold("x", Made) for _ in range(MAX_OPEN))
    assert held.hold("x", Made) is None
    assert guest(pool).hold("x", Made) is not None
    pool.close()


def test_a_caller_that_leaves_waits_for_no_place() -> None:
    pool: Pool[Made] = Pool(1, patience_s=FAR_S)
    assert guest(pool).hold("x", Made) is not None
    cancellation = Cancellation()
    threading.Timer(0.01, cancellation.cancel).start()
    with pytest.raises(Cancelled):
        HeldConnections(pool, Guest("a", cancellation)).hold("x", Made)
    pool.close()
