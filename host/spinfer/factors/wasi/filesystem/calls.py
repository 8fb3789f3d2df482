"""The functions of `wasi:filesystem`, on the guest's thread: handles and values to descriptors, and back."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator
from typing import Concatenate, Final, NamedTuple, ParamSpec, TypeVar, cast

from spinfer.bindings.hostcall import current
from spinfer.bindings.resources import Resource
from spinfer.bindings.traps import Trapped
from spinfer.bindings.values import Case, Err, Ok, Some
from spinfer.factors.wasi.clocks import NS_PER_S, Datetime
from spinfer.factors.wasi.filesystem.codes import FileError, code_of
from spinfer.factors.wasi.filesystem.descriptor import Descriptor
from spinfer.factors.wasi.filesystem.metadata import (
    DescriptorStat,
    MetadataHash,
    described,
    hash_of,
    kind_of,
)
from spinfer.factors.wasi.filesystem.streams import FileReader, FileWriter
from spinfer.factors.wasi.state import WasiState
from spinfer.factors.wasi_io.handles import error_of, own_input, own_output

DESCRIPTOR: Final = Resource("descriptor", lambda descriptor: cast(Descriptor, descriptor).close())
ENTRIES: Final = Resource("directory-entry-stream")

P = ParamSpec("P")
T = TypeVar("T")
Call = Callable[Concatenate[WasiState, int, P], T]


class DirectoryEntry(NamedTuple):
    type: str
    name: str


def answering(call: Callable[Concatenate[Descriptor, P], T]) -> Call[P, Ok[T] | Err[str]]:
    """A method of `descriptor`: its result as the WIT result, what the system refuses as the error code."""

    def answer(_state: WasiState, self: int, /, *args: P.args, **kwargs: P.kwargs) -> Ok[T] | Err[str]:
        try:
            return Ok(call(_descriptor(self), *args, **kwargs))
        except (OSError, OverflowError, UnicodeError) as e:
            return Err(code_of(e))

    return answer


def get_directories(state: WasiState) -> list[tuple[int, str]]:
    """Opens the mounts. Raises Trapped for one that is gone since the app was loaded."""
    resources = current().resources
    found = []
    for mount in state.grants.mounts:
        try:
            folder = Descriptor.folder(mount.host, mount.writable, state.open_files)
        except OSError as e:
            raise Trapped(f"its folder `{mount.guest}` cannot be opened: {e.strerror}") from e
        found.append((resources.own(DESCRIPTOR, folder), mount.guest))
    return found


@answering
def read_via_stream(self: Descriptor, offset: int) -> int:
    self.need_file("read")
    return own_input(current().resources, FileReader(self.file.duplicate(), offset))


@answering
def write_via_stream(self: Descriptor, offset: int) -> int:
    self.need_file("write")
    return own_output(current().resources, FileWriter(self.file.duplicate(), offset))


@answering
def append_via_stream(self: Descriptor) -> int:
    self.need_file("write")
    return own_output(current().resources, FileWriter(self.file.duplicate(), None))


@answering
def advise(self: Descriptor, offset: int, length: int, advice: str) -> None:
    self.need_file()
    if hasattr(os, "posix_fadvise"):
        os.posix_fadvise(self.fd, offset, length, getattr(os, _ADVICE[advice]))


_ADVICE = {
    "normal": "POSIX_FADV_NORMAL",
    "sequential": "POSIX_FADV_SEQUENTIAL",
    "random": "POSIX_FADV_RANDOM",
    "will-need": "POSIX_FADV_WILLNEED",
    "dont-need": "POSIX_FADV_DONTNEED",
    "no-reuse": "POSIX_FADV_NOREUSE",
}


@answering
def sync_data(self: Descriptor) -> None:
    getattr(os, "fdatasync", os.fsync)(self.fd)


@answering
def sync(self: Descriptor) -> None:
    os.fsync(self.fd)


@answering
def get_flags(self: Descriptor) -> frozenset[str]:
    return self.flags


@answering
def get_type(self: Descriptor) -> str:
    return kind_of(self.stat())


@answering
def set_size(self: Descriptor, size: int) -> None:
    self.need_file("write")
    os.ftruncate(self.fd, size)


@answering
def set_times(self: Descriptor, accessed: Case, modified: Case) -> None:
    self.set_times(_ns(accessed), _ns(modified))


@answering
def read(self: Descriptor, length: int, offset: int) -> tuple[bytes, bool]:
    data = self.read(length, offset)
    return data, not data and length > 0


@answering
def write(self: Descriptor, data: bytes, offset: int) -> int:
    return self.write(data, offset)


@answering
def read_directory(self: Descriptor) -> int:
    """All entries at once: the guest's changes while it reads do not disturb it."""
    with os.scandir(self.fd) as found:
        entries = [DirectoryEntry(_kind(entry), entry.name) for entry in found]
    return current().resources.own(ENTRIES, iter(entries))


def read_directory_entry(_state: WasiState, self: int) -> Ok[Some[DirectoryEntry] | None] | Err[str]:
    entries = cast(Iterator[DirectoryEntry], current().resources.borrow(self))
    entry = next(entries, None)
    if entry is None:
        return Ok(None)
    try:
        entry.name.encode()
    except UnicodeEncodeError as e:
        return Err(code_of(e))
    return Ok(Some(entry))


@answering
def stat(self: Descriptor) -> DescriptorStat:
    return described(self.stat())


@answering
def stat_at(self: Descriptor, path_flags: frozenset[str], path: str) -> DescriptorStat:
    return described(self.stat_at(path, follow=_follow(path_flags)))


@answering
def set_times_at(
    self: Descriptor, path_flags: frozenset[str], path: str, accessed: Case, modified: Case
) -> None:
    self.set_times_at(path, _ns(accessed), _ns(modified), follow=_follow(path_flags))


@answering
def open_at(
    self: Descriptor, path_flags: frozenset[str], path: str, how: frozenset[str], flags: frozenset[str]
) -> int:
    found = self.open_at(path, how, flags, follow=_follow(path_flags))
    return current().resources.own(DESCRIPTOR, found)


@answering
def readlink_at(self: Descriptor, path: str) -> str:
    link = self.readlink_at(path)
    link.encode()  # raises what cannot be told to a guest
    return link


@answering
def create_directory_at(self: Descriptor, path: str) -> None:
    self.create_directory_at(path)


@answering
def symlink_at(self: Descriptor, old_path: str, new_path: str) -> None:
    self.symlink_at(old_path, new_path)


@answering
def link_at(
    self: Descriptor, path_flags: frozenset[str], old_path: str, new_descriptor: int, new_path: str
) -> None:
    self.link_at(old_path, _descriptor(new_descriptor), new_path, follow=_follow(path_flags))


@answering
def rename_at(self: Descriptor, old_path: str, new_descriptor: int, new_path: str) -> None:
    self.rename_at(old_path, _descriptor(new_descriptor), new_path)


@answering
def remove_directory_at(self: Descriptor, path: str) -> None:
    self.remove_directory_at(path)


@answering
def unlink_file_at(self: Descriptor, path: str) -> None:
    self.unlink_file_at(path)


def is_same_object(_state: WasiState, self: int, other: int) -> bool:
    return os.path.samestat(_descriptor(self).stat(), _descriptor(other).stat())


@answering
def metadata_hash(self: Descriptor) -> MetadataHash:
    return hash_of(self.stat())


@answering
def metadata_hash_at(self: Descriptor, path_flags: frozenset[str], path: str) -> MetadataHash:
    return hash_of(self.stat_at(path, follow=_follow(path_flags)))


def filesystem_error_code(_state: WasiState, error: int) -> Some[str] | None:
    cause = error_of(current().resources, error).cause
    return Some(cause.code) if isinstance(cause, FileError) else None


def _descriptor(rep: int) -> Descriptor:
    return cast(Descriptor, current().resources.borrow(rep))


def _follow(path_flags: frozenset[str]) -> bool:
    return "symlink-follow" in path_flags


def _ns(when: Case) -> int | None:
    """WIT's new-timestamp; None: no change."""
    match when:
        case Case("no-change"):
            return None
        case Case("now"):
            return time.time_ns()
        case Case(_, value):
            time_ = cast(Datetime, value)
            return time_.seconds * NS_PER_S + time_.nanoseconds


def _kind(entry: os.DirEntry[str]) -> str:
    try:
        return kind_of(entry.stat(follow_symlinks=False))
    except OSError:  # it is gone already
        return "unknown"
