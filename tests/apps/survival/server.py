"""The host under attack: `spinfer up` in a process of its own, with a way to ask what it holds."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TextIO

from apps.survival.census import Census, together

WORKERS = 2
_FAR_S = 120.0


class Server:
    """Any thread, one at a time."""

    def __init__(
        self, process: subprocess.Popen[bytes], port: int, counting: Sequence[tuple[TextIO, TextIO]]
    ) -> None:
        """`counting`: for each of its processes, where to ask and where it tells."""
        self.process = process
        self.port = port
        self._counting = counting

    def census(self) -> Census:
        """Of all its processes."""
        for ask, _ in self._counting:
            ask.write("\n")
            ask.flush()
        return together(Census(**json.loads(told.readline())) for _, told in self._counting)

    def end(self) -> int:
        """As Ctrl-C does; the exit code."""
        self.process.send_signal(signal.SIGINT)
        return self.process.wait(_FAR_S)


@contextmanager
def serving(folder: Path, environment: Mapping[str, str], *options: str) -> Iterator[Server]:
    """With `WORKERS` processes for guests; its standard error goes to `folder/err`."""
    pipes = [(*os.pipe(), *os.pipe()) for _ in range(1 + WORKERS)]
    theirs = [file for questions, _, _, answers in pipes for file in (questions, answers)]
    out, err = folder / "out", folder / "err"
    with out.open("w") as stdout, err.open("w") as stderr:
        process = subprocess.Popen(
            [
                *(sys.executable, "-m", "apps.survival.census", ",".join(map(str, theirs))),
                *("up", "-f", str(folder), "--listen", "127.0.0.1:0", "--workers", str(WORKERS), *options),
            ],
            env={**environment, "PYTHONPATH": os.pathsep.join(_import_path(environment))},
            stdout=stdout,
            stderr=stderr,
            pass_fds=theirs,
        )
    for file in theirs:
        os.close(file)
    try:
        with ExitStack() as closing:
            counting = [
                (closing.enter_context(os.fdopen(ask, "w")), closing.enter_context(os.fdopen(told)))
                for _, ask, told, _ in pipes
            ]
            yield Server(process, _port(process, out, err), counting)
    finally:
        process.kill()
        process.wait()


def _import_path(environment: Mapping[str, str]) -> Iterator[str]:
    """This package's folder, and what is on the path already."""
    yield str(Path(__file__).parents[2])
    if "PYTHONPATH" in environment:
        yield environment["PYTHONPATH"]


def _port(process: subprocess.Popen[bytes], out: Path, err: Path) -> int:
    end = time.monotonic() + _FAR_S
    while (found := re.search(r"Serving http://127\.0\.0\.1:(\d+)", out.read_text())) is None:
        assert process.poll() is None, err.read_text()
        assert time.monotonic() < end, err.read_text()
        time.sleep(0.02)
    return int(found[1])
