"""The operating system's error numbers as `wasi:filesystem`'s error codes."""

from __future__ import annotations

import errno
import os
from dataclasses import dataclass
from typing import Final

_NAMES: Final = {
    "access": "EACCES",
    "would-block": "EAGAIN",
    "already": "EALREADY",
    "bad-descriptor": "EBADF",
    "busy": "EBUSY",
    "deadlock": "EDEADLK",
    "quota": "EDQUOT",
    "exist": "EEXIST",
    "file-too-large": "EFBIG",
    "illegal-byte-sequence": "EILSEQ",
    "in-progress": "EINPROGRESS",
    "interrupted": "EINTR",
    "invalid": "EINVAL",
    "io": "EIO",
    "is-directory": "EISDIR",
    "loop": "ELOOP",
    "too-many-links": "EMLINK",
    "message-size": "EMSGSIZE",
    "name-too-long": "ENAMETOOLONG",
    "no-device": "ENODEV",
    "no-entry": "ENOENT",
    "no-lock": "ENOLCK",
    "insufficient-memory": "ENOMEM",
    "insufficient-space": "ENOSPC",
    "not-directory": "ENOTDIR",
    "not-empty": "ENOTEMPTY",
    "not-recoverable": "ENOTRECOVERABLE",
    "unsupported": "EOPNOTSUPP",
    "no-tty": "ENOTTY",
    "no-such-device": "ENXIO",
    "overflow": "EOVERFLOW",
    "not-permitted": "EPERM",
    "pipe": "EPIPE",
    "read-only": "EROFS",
    "invalid-seek": "ESPIPE",
    "text-file-busy": "ETXTBSY",
    "cross-device": "EXDEV",
}
"""In WIT's order: these are all the cases of its enum."""

ENUM: Final = f"enum{{{', '.join(_NAMES)}}}"
_CODES = {getattr(errno, name): code for code, name in _NAMES.items() if hasattr(errno, name)} | {
    errno.ENOTSUP: "unsupported",
    errno.EMFILE: "quota",  # WIT has no word for too many open files
    errno.ENFILE: "quota",
}


@dataclass(frozen=True, slots=True)
class FileError:
    """What the error of a file's stream is, for `filesystem-error-code`."""

    code: str


def code_of(failure: OSError | OverflowError | UnicodeError) -> str:
    """`io` for what has no word of its own."""
    match failure:
        case OSError():
            return _CODES.get(failure.errno or 0, "io")
        case OverflowError():
            return "overflow"
        case UnicodeError():
            return "illegal-byte-sequence"


def refusal(number: int) -> OSError:
    """The error that the operating system would give: `refusal(errno.EROFS)`."""
    return OSError(number, os.strerror(number))
