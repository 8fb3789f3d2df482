"""`wasi:io` as a host declares it: names, versions and types."""

from __future__ import annotations

from typing import Final

DECEMBER: Final = "0.2.0-rc-2023-12-05"
NOVEMBER: Final = "0.2.0-rc-2023-11-10"
OCTOBER: Final = "0.2.0-rc-2023-10-18"
"""The release candidates that guests were built for; they serve only themselves."""
VERSIONS: Final = ("0.2.0",)
"""Every 0.2.x: they serve each other."""

_ERROR: Final = "variant{last-operation-failed(own<error>), closed}"
BYTES: Final = f"result<list<u8>, {_ERROR}>"
COUNT: Final = f"result<u64, {_ERROR}>"
DONE: Final = f"result<_, {_ERROR}>"

INPUT: Final = "self: borrow<input-stream>"
OUTPUT: Final = "self: borrow<output-stream>"
SOURCE: Final = "src: borrow<input-stream>"
