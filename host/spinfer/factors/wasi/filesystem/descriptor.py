"""An open file or folder as a guest holds it. Methods raise OSError, as the system does. Guest thread."""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Collection

from spinfer.factors.wasi.filesystem.codes import refusal
from spinfer.factors.wasi.filesystem.open_file import OpenFile, OpenFiles
from spinfer.factors.wasi.filesystem.paths import Place, resolved
from spinfer.factors.wasi_io.streams import MAX_READ_BYTES

_ALWAYS = os.O_CLOEXEC | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_NOCTTY
"""Not blocking: opening a FIFO would wait for somebody to open its other end."""
_SYNC = {
    "file-integrity-sync": os.O_SYNC,
    "data-integrity-sync": os.O_DSYNC,
    "requested-write-sync": getattr(os, "O_RSYNC", os.O_SYNC),
}
_CHANGING = frozenset({"write", "mutate-directory"})


class Descriptor:
    """`writable` is the mount's: what is below a read-only folder is read-only."""

    __slots__ = ("_flags", "_writable", "file", "is_folder")

    def __init__(self, file: OpenFile, flags: frozenset[str], writable: bool) -> None:
        self.file = file
        self._flags = flags
        self._writable = writable
        self.is_folder = stat.S_ISDIR(os.fstat(file.fd).st_mode)

    @classmethod
    def folder(cls, path: str | os.PathLike[str], writable: bool, files: OpenFiles) -> Descriptor:
        """A folder of the host's, as the root of a guest's."""
        fd = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        return cls(files.own(fd), frozenset({"read"}), writable)

    @property
    def fd(self) -> int:
        return self.file.fd

    @property
    def flags(self) -> frozenset[str]:
        """As `get-flags` tells them."""
        if self._writable and self.is_folder:
            return self._flags | {"mutate-directory"}
        return self._flags - {"mutate-directory"}

    def close(self) -> None:
        self.file.close()

    def stat(self) -> os.stat_result:
        return os.fstat(self.fd)

    def need_file(self, *flags: str) -> None:
        """Raises OSError unless it is no folder and was opened with these flags."""
        if self.is_folder:
            raise refusal(errno.EISDIR)
        if not self._flags.issuperset(flags):
            raise refusal(errno.EBADF)

    def need_writable(self) -> None:
        if not self._writable:
            raise refusal(errno.EROFS)

    def open_at(self, path: str, how: Collection[str], flags: frozenset[str], *, follow: bool) -> Descriptor:
        """`how` are WIT's open-flags, `flags` its descriptor-flags."""
        if flags & _CHANGING or "create" in how or "truncate" in how:
            self.need_writable()
        if "truncate" in how and "write" not in flags:
            raise refusal(errno.EINVAL)
        exclusive = {"create", "exclusive"} <= {*how}
        with resolved(self.fd, path, follow=follow and not exclusive) as place:
            if place.must_be_folder and "create" in how:
                raise refusal(errno.EISDIR)
            fd = os.open(place.name, _mode(place, how, flags), 0o666, dir_fd=place.folder)
        return Descriptor(self.file.sibling(fd), flags - {"mutate-directory"}, self._writable)

    def read(self, length: int, offset: int) -> bytes:
        self.need_file("read")
        return os.pread(self.fd, min(length, MAX_READ_BYTES), offset)

    def write(self, data: bytes, offset: int) -> int:
        self.need_file("write")
        return os.pwrite(self.fd, data, offset)

    def set_times(self, accessed_ns: int | None, modified_ns: int | None) -> None:
        """None: as it is."""
        self.need_writable()
        info = self.stat()
        os.utime(self.fd, ns=_times(info, accessed_ns, modified_ns))

    def set_times_at(
        self, path: str, accessed_ns: int | None, modified_ns: int | None, *, follow: bool
    ) -> None:
        self.need_writable()
        with resolved(self.fd, path, follow=follow) as place:
            info = _stat(place)
            times = _times(info, accessed_ns, modified_ns)
            os.utime(place.name, ns=times, dir_fd=place.folder, follow_symlinks=False)

    def stat_at(self, path: str, *, follow: bool) -> os.stat_result:
        with resolved(self.fd, path, follow=follow) as place:
            return _stat(place)

    def readlink_at(self, path: str) -> str:
        with resolved(self.fd, path, follow=False) as place:
            link = os.readlink(place.name, dir_fd=place.folder)
        if link.startswith("/"):
            raise refusal(errno.EPERM)
        return link

    def create_directory_at(self, path: str) -> None:
        self.need_writable()
        with resolved(self.fd, path, follow=False) as place:
            os.mkdir(place.name, dir_fd=place.folder)

    def symlink_at(self, link: str, path: str) -> None:
        """Make `path` a link to `link`. An absolute one is refused: it would lead out."""
        self.need_writable()
        if link.startswith("/"):
            raise refusal(errno.EPERM)
        if "\0" in link:
            raise refusal(errno.EINVAL)
        with resolved(self.fd, path, follow=False) as place:
            if place.must_be_folder:
                raise refusal(errno.ENOENT)
            os.symlink(link, place.name, dir_fd=place.folder)

    def link_at(self, path: str, target: Descriptor, new_path: str, *, follow: bool) -> None:
        """Both sides must be writable: a second name in a writable folder would make a file writable."""
        self.need_writable()
        target.need_writable()
        with (
            resolved(self.fd, path, follow=follow) as old,
            resolved(target.fd, new_path, follow=False) as new,
        ):
            _need_file_name(old, new)
            os.link(old.name, new.name, src_dir_fd=old.folder, dst_dir_fd=new.folder, follow_symlinks=False)

    def rename_at(self, path: str, target: Descriptor, new_path: str) -> None:
        self.need_writable()
        target.need_writable()
        with (
            resolved(self.fd, path, follow=False) as old,
            resolved(target.fd, new_path, follow=False) as new,
        ):
            if (old.must_be_folder or new.must_be_folder) and not stat.S_ISDIR(_stat(old).st_mode):
                raise refusal(errno.ENOTDIR)
            os.rename(old.name, new.name, src_dir_fd=old.folder, dst_dir_fd=new.folder)

    def remove_directory_at(self, path: str) -> None:
        self.need_writable()
        with resolved(self.fd, path, follow=False) as place:
            os.rmdir(place.name, dir_fd=place.folder)

    def unlink_file_at(self, path: str) -> None:
        self.need_writable()
        with resolved(self.fd, path, follow=False) as place:
            if stat.S_ISDIR(_stat(place).st_mode):  # systems differ in what they say, and one even does it
                raise refusal(errno.EISDIR)
            os.unlink(place.name, dir_fd=place.folder)


def _mode(place: Place, how: Collection[str], flags: frozenset[str]) -> int:
    mode = _ALWAYS | (
        os.O_RDWR if {"read", "write"} <= flags else os.O_WRONLY if "write" in flags else os.O_RDONLY
    )
    if "create" in how:
        mode |= os.O_CREAT
    if "exclusive" in how:
        mode |= os.O_EXCL
    if "truncate" in how:
        mode |= os.O_TRUNC
    if "directory" in how or place.must_be_folder:
        mode |= os.O_DIRECTORY
    for flag in flags & _SYNC.keys():
        mode |= _SYNC[flag]
    return mode


def _stat(place: Place) -> os.stat_result:
    info = os.stat(place.name, dir_fd=place.folder, follow_symlinks=False)
    if place.must_be_folder and not stat.S_ISDIR(info.st_mode):
        raise refusal(errno.ENOTDIR)
    return info


def _times(info: os.stat_result, accessed_ns: int | None, modified_ns: int | None) -> tuple[int, int]:
    return (
        info.st_atime_ns if accessed_ns is None else accessed_ns,
        info.st_mtime_ns if modified_ns is None else modified_ns,
    )


def _need_file_name(*places: Place) -> None:
    if any(place.must_be_folder for place in places):
        raise refusal(errno.ENOTDIR)
