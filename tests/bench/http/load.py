"""Load from wrk: one thread of it, which takes about 1 % of a core for each thousand requests a second."""

from __future__ import annotations

import re
import shutil
import subprocess
from dataclasses import dataclass

from bench.engine.say import Unmeasurable
from bench.http.servers import HEADERS, Server

CONNECTIONS = 8

_REQUESTS = re.compile(r"^\s*(\d+) requests in", re.MULTILINE)
_RATE = re.compile(r"^Requests/sec:\s*([\d.]+)", re.MULTILINE)
_WRONG = re.compile(r"Non-2xx or 3xx responses: (\d+)|Socket errors: (.*)")


@dataclass(frozen=True, slots=True)
class Load:
    """What a server took: requests a second, and its own CPU time for each, in milliseconds."""

    rate: float
    cpu_ms: float


def put_on(server: Server, seconds: float) -> Load:
    """Keep every connection busy for so long. Raises Unmeasurable where an answer was not a good one."""
    if shutil.which("wrk") is None:
        raise Unmeasurable("`wrk` is not installed: apt-get install wrk")
    before = server.cpu_s()
    done = subprocess.run(
        [
            *("wrk", "--threads", "1", "--connections", str(CONNECTIONS), "--duration", f"{seconds:g}s"),
            *(part for name, value in HEADERS.items() for part in ("--header", f"{name}: {value}")),
            server.url,
        ],
        capture_output=True,
        text=True,
        check=False,
    )
    cpu_s = server.cpu_s() - before
    requests, rate = _REQUESTS.search(done.stdout), _RATE.search(done.stdout)
    if requests is None or rate is None or int(requests[1]) == 0:
        raise Unmeasurable(f"wrk said: {done.stdout}{done.stderr}")
    if wrong := _WRONG.search(done.stdout):
        raise Unmeasurable(f"not every answer was right: {wrong[0]}")
    return Load(float(rate[1]), cpu_s * 1000 / int(requests[1]))
