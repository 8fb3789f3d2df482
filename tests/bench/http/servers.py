"""Servers as processes of their own: `spinfer up`, and `jco serve`; asked on loopback, ended by group."""

from __future__ import annotations

import http.client
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType

from bench.engine.say import Unmeasurable
from bench.http.guests import BUILD, Guest, installed
from bench.http.stubs import write_stubs

PATH = "/hello/world"
HEADERS = {"spin-path-match-name": "world"}
"""What the Python guest reads. Our host sets it by itself and drops the client's; jco passes it on."""
CACHE = BUILD / "compiled"

_PATIENCE_S = 240.0
_TICKS_PER_S = os.sysconf("SC_CLK_TCK")


class Server:
    """A command that serves on `port`, in a `with` block; `ready_s` is how long its first 200 took."""

    def __init__(self, command: Sequence[str | Path], port: int, path: str = PATH) -> None:
        self.port = port
        self.path = path
        began = time.perf_counter()
        self._log = (BUILD / f"server-{port}.log").open("wb")
        self._process = subprocess.Popen(
            [str(part) for part in command],
            stdin=subprocess.DEVNULL,
            stdout=self._log,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        try:
            self._wait_until_ready()
        except BaseException:
            self.close()
            raise
        self.ready_s = time.perf_counter() - began

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}{self.path}"

    @property
    def ended(self) -> bool:
        """By itself."""
        return self._process.poll() is not None

    def cpu_s(self) -> float:
        """CPU time of its processes so far, threads included, kernel included."""
        ticks = 0
        for pid in self._processes():
            fields = _stat(pid)
            ticks += int(fields[11]) + int(fields[12])
        return ticks / _TICKS_PER_S

    def memory_bytes(self) -> int:
        """What its processes alone keep in memory, and their share of what they share."""
        kib = 0
        for pid in self._processes():
            lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
            kib += next(int(line.split()[1]) for line in lines if line.startswith("Pss:"))
        return kib * 1024

    def _processes(self) -> list[int]:
        """It leads a group of its own."""
        pids = [int(folder.name) for folder in Path("/proc").iterdir() if folder.name.isdigit()]
        return [pid for pid in pids if _group(pid) == self._process.pid]

    def close(self) -> None:
        """jco starts a process of its own, which a signal to the first does not reach."""
        try:
            os.killpg(self._process.pid, signal.SIGTERM)
            self._process.wait(10)
        except subprocess.TimeoutExpired:
            os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait()
        except ProcessLookupError:
            self._process.wait()
        self._log.close()

    def __enter__(self) -> Server:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _wait_until_ready(self) -> None:
        until = time.monotonic() + _PATIENCE_S
        while not self._answers():
            if self._process.poll() is not None or time.monotonic() > until:
                said = Path(self._log.name).read_text(errors="replace")[-2000:]
                raise Unmeasurable(f"no answer from {self._process.args!r}:\n{said}")
            time.sleep(0.005)

    def _answers(self) -> bool:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        try:
            connection.request("GET", self.path, headers=HEADERS)
            return connection.getresponse().status == 200
        except (OSError, http.client.HTTPException):
            return False
        finally:
            connection.close()


def ours(app: Path, *options: str, path: str = PATH) -> Server:
    port = _free_port()
    command: list[str | Path] = [
        *(sys.executable, "-m", "spinfer", "up", "-f", app, "--listen", f"127.0.0.1:{port}", "--quiet"),
        *("--log-dir", "", "--cache-dir", CACHE),
    ]
    return Server([*command, *options], port, path)


def jco(guest: Guest) -> Server:
    port = _free_port()
    stubs = write_stubs(guest.wasm, BUILD / "stubs")
    maps = [f"{name}={file}" for name, file in stubs.items()]
    options = [*guest.jco, *(["--jco-map", *maps, "--"] if maps else [])]
    program = installed("jco") / "node_modules/.bin/jco"
    return Server(["node", program, "serve", "--port", str(port), *options, guest.wasm], port)


def _stat(pid: int) -> list[str]:
    """What the kernel says of a process, from its state on."""
    return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()


def _group(pid: int) -> int | None:
    """None for one that has just ended."""
    try:
        return int(_stat(pid)[2])
    except (FileNotFoundError, ProcessLookupError):
        return None


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
