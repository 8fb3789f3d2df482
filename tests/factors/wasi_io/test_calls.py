"""wasi:io's functions over a pipe: the states of streams as a table, and what misuse ends in."""

import pytest

from fakes.signals import Signal
from spinfer.bindings.hostcall import InstanceContext
from spinfer.bindings.traps import Trapped
from spinfer.bindings.values import Case, Err, Ok
from spinfer.errors import Cancelled
from spinfer.factors.wasi_io import calls
from spinfer.factors.wasi_io.error import StreamError
from spinfer.factors.wasi_io.handles import own_input, own_output, own_pollable
from spinfer.factors.wasi_io.pipe import Pipe
from spinfer.factors.wasi_io.poll import Ready
from spinfer.factors.wasi_io.streams import MAX_READ_BYTES, Failed
from spinfer.inference.cancellation import Cancellation

CLOSED = Err(Case("closed"))
BROKEN = StreamError("the disk is on fire")


class Instance:
    """A guest's handles: `read` of one pipe, `write` of another."""

    def __init__(self, budget_bytes=10):
        self.context = InstanceContext({})
        self.state = calls.IoState(Cancellation())
        self.inbound, self.outbound = Pipe(budget_bytes), Pipe(budget_bytes)
        self.input = own_input(self.context.resources, self.inbound.reader)
        self.output = own_output(self.context.resources, self.outbound.writer)

    def __getattr__(self, name):
        call = getattr(calls, name)
        return lambda *arguments: call(self.state, *arguments)


@pytest.fixture
def guest():
    instance = Instance()
    with instance.context.entered():
        yield instance
    instance.context.close()


def said(guest, outcome):
    """The text of a `last-operation-failed`."""
    match outcome:
        case Err(Case("last-operation-failed", error)):
            return guest.to_debug_string(error)
    raise AssertionError(outcome)


READS = ["read", "blocking_read", "skip", "blocking_skip"]


@pytest.mark.parametrize("call", READS)
def test_reading_takes_what_is_there_and_no_more_than_asked_for(guest, call):
    guest.inbound.writer.write(b"abcdef")
    outcomes = [getattr(guest, call)(guest.input, 4).value, getattr(guest, call)(guest.input, 4).value]
    assert outcomes == ([4, 2] if "skip" in call else [b"abcd", b"ef"])


@pytest.mark.parametrize("call", READS)
def test_an_input_that_ended_is_closed_for_good(guest, call):
    guest.inbound.writer.finish()
    assert [getattr(guest, call)(guest.input, count) for count in (1, 0, 1)] == [CLOSED] * 3


@pytest.mark.parametrize("call", READS)
def test_an_input_that_failed_says_so_once(guest, call):
    guest.inbound.writer.abort(BROKEN)
    assert said(guest, getattr(guest, call)(guest.input, 1)) == "the disk is on fire"
    assert getattr(guest, call)(guest.input, 1) == CLOSED
    assert guest.ready(guest.subscribe(guest.input))


@pytest.mark.parametrize(("call", "nothing"), [("read", b""), ("skip", 0)])
def test_reading_nothing_does_not_wait(guest, call, nothing):
    assert getattr(guest, call)(guest.input, 100) == Ok(nothing)
    assert getattr(guest, f"blocking_{call}")(guest.input, 0) == Ok(nothing)


def test_an_enormous_read_is_cut():
    instance = Instance(budget_bytes=2 * MAX_READ_BYTES)
    with instance.context.entered():
        instance.inbound.writer.write(bytes(MAX_READ_BYTES + 1))
        assert len(instance.read(instance.input, 2**64 - 1).value) == MAX_READ_BYTES
        assert instance.skip(instance.input, 2**64 - 1) == Ok(1)


BLOCKING = [
    lambda guest: guest.blocking_read(guest.input, 1),
    lambda guest: guest.blocking_skip(guest.input, 1),
    lambda guest: guest.blocking_write_and_flush(guest.output, b"eleven bytes"),
    lambda guest: guest.blocking_write_zeroes_and_flush(guest.output, 11),
    lambda guest: guest.blocking_splice(guest.output, guest.input, 1),
    lambda guest: guest.block(guest.subscribe(guest.input)),
    lambda guest: guest.poll([guest.subscribe(guest.input)]),
]


@pytest.mark.parametrize("call", BLOCKING)
def test_whatever_waits_ends_when_the_guest_is_cancelled(guest, call):
    guest.outbound.writer.write(b"x")  # room for 9 of what is written
    guest.state.cancellation.cancel()
    with pytest.raises(Cancelled):
        call(guest)


def test_writing_needs_a_permit_and_uses_it_up(guest):
    with pytest.raises(Trapped, match="wrote 1 bytes where `check-write` permitted 0"):
        guest.write(guest.output, b"x")
    assert guest.check_write(guest.output) == Ok(10)
    assert guest.write(guest.output, b"abcdef") == Ok(None)
    with pytest.raises(Trapped, match="wrote 5 bytes where `check-write` permitted 4"):
        guest.write_zeroes(guest.output, 5)
    assert guest.write_zeroes(guest.output, 4) == Ok(None)
    assert guest.check_write(guest.output) == Ok(0)
    assert guest.outbound.reader.read(100) == b"abcdef\0\0\0\0"


def test_zeroes_without_end_are_refused_before_they_are_made(guest):
    guest.check_write(guest.output)
    with pytest.raises(Trapped):
        guest.write_zeroes(guest.output, 2**64 - 1)


WRITES = {
    "check-write": lambda guest: guest.check_write(guest.output),
    "write": lambda guest: guest.write(guest.output, b"x"),
    "write-zeroes": lambda guest: guest.write_zeroes(guest.output, 1),
    "flush": lambda guest: guest.flush(guest.output),
    "blocking-flush": lambda guest: guest.blocking_flush(guest.output),
    "blocking-write-and-flush": lambda guest: guest.blocking_write_and_flush(guest.output, b"x"),
    "blocking-write-zeroes-and-flush": lambda guest: guest.blocking_write_zeroes_and_flush(guest.output, 1),
    "splice": lambda guest: guest.splice(guest.output, guest.input, 1),
    "blocking-splice": lambda guest: guest.blocking_splice(guest.output, guest.input, 1),
}


@pytest.mark.parametrize("call", sorted(WRITES.keys() - {"flush"}))  # a pipe's flush is never at work
def test_an_output_whose_reader_is_gone_is_closed_for_good(guest, call):
    guest.check_write(guest.output)
    guest.inbound.writer.write(b"to splice")
    guest.outbound.reader.drop()
    assert WRITES[call](guest) == CLOSED
    for again in WRITES.values():
        if again is WRITES["write"] or again is WRITES["write-zeroes"]:
            continue  # their permits may be used up
        assert again(guest) == CLOSED
    assert guest.ready(guest.subscribe(guest.output))


class Broken(Ready):
    """An output that fails where it is told to."""

    def __init__(self, where):
        self.where = where

    def _outcome(self, name, fine):
        return Failed(BROKEN) if name == self.where else fine

    def check_write(self):
        return self._outcome("check_write", 10)

    def write(self, data):
        return self._outcome("write", None)

    def flush(self):
        return self._outcome("flush", None)

    def drop(self):
        pass


@pytest.mark.parametrize("where", ["check_write", "write", "flush"])
@pytest.mark.parametrize("call", ["blocking_write_and_flush", "blocking_write_zeroes_and_flush"])
def test_an_output_that_fails_says_so_once(guest, where, call):
    guest.output = own_output(guest.context.resources, Broken(where))
    contents = 3 if "zeroes" in call else b"abc"
    assert said(guest, getattr(guest, call)(guest.output, contents)) == "the disk is on fire"
    assert getattr(guest, call)(guest.output, contents) == CLOSED


def test_a_blocking_write_has_wits_bound(guest):
    for call, contents in (("write_and_flush", bytes(4097)), ("write_zeroes_and_flush", 4097)):
        with pytest.raises(Trapped, match="wrote 4097 bytes at once and blocking; 4096 are allowed"):
            getattr(guest, f"blocking_{call}")(guest.output, contents)


def test_a_blocking_write_goes_in_pieces_as_room_comes(guest):
    taken = bytearray()
    take = guest.outbound.reader.read
    guest.outbound._readers.subscribe(lambda: taken.extend(take(100)))
    assert guest.blocking_write_and_flush(guest.output, bytes(range(35))) == Ok(None)
    assert guest.blocking_write_zeroes_and_flush(guest.output, 35) == Ok(None)
    assert taken == bytes(range(35)) + bytes(35)


def test_splicing_is_bounded_by_all_three(guest):
    guest.inbound.writer.write(b"0123456789abcdef")  # a host may go beyond the budget
    assert guest.splice(guest.output, guest.input, 3) == Ok(3)
    assert guest.blocking_splice(guest.output, guest.input, 100) == Ok(7)  # what room there is
    assert guest.splice(guest.output, guest.input, 100) == Ok(0)
    assert guest.outbound.reader.read(100) == b"0123456789"
    assert guest.splice(guest.output, guest.input, 100) == Ok(6)  # what there is
    guest.inbound.writer.finish()
    assert guest.splice(guest.output, guest.input, 100) == CLOSED
    assert guest.check_write(guest.output) == Ok(4), "the output is as open as before"


def test_poll_tells_the_places_and_takes_the_same_twice(guest):
    signal = Signal()
    resources = guest.context.resources
    waiting, ready = own_pollable(resources, signal), own_pollable(resources, Ready())
    assert guest.poll([waiting, ready, ready]) == [1, 2]
    signal.set()
    assert guest.poll([waiting]) == [0]
    with pytest.raises(Trapped, match="empty list"):
        guest.poll([])


def test_a_stream_must_outlive_its_pollables(guest):
    pollable = guest.subscribe(guest.input)
    with pytest.raises(Trapped, match="has children"):
        guest.context.resources.drop(guest.input)
    guest.context.resources.drop(pollable)
    guest.context.resources.drop(guest.input)
    assert guest.inbound._abandoned


def test_handles_that_are_left_are_dropped_with_the_instance():
    instance = Instance()
    with instance.context.entered():
        instance.subscribe(instance.input)
        instance.subscribe(instance.output)
    instance.context.close()
    assert len(instance.context.resources) == 0
    assert instance.inbound._abandoned
