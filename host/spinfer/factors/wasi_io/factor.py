"""`wasi:io` as a factor: what is linked, and what each instance is handed."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from contextlib import AbstractContextManager, nullcontext

from spinfer.bindings.imports import Function, Interface
from spinfer.bindings.resources import Resource
from spinfer.factors.base import Guest
from spinfer.factors.wasi_io import calls
from spinfer.factors.wasi_io.calls import IoState
from spinfer.factors.wasi_io.handles import ERROR, INPUT_STREAM, OUTPUT_STREAM, POLLABLE
from spinfer.factors.wasi_io.interface import (
    BYTES,
    COUNT,
    DONE,
    INPUT,
    NOVEMBER,
    OCTOBER,
    OUTPUT,
    SOURCE,
    VERSIONS,
)

_ERROR = (
    Function("[method]error.to-debug-string", "func(self: borrow<error>) -> string", calls.to_debug_string),
)
_POLL = (
    Function("[method]pollable.ready", "func(self: borrow<pollable>) -> bool", calls.ready),
    Function("[method]pollable.block", "func(self: borrow<pollable>)", calls.block),
    Function("poll", "func(in: list<borrow<pollable>>) -> list<u32>", calls.poll),
)
_POLL_IN_OCTOBER = (
    Function("poll-list", "func(in: list<borrow<pollable>>) -> list<u32>", calls.poll),
    Function("poll-one", "func(in: borrow<pollable>)", calls.block),
)
_STREAMS = (
    Function("[method]input-stream.read", f"func({INPUT}, len: u64) -> {BYTES}", calls.read),
    Function(
        "[method]input-stream.blocking-read", f"func({INPUT}, len: u64) -> {BYTES}", calls.blocking_read
    ),
    Function("[method]input-stream.skip", f"func({INPUT}, len: u64) -> {COUNT}", calls.skip),
    Function(
        "[method]input-stream.blocking-skip", f"func({INPUT}, len: u64) -> {COUNT}", calls.blocking_skip
    ),
    Function("[method]input-stream.subscribe", f"func({INPUT}) -> own<pollable>", calls.subscribe),
    Function("[method]output-stream.check-write", f"func({OUTPUT}) -> {COUNT}", calls.check_write),
    Function("[method]output-stream.write", f"func({OUTPUT}, contents: list<u8>) -> {DONE}", calls.write),
    Function(
        "[method]output-stream.blocking-write-and-flush",
        f"func({OUTPUT}, contents: list<u8>) -> {DONE}",
        calls.blocking_write_and_flush,
    ),
    Function("[method]output-stream.flush", f"func({OUTPUT}) -> {DONE}", calls.flush),
    Function("[method]output-stream.blocking-flush", f"func({OUTPUT}) -> {DONE}", calls.blocking_flush),
    Function("[method]output-stream.subscribe", f"func({OUTPUT}) -> own<pollable>", calls.subscribe),
    Function("[method]output-stream.write-zeroes", f"func({OUTPUT}, len: u64) -> {DONE}", calls.write_zeroes),
    Function(
        "[method]output-stream.blocking-write-zeroes-and-flush",
        f"func({OUTPUT}, len: u64) -> {DONE}",
        calls.blocking_write_zeroes_and_flush,
    ),
)
_SPLICES = (
    Function("[method]output-stream.splice", f"func({OUTPUT}, {SOURCE}, len: u64) -> {COUNT}", calls.splice),
    Function(
        "[method]output-stream.blocking-splice",
        f"func({OUTPUT}, {SOURCE}, len: u64) -> {COUNT}",
        calls.blocking_splice,
    ),
)


_STREAM_RESOURCES = (INPUT_STREAM, OUTPUT_STREAM, ERROR, POLLABLE)


class WasiIoFactor:
    """Errors, polling and streams; whose streams they are is other factors' matter."""

    name = "wasi-io"

    def interfaces(self) -> Sequence[Interface]:
        """Splicing took the input away in the release candidates, so there they go without it."""
        return (
            self._interface("error", (*VERSIONS, NOVEMBER), _ERROR, ERROR),
            self._interface("poll", (*VERSIONS, NOVEMBER), _POLL, POLLABLE),
            self._interface("poll", (OCTOBER,), _POLL_IN_OCTOBER, POLLABLE),
            self._interface("streams", VERSIONS, (*_STREAMS, *_SPLICES), *_STREAM_RESOURCES),
            self._interface("streams", (NOVEMBER, OCTOBER), (*_STREAMS, *_ERROR), *_STREAM_RESOURCES),
        )

    def _interface(
        self, name: str, versions: tuple[str, ...], functions: tuple[Function, ...], *resources: Resource
    ) -> Interface:
        return Interface(f"wasi:io/{name}", versions, self.name, functions, resources)

    def configure(self, components: Collection[str]) -> None:
        """Nothing to check: every component may use streams."""

    def prepare(self, guest: Guest) -> AbstractContextManager[IoState]:
        return nullcontext(IoState(guest.cancellation))
