"""Messages over a pair of sockets: whole, in order, of any size, from many threads."""

from __future__ import annotations

import gc
import socket
import threading
from collections.abc import Iterator

import pytest

from spinfer.inference.sharing.wire import Wire

Ends = tuple[Wire, Wire]


@pytest.fixture
def ends() -> Iterator[Ends]:
    one, other = map(Wire, socket.socketpair())
    yield one, other
    for wire in (one, other):
        wire.end()
        wire.free()


def test_what_is_sent_is_what_is_read(ends: Ends) -> None:
    one, other = ends
    sent = [(1, ""), (2, "ein Satz 👋🏽 \ud800"), (3, None), (4, ("x" * 70_000, 1.5)), (5, "after that")]
    for message in sent:
        one.send(message)
    assert list(_up_to(other, 5)) == sent


def test_the_other_side_ends(ends: Ends) -> None:
    one, other = ends
    one.send((1, "the last"))
    one.end()
    one.end()
    assert list(other.messages()) == [(1, "the last")]
    other.send((2, "nobody hears this"))
    assert list(one.messages()) == []


def test_the_other_side_ends_with_something_unread() -> None:
    """The system calls that a connection that was reset."""
    one, other = map(Wire, socket.socketpair())
    one.send((1, "unread"))
    other.free()
    assert list(one.messages()) == []
    one.free()


def test_the_other_side_ends_in_the_middle_of_a_message() -> None:
    raw, theirs = socket.socketpair()
    wire = Wire(theirs)
    raw.sendall(b"\x64\0\0\0\0\0\0\0half")
    raw.close()
    assert list(wire.messages()) == []
    wire.free()


def test_a_timeout_is_taken_off() -> None:
    ours, theirs = socket.socketpair()
    ours.settimeout(1)
    wire = Wire(ours)
    assert ours.gettimeout() is None
    wire.end()
    wire.free()
    theirs.close()


def test_a_message_after_the_socket_was_given_back() -> None:
    ours, theirs = socket.socketpair()
    wire = Wire(ours)
    wire.end()
    wire.free()
    wire.send((1, "lost"))
    assert not theirs.recv(1)
    theirs.close()


def test_large_messages_both_ways_from_many_threads(ends: Ends) -> None:
    large, count = "x" * (3 << 20), 4
    read: dict[Wire, list[tuple[int, str]]] = {}

    def reader(wire: Wire) -> None:
        read[wire] = list(_up_to(wire, 2 * count))

    def sender(wire: Wire, number: int) -> None:
        wire.send((number, large))
        wire.send((number, "small"))

    threads = [threading.Thread(target=reader, args=(wire,)) for wire in ends]
    threads += [threading.Thread(target=sender, args=(wire, n)) for wire in ends for n in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    for wire in ends:
        for number in range(count):
            assert [text for n, text in read[wire] if n == number] == [large, "small"]


def test_one_who_cannot_send_leaves_it_to_the_one_who_sends(ends: Ends) -> None:
    one, other = ends
    large = "x" * (8 << 20)
    sender = threading.Thread(target=one.send, args=((1, large),))
    sender.start()
    while not one._turn.locked():
        pass
    one.send((2, "small"))  # returns at once, although nobody reads yet
    assert sender.is_alive()
    assert [len(text) for _, text in _up_to(other, 2)] == [len(large), 5]
    sender.join(30)


def test_a_socket_is_not_given_back_while_somebody_sends() -> None:
    """Its number may soon be another file's."""
    one, other = map(Wire, socket.socketpair())
    sender = threading.Thread(target=one.send, args=((1, "x" * (8 << 20)),))
    sender.start()
    while not one._turn.locked():
        pass
    free = threading.Thread(target=one.free)
    free.start()
    free.join(0.05)
    assert free.is_alive()
    assert len(next(other.messages())[1]) == 8 << 20
    for thread in (sender, free):
        thread.join(30)
        assert not thread.is_alive()
    assert list(other.messages()) == []
    other.free()


def test_what_is_garbage_collected_while_sending_may_send(ends: Ends) -> None:
    """On the thread that sends, in the middle of that."""
    one, other = ends

    class Leaving:
        def __init__(self) -> None:
            self.self = self

        def __del__(self) -> None:
            one.send((2, "left"))

    class Collecting(socket.socket):
        def sendall(self, data: bytes) -> None:
            gc.collect()
            super().sendall(data)

    one._socket = Collecting(fileno=one._socket.detach())
    Leaving()
    one.send((1, "sent"))
    assert list(_up_to(other, 2)) == [(1, "sent"), (2, "left")]


def test_an_interrupted_send_ends_the_connection(ends: Ends) -> None:
    """Half of a message may be out: nothing that came after it would be understood."""
    one, other = ends

    class Interrupted(socket.socket):
        def sendall(self, data: bytes) -> None:
            super().sendall(data[:10])
            raise KeyboardInterrupt

    one._socket = Interrupted(fileno=one._socket.detach())
    with pytest.raises(KeyboardInterrupt):
        one.send((1, "sent"))
    assert list(other.messages()) == []


def _up_to(wire: Wire, count: int) -> Iterator[tuple[int, str]]:
    messages = wire.messages()
    for _ in range(count):
        yield next(messages)
