"""How long a large guest takes to start: a Python app built with spin-sdk, compiled anew and from the cache.

    python tests/bench/bench_start.py [--runs N]

Builds the guest once, in an environment of its own under `build/`. A run is a new process, timed by a clock
that both processes share, from just before it is started until the guest's first instructions have run;
in turn with it, a process that only imports what the host imports.
"""

from __future__ import annotations

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
import time
import venv
from pathlib import Path

ROOT = Path(__file__).parents[2]
HOME = ROOT / "build" / "bench-start"
SDK = ("spin-sdk==3.4.1", "componentize-py==0.17.2")

APP = """
from spin_sdk.http import IncomingHandler, Request, Response

class IncomingHandler(IncomingHandler):
    def handle_request(self, request: Request) -> Response:
        return Response(200, {}, b"Hello")
"""

IMPORT = """
import sys, time
import spinfer.cli.run
print(time.clock_gettime(time.CLOCK_MONOTONIC))
"""

START = """
import sys, time
from pathlib import Path
import spinfer.cli.run
from spinfer.bindings.exports import instantiate
from spinfer.bindings.hostcall import InstanceContext
from spinfer.inference.cancellation import Cancellation
from spinfer.runtime.compile_cache import CompileCache
from spinfer.runtime.compiler import Compiler
from spinfer.runtime.limits import Limits, new_store
from spinfer.runtime.linking import link
from spinfer.runtime.loader import ComponentFile, read

wasm, cache = map(Path, sys.argv[1:])
file = ComponentFile("hello", wasm)
with Compiler() as compiler:
    component = CompileCache(compiler, cache).compile(read(file))
    linker = link(file, compiler.engine, component, [], host_wasi=True)
    with new_store(compiler, Limits()) as store:
        watch = compiler.clock.watch(store, Cancellation(), None)
        instantiate(linker, store, component, InstanceContext({}))
        print(time.clock_gettime(time.CLOCK_MONOTONIC))
        watch.close()
"""


def guest() -> Path:
    wasm = HOME / "app.wasm"
    if not wasm.exists():
        print(f"building a guest with {' and '.join(SDK)}: a minute, once", file=sys.stderr)
        venv.create(HOME / "venv", with_pip=True)
        bin_ = HOME / "venv" / "bin"
        environment = {
            **os.environ,
            "VIRTUAL_ENV": str(HOME / "venv"),
            "PATH": f"{bin_}{os.pathsep}{os.environ['PATH']}",
        }
        (HOME / "app.py").write_text(APP)
        for command in (
            [bin_ / "pip", "install", "--quiet", "--disable-pip-version-check", *SDK],
            [bin_ / "componentize-py", "-w", "spin-http", "componentize", "app", "-o", "app.wasm"],
        ):
            subprocess.run(command, cwd=HOME, env=environment, check=True, stdout=subprocess.DEVNULL)
    return wasm


def seconds(program: str, *arguments: Path) -> float:
    began = time.clock_gettime(time.CLOCK_MONOTONIC)
    done = subprocess.run(
        [sys.executable, "-c", program, *map(str, arguments)], stdout=subprocess.PIPE, check=True, text=True
    )
    return float(done.stdout) - began


def main() -> None:
    options = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    options.add_argument("--runs", type=int, default=11, help="warm starts (%(default)s)")
    runs = options.parse_args().runs
    wasm = guest()
    with tempfile.TemporaryDirectory() as cache:
        first = seconds(START, wasm, Path(cache))
        pairs = [(seconds(START, wasm, Path(cache)), seconds(IMPORT)) for _ in range(runs)]
    warm, imports = zip(*pairs, strict=True)
    spread = f"median of {runs}, {min(warm):.2f} to {max(warm):.2f}"
    print(f"\nA guest of {wasm.stat().st_size / 1e6:.0f} MB, process start to first guest instruction:\n")
    print("| | seconds |\n|---|---|")
    print(f"| first start, compiling | {first:.2f} |")
    print(f"| next starts ({spread}) | {statistics.median(warm):.2f} |")
    print(f"| of which Python and its imports | {statistics.median(imports):.2f} |")


if __name__ == "__main__":
    main()
