"""The event loop waits without being held up: for as long as it is told to, and by one wake-up."""

import asyncio
import threading

from fakes.event_loops import PATIENCE_S, awaited
from fakes.signals import Signal
from spinfer.factors.wasi_io.event_loop import ready
from spinfer.factors.wasi_io.pipe import Pipe
from spinfer.factors.wasi_io.poll import Ready
from spinfer.factors.wasi_io.streams import Closed


def nothing():
    """Happens meanwhile."""


async def drained(pipe):
    received = bytearray()
    while True:
        await ready(pipe.reader)
        data = pipe.reader.read(1000)
        if isinstance(data, Closed):
            return bytes(received)
        received += data


def test_a_thread_writes_what_the_loop_reads():
    pipe = Pipe(10)

    def write():
        for number in range(1000):
            while pipe.writer.check_write() == 0:
                threading.Event().wait(0.0001)
            pipe.writer.write(bytes([number % 256]))
        pipe.writer.finish()

    async def main():
        thread = threading.Thread(target=write)
        thread.start()
        received = await drained(pipe)
        thread.join()
        return received

    assert asyncio.run(main()) == bytes(number % 256 for number in range(1000))
    assert len(pipe._readers) == 0


def test_what_is_ready_is_not_waited_for():
    assert awaited(ready(Ready(), 0.0), nothing) == (True, 0)


def test_what_comes_in_time_wakes_once():
    signal = Signal()

    def set_twice():
        signal.set()
        signal.set()

    assert awaited(ready(signal, PATIENCE_S), set_twice) == (True, 1)
    assert not len(signal._subscribers)


def test_what_does_not_come_in_time():
    signal = Signal()
    assert awaited(ready(signal, 0.001), nothing) == (False, 0)
    assert not len(signal._subscribers)


def test_a_needless_call_ends_no_waiting():
    signal = Signal()

    def twice():
        signal._subscribers.wake()
        signal.set()

    assert awaited(ready(signal), twice)[0]


def test_a_wait_that_is_cancelled_leaves_no_subscriber():
    pipe = Pipe()

    async def main():
        task = asyncio.ensure_future(ready(pipe.reader))
        await asyncio.sleep(0)
        assert len(pipe._readers) == 1
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)

    asyncio.run(main())
    assert len(pipe._readers) == 0


def test_a_wake_after_the_loop_has_ended_harms_nobody():
    pipe, woken = Pipe(), []

    async def main():
        task = asyncio.ensure_future(ready(pipe.reader))
        await asyncio.sleep(0)
        woken.extend(pipe._readers.values())
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)

    asyncio.run(main())
    for wake in woken:
        wake()
    assert woken
