"""The host under attack: `spinfer up` in a process of its own, with a way to ask what it holds."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TextIO

from apps.survival.census import Census

_FAR_S = 120.0


class Server:
    """Any thread, one at a time."""

    def __init__(self, process: subprocess.Popen[bytes], port: int, ask: TextIO, told: TextIO) -> None:
        self.process = process
        self.port = port
        self._ask = ask
        self._told = told

    def census(self) -> Census:
        self._ask.write("\n")
        self._ask.flush()
        return Census(**json.loads(self._told.readline()))

    def end(self) -> int:
        """As Ctrl-C does; the exit code."""
        self.process.send_signal(signal.SIGINT)
        return self.process.wait(_FAR_S)


@contextmanager
def serving(folder: Path, environment: Mapping[str, str], *options: str) -> Iterator[Server]:
    """Its standard error goes to `folder/err`."""
    questions, ask = os.pipe()
    told, answers = os.pipe()
    out, err = folder / "out", folder / "err"
    with out.open("w") as stdout, err.open("w") as stderr:
        process = subprocess.Popen(
            [
                *(sys.executable, "-m", "apps.survival.census", str(questions), str(answers)),
                *("up", "-f", str(folder), "--listen", "127.0.0.1:0", *options),
            ],
            env={**environment, "PYTHONPATH": os.pathsep.join(_import_path(environment))},
            stdout=stdout,
            stderr=stderr,
            pass_fds=(questions, answers),
        )
    os.close(questions)
    os.close(answers)
    try:
        with os.fdopen(ask, "w") as asking, os.fdopen(told) as telling:
            yield Server(process, _port(process, out, err), asking, telling)
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
