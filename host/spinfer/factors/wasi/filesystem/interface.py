"""`wasi:filesystem` as a host declares it: types, and which call each function is."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from spinfer.bindings.imports import Function, Interface
from spinfer.factors.wasi.filesystem import calls
from spinfer.factors.wasi.filesystem.calls import DESCRIPTOR, ENTRIES
from spinfer.factors.wasi.filesystem.codes import ENUM as ERROR_CODE
from spinfer.factors.wasi.filesystem.metadata import DATETIME, HASH, STAT, TYPE
from spinfer.factors.wasi.versions import NAME, SINCE_OCTOBER, VERSIONS
from spinfer.factors.wasi_io.handles import ERROR, INPUT_STREAM, OUTPUT_STREAM
from spinfer.factors.wasi_io.interface import OCTOBER

_FLAGS = (
    "flags{read, write, file-integrity-sync, data-integrity-sync, requested-write-sync, mutate-directory}"
)
_OPEN_FLAGS = "flags{create, directory, exclusive, truncate}"
_PATH_FLAGS = "path-flags: flags{symlink-follow}"
_ADVICE = "enum{normal, sequential, random, will-need, dont-need, no-reuse}"
_NEW_TIME = f"variant{{no-change, now, timestamp({DATETIME})}}"
_TIMES = f"data-access-timestamp: {_NEW_TIME}, data-modification-timestamp: {_NEW_TIME}"
_TARGET = "new-descriptor: borrow<descriptor>, new-path: string"


def _method(name: str, call: Callable[..., object], parameters: str = "", result: str = "_") -> Function:
    """A method of `descriptor` that may answer with an error code."""
    given = ", ".join(filter(None, ["self: borrow<descriptor>", parameters]))
    return Function(f"[method]descriptor.{name}", f"func({given}) -> result<{result}, {ERROR_CODE}>", call)


_TYPES = (
    _method("read-via-stream", calls.read_via_stream, "offset: u64", "own<input-stream>"),
    _method("write-via-stream", calls.write_via_stream, "offset: u64", "own<output-stream>"),
    _method("append-via-stream", calls.append_via_stream, result="own<output-stream>"),
    _method("advise", calls.advise, f"offset: u64, length: u64, advice: {_ADVICE}"),
    _method("sync-data", calls.sync_data),
    _method("get-flags", calls.get_flags, result=_FLAGS),
    _method("get-type", calls.get_type, result=TYPE),
    _method("set-size", calls.set_size, "size: u64"),
    _method("set-times", calls.set_times, _TIMES),
    _method("read", calls.read, "length: u64, offset: u64", "tuple<list<u8>, bool>"),
    _method("write", calls.write, "buffer: list<u8>, offset: u64", "u64"),
    _method("read-directory", calls.read_directory, result="own<directory-entry-stream>"),
    _method("sync", calls.sync),
    _method("create-directory-at", calls.create_directory_at, "path: string"),
    _method("stat", calls.stat, result=STAT),
    _method("stat-at", calls.stat_at, f"{_PATH_FLAGS}, path: string", STAT),
    _method("set-times-at", calls.set_times_at, f"{_PATH_FLAGS}, path: string, {_TIMES}"),
    _method("link-at", calls.link_at, f"old-{_PATH_FLAGS}, old-path: string, {_TARGET}"),
    _method(
        "open-at",
        calls.open_at,
        f"{_PATH_FLAGS}, path: string, open-flags: {_OPEN_FLAGS}, flags: {_FLAGS}",
        "own<descriptor>",
    ),
    _method("readlink-at", calls.readlink_at, "path: string", "string"),
    _method("remove-directory-at", calls.remove_directory_at, "path: string"),
    _method("rename-at", calls.rename_at, f"old-path: string, {_TARGET}"),
    _method("symlink-at", calls.symlink_at, "old-path: string, new-path: string"),
    _method("unlink-file-at", calls.unlink_file_at, "path: string"),
    Function(
        "[method]descriptor.is-same-object",
        "func(self: borrow<descriptor>, other: borrow<descriptor>) -> bool",
        calls.is_same_object,
    ),
    _method("metadata-hash", calls.metadata_hash, result=HASH),
    _method("metadata-hash-at", calls.metadata_hash_at, f"{_PATH_FLAGS}, path: string", HASH),
    Function(
        "[method]directory-entry-stream.read-directory-entry",
        "func(self: borrow<directory-entry-stream>)"
        f" -> result<option<record{{type: {TYPE}, name: string}}>, {ERROR_CODE}>",
        calls.read_directory_entry,
    ),
    Function(
        "filesystem-error-code",
        f"func(err: borrow<error>) -> option<{ERROR_CODE}>",
        calls.filesystem_error_code,
    ),
)

_RESOURCES = (DESCRIPTOR, ENTRIES, INPUT_STREAM, OUTPUT_STREAM, ERROR)

INTERFACES: Final = (
    Interface("wasi:filesystem/types", VERSIONS, NAME, _TYPES, _RESOURCES),
    Interface("wasi:filesystem/types", (OCTOBER,), NAME, (), _RESOURCES),
    Interface(
        "wasi:filesystem/preopens",
        SINCE_OCTOBER,
        NAME,
        (
            Function(
                "get-directories",
                "func() -> list<tuple<own<descriptor>, string>>",
                calls.get_directories,
            ),
        ),
        (DESCRIPTOR,),
    ),
)
