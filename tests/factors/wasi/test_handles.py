"""A small guest that polls, splices, waits and breaks the rules, through wasmtime."""

import threading

import pytest

from fakes.wat_wasi import OCTOBER_WAT, WASI_WAT
from spinfer.bindings.traps import Exited
from spinfer.errors import GuestCancelled, GuestDeadline, GuestTrap
from spinfer.factors.wasi.factor import WasiFactor
from spinfer.factors.wasi.grants import Grants
from spinfer.factors.wasi.stdio import Sink
from spinfer.factors.wasi_io.factor import WasiIoFactor
from spinfer.factors.wasi_io.pipe import Pipe
from spinfer.factors.wasi_io.streams import Closed
from spinfer.inference.cancellation import Cancellation
from spinfer.runtime.executor import Executor
from spinfer.runtime.limits import Limits
from spinfer.runtime.loader import ComponentFile, Entry

TYPES = {"poll-first": "func() -> u32", "pass-on": "func() -> u64"}


@pytest.fixture
def stdin():
    return Pipe()


@pytest.fixture
def call(compiler, tmp_path, stdin):
    """`call(function)`: in a fresh instance that reads `stdin`; what it wrote is in `call.out`."""
    path = tmp_path / "wasi.wat"

    def call(function, cancellation=None, deadline_s=None, wat=WASI_WAT):
        path.write_text(wat)
        grants = Grants(stdin=lambda: stdin.reader, stdout=lambda: Sink(call.out.extend))
        factors = [WasiIoFactor(), WasiFactor({"web": grants})]
        executor = Executor(compiler, factors, limits=Limits(deadline_s=deadline_s))
        executor.load([ComponentFile("web", path)], [Entry(None, function, TYPES.get(function, "func()"))])
        with executor.instantiate("web", cancellation=cancellation) as instance:
            return instance.call()

    call.out = bytearray()
    return call


def test_poll_tells_which_of_several_is_first(call):
    assert call("poll-first") == 2


def test_poll_hears_of_bytes_from_another_thread(call, stdin):
    stdin.writer.write(b"x")
    assert call("poll-first") == 1


def test_a_release_candidate_polls_in_its_own_words(call):
    assert call("poll-first", wat=OCTOBER_WAT) == 1


def test_bytes_pass_from_input_to_output(call, stdin):
    stdin.writer.write(b"straight through")
    assert call("pass-on") == 16
    assert call.out == b"straight through"


@pytest.mark.parametrize(
    ("function", "reason"),
    [
        ("poll-nothing", "it polled an empty list"),
        ("orphan", "resource has children"),
        ("unpermitted", "it wrote 7 bytes where `check-write` permitted 0"),
        ("too-much-chance", "it asked for 68719476736 random bytes at once"),
    ],
)
def test_misuse_ends_the_guest_with_a_reason(call, function, reason):
    with pytest.raises(GuestTrap, match=reason):
        call(function)


@pytest.mark.parametrize(("function", "status"), [("fail", 1), ("exit-7", 7)])
def test_exit_ends_the_guest_with_its_status(call, function, status):
    with pytest.raises(Exited) as exited:
        call(function)
    assert exited.value.status == status


@pytest.mark.parametrize("function", ["wait-for-ever", "wait-for-input"])
def test_a_wait_ends_with_the_deadline(call, function):
    with pytest.raises(GuestDeadline):
        call(function, deadline_s=0.01)


def test_a_wait_ends_when_the_caller_goes_away(call, stdin, monkeypatch):
    cancellation, threads = Cancellation(), []

    def subscribe(wake, subscribe=stdin._readers.subscribe):
        threads.append(threading.Thread(target=cancellation.cancel))
        threads[0].start()
        return subscribe(wake)

    monkeypatch.setattr(type(stdin.reader), "subscribe", lambda _self, wake: subscribe(wake))
    with pytest.raises(GuestCancelled):
        call("wait-for-input", cancellation=cancellation)
    threads[0].join()
    assert len(stdin._readers) == 0
    assert stdin.writer.check_write() == Closed(), "its standard input was dropped with it"
