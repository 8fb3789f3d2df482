"""What wasmtime alone takes for a request: the time inside it, on one thread, less what the host does there.

`instantiate` is wasmtime's instantiation; `guest` is the call of the guest's `handle` without the time that
host functions and destructors take, from their first line in Python to their last. The crossings themselves
stay with the guest: below 1 µs each. `free` is giving the instance back, which the floor leaves out. All is
configured as `spinfer up` has it. Run as a process: `python -m bench.http.floor APP`, which prints JSON.
"""

from __future__ import annotations

import json
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

_WARM_UP, _REQUESTS = 30, 200


def measured(app: Path) -> Mapping[str, float]:
    """Milliseconds a request: `instantiate`, `guest`, `host`, `free`, `all`; and `calls`, their number."""
    command = [sys.executable, "-m", "bench.http.floor", str(app)]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    values: dict[str, float] = json.loads(done.stdout)
    return values


class Clock:
    """Adds up the seconds spent in what it wraps, and how often."""

    def __init__(self) -> None:
        self.seconds = 0.0
        self.calls = 0

    def around(self, call: Callable[..., Any]) -> Callable[..., Any]:
        def timed(*arguments: Any) -> Any:
            began = time.perf_counter()
            try:
                return call(*arguments)
            finally:
                self.seconds += time.perf_counter() - began
                self.calls += 1

        return timed


def _main(app: Path) -> None:
    # imported here: whoever only starts this process needs none of it
    from wasmtime import _ffi as ffi

    from bench.http.inside import Inside
    from spinfer.bindings import hostcall, imports, layout
    from spinfer.bindings.resources import Resources

    instantiation, call, host, free, all_ = (Clock() for _ in range(5))
    compiled = hostcall.compiled
    imports.hostcall.compiled = lambda *parts: host.around(compiled(*parts))  # type: ignore[attr-defined]
    Resources.drop = host.around(Resources.drop)  # type: ignore[method-assign]
    ffi.wasmtime_component_linker_instantiate = instantiation.around(
        ffi.wasmtime_component_linker_instantiate
    )
    ffi.wasmtime_store_delete = free.around(ffi.wasmtime_store_delete)
    layout.call_function = call.around(layout.call_function)
    clocks = {"instantiate": instantiation, "call": call, "host": host, "free": free, "all": all_}

    def run(inside: Inside) -> None:
        for _ in range(_WARM_UP):
            inside.ask()
        for clock in clocks.values():
            clock.seconds, clock.calls = 0.0, 0
        ask = all_.around(inside.ask)
        for _ in range(_REQUESTS):
            ask()

    with Inside(app) as inside:
        thread = threading.Thread(target=run, args=(inside,))
        thread.start()
        thread.join()
    values = {name: clock.seconds * 1000 / _REQUESTS for name, clock in clocks.items()}
    values["guest"] = values.pop("call") - values["host"]
    values["calls"] = host.calls / _REQUESTS
    print(json.dumps(values))


if __name__ == "__main__":
    _main(Path(sys.argv[1]))
