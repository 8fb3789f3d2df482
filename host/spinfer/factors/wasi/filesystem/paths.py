"""Finds what a guest's path names, one component at a time, without ever leaving the folder it starts from.

The system is never asked to follow a symbolic link or `..`: links are read and followed here, `..` goes back
to the folder it was entered from. So nothing that changes meanwhile can lead outside.
"""

from __future__ import annotations

import errno
import os
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Final

from spinfer.factors.wasi.filesystem.codes import refusal

MAX_PATH_BYTES: Final = 4096
MAX_DEPTH: Final = 100
"""Folders entered at once: each costs a file descriptor while the path is walked."""
MAX_LINKS: Final = 40

_ENTER = os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC | getattr(os, "O_PATH", os.O_RDONLY)


@dataclass(frozen=True, slots=True)
class Place:
    """An entry of an open folder, existing or not. A link, if it is one, is not to be followed any more."""

    folder: int
    """File descriptor."""
    name: str
    """Without slashes; `.` is the folder itself."""
    must_be_folder: bool
    """The path ended with a slash or the like."""


@contextmanager
def resolved(root: int, path: str, *, follow: bool) -> Iterator[Place]:
    """Where `path` leads from the folder `root`; its last component is followed, if a link, with `follow`.

    Raises OSError: EPERM for a path that leads out, ELOOP, ENOENT, ENOTDIR and the like.
    """
    entered: list[int] = []
    try:
        yield _walk(root, entered, path, follow)
    finally:
        for fd in entered:
            os.close(fd)


def _walk(root: int, entered: list[int], path: str, follow: bool) -> Place:
    left, must_be_folder = _parts(path)
    links = 0
    while left:
        part = left.popleft()
        here = entered[-1] if entered else root
        if part == "..":
            _leave(entered)
            continue
        if not left and not follow:
            return Place(here, part, must_be_folder)
        link = _link(here, part) if not left else _enter(here, part, entered)
        if link is not None:
            links += 1
            if links > MAX_LINKS:
                raise refusal(errno.ELOOP)
            more, ends_in_folder = _parts(link)
            must_be_folder |= ends_in_folder and not left
            left.extendleft(reversed(more))
        elif not left:
            return Place(here, part, must_be_folder)
    return Place(entered[-1] if entered else root, ".", True)


def _parts(path: str) -> tuple[deque[str], bool]:
    """The components, and whether the last must be a folder."""
    if not path:
        raise refusal(errno.ENOENT)
    if len(os.fsencode(path)) > MAX_PATH_BYTES:
        raise refusal(errno.ENAMETOOLONG)
    if "\0" in path:
        raise refusal(errno.EINVAL)
    if path.startswith("/"):
        raise refusal(errno.EPERM)
    parts = path.split("/")
    return deque(part for part in parts if part not in ("", ".")), parts[-1] in ("", ".", "..")


def _leave(entered: list[int]) -> None:
    if not entered:
        raise refusal(errno.EPERM)
    os.close(entered.pop())


def _enter(here: int, name: str, entered: list[int]) -> str | None:
    """Go into the folder; if it is a link, say where to instead."""
    if len(entered) >= MAX_DEPTH:
        raise refusal(errno.ENAMETOOLONG)
    try:
        entered.append(os.open(name, _ENTER, dir_fd=here))
    except OSError as e:
        if e.errno not in (errno.ENOTDIR, errno.ELOOP):
            raise
        link = _link(here, name)
        if link is None:
            raise
        return link
    return None


def _link(here: int, name: str) -> str | None:
    """Where a symbolic link leads; None: it is none, or there is nothing."""
    try:
        return os.readlink(name, dir_fd=here)
    except OSError as e:
        if e.errno in (errno.EINVAL, errno.ENOENT):
            return None
        raise
