"""The event loop waits for a pipe's end without being held up."""

import asyncio
import threading
import time

from spinfer.factors.wasi_io.event_loop import ready
from spinfer.factors.wasi_io.pipe import Pipe
from spinfer.factors.wasi_io.poll import Instant, Ready
from spinfer.factors.wasi_io.streams import Closed


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


def test_what_is_ready_is_not_waited_for_and_an_instant_comes_by_itself():
    async def main():
        await ready(Ready())
        soon = Instant(time.monotonic_ns() + 1_000_000)
        await ready(soon)
        return soon.ready()

    assert asyncio.run(main())


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
