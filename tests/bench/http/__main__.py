"""The command: build the guests, measure, print the tables."""

from __future__ import annotations

import argparse
import json
import platform
import sys
from importlib.metadata import version
from pathlib import Path

from bench.engine.say import Unmeasurable, say
from bench.http.harness import Result, measure
from bench.http.report import as_json, markdown
from bench.http.scenarios import every


def main() -> int:
    options = _options()
    chosen = [s for s in every(options.seconds) if not options.only or s.name in options.only]
    results: list[Result] = []
    for scenario in chosen:
        try:
            results.append(measure(scenario, options.repetitions))
        except Unmeasurable as e:
            say(f"{scenario.name} is left out: {e}")
        except KeyboardInterrupt:
            return 130
    print(markdown(results))
    if options.json:
        options.json.write_text(json.dumps({**_machine(), **as_json(results)}, indent=2) + "\n")
    return 0 if len(results) == len(chosen) else 1


def _options() -> argparse.Namespace:
    names = [scenario.name for scenario in every(0)]
    parser = argparse.ArgumentParser("bench-http", description="Serving HTTP: speed and memory.")
    parser.add_argument("--repetitions", type=int, default=5, help="5 unless told")
    parser.add_argument("--seconds", type=float, default=3, help="of load on each server, each time")
    parser.add_argument("--only", action="append", choices=names, help="repeatable")
    parser.add_argument("--json", type=Path, metavar="FILE")
    return parser.parse_args()


def _machine() -> dict[str, str]:
    return {
        "system": platform.platform(),
        "python": platform.python_version(),
        **{name: version(name) for name in ("spinfer", "wasmtime", "uvicorn")},
    }


if __name__ == "__main__":
    sys.exit(main())
