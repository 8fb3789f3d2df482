"""One component's messages, one after the other."""

from __future__ import annotations

import threading

from spinfer.inference.cancellation import Cancellation
from spinfer.triggers.redis.worker import WAITING, Worker

FAR_S = 60.0


def test_messages_are_handled_in_order_and_to_the_end() -> None:
    handled = []
    worker = Worker("worker", lambda message, _: handled.append(message))
    for number in range(100):
        worker.put(b"%d" % number)
    worker.start()
    worker.end()
    assert worker.join(FAR_S)
    assert handled == [b"%d" % number for number in range(100)]


def test_cancelling_ends_the_guest_and_forgets_the_rest() -> None:
    begun, handled = threading.Event(), []

    def handle(message: bytes, cancellation: Cancellation) -> None:
        handled.append(message)
        gone = threading.Event()
        with cancellation.listening(gone.set):
            begun.set()
            assert gone.wait(FAR_S)

    worker = Worker("worker", handle)
    worker.put(b"1")
    worker.put(b"2")
    worker.start()
    assert begun.wait(FAR_S)
    worker.cancel()
    assert worker.join(FAR_S)
    assert handled == [b"1"]


def test_whoever_brings_too_many_waits_until_it_ends() -> None:
    worker = Worker("worker", lambda _message, _cancellation: None)
    for _ in range(WAITING):
        worker.put(b"")
    bringing = threading.Thread(target=worker.put, args=(b"one too many",))
    bringing.start()
    worker.end()
    bringing.join(FAR_S)
    assert not bringing.is_alive()
