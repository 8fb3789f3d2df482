"""What `wasi:filesystem` says of a file: its kind, size, times, and who it is."""

from __future__ import annotations

import hashlib
import os
import secrets
import stat
from collections.abc import Callable
from typing import Final, NamedTuple

from spinfer.bindings.values import Some
from spinfer.factors.wasi.clocks import Datetime

TYPE: Final = (
    "enum{unknown, block-device, character-device, directory, fifo, symbolic-link, regular-file, socket}"
)
DATETIME: Final = "record{seconds: u64, nanoseconds: u32}"
STAT: Final = (
    f"record{{type: {TYPE}, link-count: u64, size: u64, data-access-timestamp: option<{DATETIME}>, "
    f"data-modification-timestamp: option<{DATETIME}>, status-change-timestamp: option<{DATETIME}>}}"
)
HASH: Final = "record{lower: u64, upper: u64}"

_KINDS: tuple[tuple[Callable[[int], bool], str], ...] = (
    (stat.S_ISREG, "regular-file"),
    (stat.S_ISDIR, "directory"),
    (stat.S_ISLNK, "symbolic-link"),
    (stat.S_ISFIFO, "fifo"),
    (stat.S_ISSOCK, "socket"),
    (stat.S_ISCHR, "character-device"),
    (stat.S_ISBLK, "block-device"),
)
_SECRET = secrets.token_bytes(16)
"""A guest learns which files are the same, not which inodes the host has."""


class DescriptorStat(NamedTuple):
    type: str
    link_count: int
    size: int
    data_access_timestamp: Some[Datetime] | None
    data_modification_timestamp: Some[Datetime] | None
    status_change_timestamp: Some[Datetime] | None


class MetadataHash(NamedTuple):
    lower: int
    upper: int


def kind_of(info: os.stat_result) -> str:
    return next((kind for is_kind, kind in _KINDS if is_kind(info.st_mode)), "unknown")


def described(info: os.stat_result) -> DescriptorStat:
    return DescriptorStat(
        kind_of(info),
        info.st_nlink,
        info.st_size,
        _time(info.st_atime_ns),
        _time(info.st_mtime_ns),
        _time(info.st_ctime_ns),
    )


def hash_of(info: os.stat_result) -> MetadataHash:
    """The same for as long as the file is the same, whatever is written to it."""
    identity = f"{info.st_dev} {info.st_ino}".encode()
    digest = hashlib.blake2b(identity, digest_size=16, key=_SECRET).digest()
    return MetadataHash(int.from_bytes(digest[:8], "little"), int.from_bytes(digest[8:], "little"))


def _time(ns: int) -> Some[Datetime] | None:
    """None before 1970: WIT's seconds have no sign."""
    return Some(Datetime.from_ns(ns)) if ns >= 0 else None
