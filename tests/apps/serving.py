"""`spinfer up` in a process of its own, and what a test wants of it."""

from __future__ import annotations

import shutil
import signal
import subprocess
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from apps.conftest import command
from guests import example, lacks

FAR = 120.0


def needs(name: str) -> pytest.MarkDecorator:
    """Skips a test of a guest example that this machine cannot build."""
    return pytest.mark.skipif(bool(lacks(name)), reason=lacks(name))


@dataclass
class Running:
    """A `spinfer up` that serves."""

    process: subprocess.Popen[str]
    out: Path
    err: Path
    url: str

    def get(self, path: str) -> bytes:
        with urllib.request.urlopen(self.url + path, timeout=FAR) as answer:
            return answer.read()

    def post(self, path: str, body: str) -> bytes:
        with urllib.request.urlopen(self.url + path, body.encode(), timeout=FAR) as answer:
            return answer.read()

    def end(self, signum: signal.Signals = signal.SIGINT) -> int:
        self.process.send_signal(signum)
        return self.process.wait(FAR)


@contextmanager
def running(
    environment: dict[str, str], folder: Path, *options: str, sign: str = "/tea\n", serve: str = "up"
) -> Iterator[Running]:
    """Once the announcement has ended, which it does with `sign`."""
    out, err = folder.parent / "out", folder.parent / "err"
    with out.open("w") as stdout, err.open("w") as stderr:
        process = subprocess.Popen(
            command(serve, "--listen", "127.0.0.1:0", *options),
            cwd=folder,
            env=environment,
            stdout=stdout,
            stderr=stderr,
            text=True,
        )
    try:
        end = time.monotonic() + FAR
        while not (said := out.read_text()).endswith(sign):
            assert process.poll() is None, err.read_text()
            assert time.monotonic() < end, err.read_text()
            time.sleep(0.02)
        url = said.partition("://")[2].partition("\n")[0].rstrip('",')
        yield Running(process, out, err, f"http://{url}")
    finally:
        process.kill()
        process.wait()


def copied(name: str, folder: Path) -> Path:
    """A built example of its own, to write into."""
    return Path(shutil.copytree(example(name), folder / name))


def until_said(up: Running, sign: str, *, within_s: float = FAR) -> None:
    end = time.monotonic() + within_s
    while sign not in up.err.read_text():
        assert time.monotonic() < end, up.err.read_text()
        time.sleep(0.02)
