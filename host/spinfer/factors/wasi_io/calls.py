"""The functions of `wasi:io`, on the guest's thread: those named blocking wait, the others never do."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final, TypeVar

from spinfer.bindings.hostcall import borrowed, current
from spinfer.bindings.traps import Trapped
from spinfer.bindings.values import Case, Err, Ok
from spinfer.factors.wasi_io.handles import Input, Output, error_of, own_error, own_pollable
from spinfer.factors.wasi_io.poll import Pollable, wait_any
from spinfer.factors.wasi_io.streams import MAX_READ_BYTES, Closed, Ended, Failed
from spinfer.inference.cancellation import Cancellation

MAX_BLOCKING_WRITE_BYTES: Final = 4096
"""WIT's own bound for writing and flushing in one call."""

T = TypeVar("T")
Answer = Ok[T] | Err[Case]

_input: Callable[[int], Input] = borrowed
_output: Callable[[int], Output] = borrowed


_CLOSED: Final = Err(Case("closed"))


@dataclass(frozen=True, slots=True)
class IoState:
    """What the calls of one guest instance know."""

    cancellation: Cancellation

    def wait(self, pollable: Pollable) -> None:
        wait_any((pollable,), self.cancellation)


def to_debug_string(_state: IoState, error: int) -> str:
    return error_of(current().resources, error).text


def ready(_state: IoState, pollable: int) -> bool:
    awaited: Pollable = borrowed(pollable)
    return awaited.ready()


def block(state: IoState, pollable: int) -> None:
    state.wait(borrowed(pollable))


def poll(state: IoState, pollables: Sequence[int]) -> list[int]:
    if not len(pollables):
        raise Trapped("it polled an empty list, which would never end")
    return wait_any([borrowed(rep) for rep in pollables], state.cancellation)


def read(_state: IoState, stream: int, length: int) -> Answer[bytes]:
    return _answer(_input(stream).read(length))


def blocking_read(state: IoState, stream: int, length: int) -> Answer[bytes]:
    return _answer(_read_some(state, _input(stream), length))


def skip(_state: IoState, stream: int, length: int) -> Answer[int]:
    return _counted(_input(stream).read(length))


def blocking_skip(state: IoState, stream: int, length: int) -> Answer[int]:
    return _counted(_read_some(state, _input(stream), length))


def subscribe(_state: IoState, stream: int) -> int:
    """Either kind of stream, as the parent of the new pollable."""
    return own_pollable(current().resources, borrowed(stream), parent=stream)


def check_write(_state: IoState, stream: int) -> Answer[int]:
    return _answer(_output(stream).check_write())


def write(_state: IoState, stream: int, contents: bytes) -> Answer[None]:
    return _answer(_output(stream).write(contents))


def write_zeroes(_state: IoState, stream: int, length: int) -> Answer[None]:
    return _answer(_output(stream).write_zeroes(length))


def flush(_state: IoState, stream: int) -> Answer[None]:
    return _answer(_output(stream).flush())


def blocking_flush(state: IoState, stream: int) -> Answer[None]:
    return _answer(_flush(state, _output(stream)))


def blocking_write_and_flush(state: IoState, stream: int, contents: bytes) -> Answer[None]:
    """Raises Trapped for more than 4096 bytes."""
    return _answer(_write_all(state, _output(stream), contents))


def blocking_write_zeroes_and_flush(state: IoState, stream: int, length: int) -> Answer[None]:
    """Raises Trapped for more than 4096 bytes."""
    _refuse_many(length)
    return _answer(_write_all(state, _output(stream), bytes(length)))


def splice(_state: IoState, stream: int, source: int, length: int) -> Answer[int]:
    return _answer(_splice(_output(stream), _input(source), length))


def blocking_splice(state: IoState, stream: int, source: int, length: int) -> Answer[int]:
    output, input_ = _output(stream), _input(source)
    state.wait(output)
    state.wait(input_)
    return _answer(_splice(output, input_, length))


def _read_some(state: IoState, stream: Input, length: int) -> bytes | Ended:
    """At least one byte, unless none was asked for."""
    while (data := stream.read(length)) == b"" and length:
        state.wait(stream)
    return data


def _write_all(state: IoState, stream: Output, data: bytes) -> Ended | None:
    _refuse_many(len(data))
    while data:
        permitted = _permitted(state, stream)
        if not isinstance(permitted, int):
            return permitted
        end = stream.write(data[:permitted])
        if end is not None:
            return end
        data = data[permitted:]
    return _flush(state, stream)


def _refuse_many(length: int) -> None:
    if length > MAX_BLOCKING_WRITE_BYTES:
        raise Trapped(f"it wrote {length} bytes at once and blocking; {MAX_BLOCKING_WRITE_BYTES} are allowed")


def _permitted(state: IoState, stream: Output) -> int | Ended:
    """At least one byte, or how the stream ended: waits until it is ready."""
    state.cancellation.check()
    while (permitted := stream.check_write()) == 0:
        state.wait(stream)
    return permitted


def _flush(state: IoState, stream: Output) -> Ended | None:
    end = stream.flush()
    if end is not None:
        return end
    permitted = _permitted(state, stream)
    return None if isinstance(permitted, int) else permitted


def _splice(output: Output, source: Input, length: int) -> int | Ended:
    permitted = output.check_write()
    if not isinstance(permitted, int):
        return permitted
    data = source.read(min(length, permitted, MAX_READ_BYTES))
    if not isinstance(data, bytes):
        return data
    end = output.write(data)
    return len(data) if end is None else end


def _answer(outcome: T | Closed | Failed) -> Answer[T]:
    if isinstance(outcome, Closed):
        return _CLOSED
    if isinstance(outcome, Failed):
        return Err(Case("last-operation-failed", own_error(current().resources, outcome.error)))
    return Ok(outcome)


def _counted(data: bytes | Ended) -> Answer[int]:
    return _answer(len(data) if isinstance(data, bytes) else data)
