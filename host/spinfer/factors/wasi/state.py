"""What the calls of one guest instance know."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field

from spinfer.factors.wasi.filesystem.open_file import OpenFiles
from spinfer.factors.wasi.grants import Grants
from spinfer.factors.wasi_io.streams import InputStream, OutputStream


@dataclass(frozen=True, slots=True)
class WasiState:
    """Used on the instance's own thread."""

    grants: Grants
    stdin: InputStream
    stdout: OutputStream
    stderr: OutputStream
    open_files: OpenFiles = field(default_factory=OpenFiles)


@contextmanager
def opened(grants: Grants) -> Iterator[WasiState]:
    """An instance's state, with standard streams of its own that are dropped in the end."""
    with ExitStack() as closing:
        stdin = grants.stdin()
        closing.callback(stdin.drop)
        stdout = grants.stdout()
        closing.callback(stdout.drop)
        stderr = grants.stderr()
        closing.callback(stderr.drop)
        yield WasiState(grants, stdin, stdout, stderr)
