"""A call that ends on one thread while another listens."""

from __future__ import annotations

import socket

import pytest

from spinfer.errors import InferenceFailed
from spinfer.inference.cancellation import Cancellation
from spinfer.inference.sharing.calls import Call
from spinfer.inference.sharing.messages import Failed, Leave
from spinfer.inference.sharing.wire import Wire


class Heard(Call):
    """Whoever listens hears of the end before the other side does."""

    def leave(self) -> None:
        with pytest.raises(InferenceFailed, match="closed"):
            self.hear()
        super().leave()


def test_the_other_side_is_told_however_soon_the_end_is_heard_of() -> None:
    ours, theirs = map(Wire, socket.socketpair())
    Heard(ours, 7, Cancellation()).fail(InferenceFailed("closed"))
    assert next(theirs.messages()) == (7, Leave())
    _free(ours, theirs)


def test_the_other_side_is_told_nothing_when_it_has_come_to_the_end() -> None:
    ours, theirs = map(Wire, socket.socketpair())
    call = Call(ours, 7, Cancellation())
    for last in (None, Failed.of(InferenceFailed("no"))):
        call.tell(last)
    assert call.hear() is None
    call.leave()
    with pytest.raises(InferenceFailed, match="no"):
        call.hear()
    call.leave()
    ours.end()
    assert list(theirs.messages()) == []
    _free(ours, theirs)


def _free(*wires: Wire) -> None:
    for wire in wires:
        wire.end()
        wire.free()
