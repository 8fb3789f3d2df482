"""The pipe: budget, ends, waking, and many bytes between two threads."""

import hashlib
import threading

import pytest

from spinfer.factors.wasi_io.error import StreamError
from spinfer.factors.wasi_io.pipe import BUDGET_BYTES, Pipe
from spinfer.factors.wasi_io.poll import wait_any
from spinfer.factors.wasi_io.streams import Closed, Failed
from spinfer.inference.cancellation import Cancellation

BROKEN = StreamError("the client went away")


def test_bytes_come_out_as_they_went_in():
    pipe = Pipe()
    assert pipe.reader.read(10) == b""
    assert pipe.writer.check_write() == BUDGET_BYTES
    pipe.writer.write(b"hello ")
    pipe.writer.write(b"world")
    assert pipe.writer.check_write() == BUDGET_BYTES - 11
    assert pipe.reader.read(8) == b"hello wo"
    assert pipe.reader.read(8) == b"rld"
    assert pipe.reader.read(8) == b""


def test_a_full_pipe_takes_nothing_until_it_is_read():
    pipe = Pipe(4)
    assert pipe.writer.write(b"four") is None
    assert pipe.writer.check_write() == 0
    assert not pipe.writer.ready()
    assert pipe.reader.read(1) == b"f"
    assert pipe.writer.check_write() == 1
    assert pipe.writer.ready()


@pytest.mark.parametrize(
    ("end", "outcome"),
    [
        (lambda pipe: pipe.writer.finish(), Closed()),
        (lambda pipe: pipe.writer.abort(BROKEN), Failed(BROKEN)),
    ],
)
def test_what_was_written_is_read_before_the_end(end, outcome):
    pipe = Pipe()
    pipe.writer.write(b"last words")
    end(pipe)
    pipe.writer.finish()
    pipe.writer.abort(StreamError("too late to matter"))
    assert pipe.writer.check_write() == pipe.writer.write(b"more") == Closed()
    assert pipe.writer.ready()
    assert pipe.reader.ready()
    assert pipe.reader.read(100) == b"last words"
    assert pipe.reader.read(100) == outcome
    assert pipe.reader.ready()


def test_a_reader_that_lets_go_closes_the_writers_end_and_frees_the_rest():
    pipe = Pipe(4)
    pipe.writer.write(b"four")
    pipe.reader.drop()
    pipe.reader.drop()
    assert pipe.writer.ready()
    assert pipe.writer.check_write() == pipe.writer.write(b"more") == Closed()
    assert len(pipe._buffer) == 0


def test_a_writer_that_is_dropped_has_not_finished():
    pipe = Pipe()
    pipe.writer.drop()
    assert pipe.reader.read(1) == b""
    assert not pipe.reader.ready()
    assert pipe.writer.check_write() == BUDGET_BYTES


@pytest.mark.parametrize(
    ("side", "act"),
    [
        ("reader", lambda pipe: pipe.writer.write(b"x")),
        ("reader", lambda pipe: pipe.writer.finish()),
        ("reader", lambda pipe: pipe.writer.abort(BROKEN)),
        ("writer", lambda pipe: pipe.reader.read(1)),
        ("writer", lambda pipe: pipe.reader.drop()),
    ],
)
def test_each_end_is_woken_by_the_other(side, act):
    pipe, woken = Pipe(4), []
    if side == "writer":
        pipe.writer.write(b"full")
    end = getattr(pipe, side)
    assert not end.ready()
    unsubscribe = end.subscribe(lambda: woken.append(end.ready()))
    act(pipe)
    assert woken == [True]
    unsubscribe()
    assert len(pipe._readers) == len(pipe._writers) == 0


def test_a_pipe_carries_a_megabyte_between_threads_within_its_budget():
    pipe, sent, most = Pipe(1000), hashlib.sha256(), 0
    never = Cancellation()

    def write():
        left = bytes(range(256)) * 4096
        while left:
            wait_any([pipe.writer], never)
            piece, left = left[: pipe.writer.check_write()], left[pipe.writer.check_write() :]
            sent.update(piece)
            pipe.writer.write(piece)
        pipe.writer.finish()

    thread = threading.Thread(target=write)
    thread.start()
    received = hashlib.sha256()
    while True:
        wait_any([pipe.reader], never)
        most = max(most, len(pipe._buffer))
        data = pipe.reader.read(700)
        if isinstance(data, Closed):
            break
        received.update(data)
    thread.join()
    assert most <= 1000
    assert received.digest() == sent.digest()
