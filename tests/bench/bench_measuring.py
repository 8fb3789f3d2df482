"""What `spinfer bench` itself costs, and whether it finds what llama-bench finds. `make bench-measuring`.

Requests with and without the measuring around them alternate; so do ours and llama-bench's, which runs on the
very libraries that spinfer runs on.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import subprocess
import time
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path
from statistics import median

from bench.engine import models
from spinfer.bench import usage
from spinfer.bench.targets.base import Asked, Outcome, Target
from spinfer.bench.targets.direct import Direct
from spinfer.bench.targets.guest import BenchGuest
from spinfer.config.models import ModelConfig
from spinfer.inference.backend import Backend, infer
from spinfer.inference.catalog import Catalog
from spinfer.inference.types import Request, SamplingParams

TOKENS = 64
LETTERS = "bcdfgjkmpqvwxyz0123456789"
SETTINGS = (("temperature", 0), ("repeat_penalty", 1), ("max_tokens", TOKENS))
CACHE = Path(__file__).parents[2] / "build" / "bench"


def main() -> None:
    parser = argparse.ArgumentParser("bench-measuring", description=__doc__)
    parser.add_argument("--llama-bench", type=Path, metavar="FILE", help="llama.cpp's tool, if it is built")
    parser.add_argument("--rounds", type=int, default=12)
    options = parser.parse_args()
    path = models.large_llama(CACHE)
    script = ModelConfig.model_validate({"mock": {"default": "Hello to you"}})
    catalog = Catalog(
        {"large": ModelConfig(path=path), "builtin": ModelConfig(builtin=True), "script": script}
    )
    guest = BenchGuest(catalog)
    try:
        overhead(catalog.load("large"), Direct(catalog), options.rounds)
        for name, rounds in (("script", 200), ("builtin", 100), ("large", options.rounds)):
            own_cost(guest, name, rounds)
        if options.llama_bench:
            against(options.llama_bench, path, Direct(catalog))
    finally:
        guest.close()
        catalog.close()


def overhead(backend: Backend, target: Target, rounds: int) -> None:
    """A whole request of 64 tokens, and its decode, with measuring ÷ without."""
    params = SamplingParams(max_tokens=TOKENS, temperature=0, repeat_penalty=1)

    def plain() -> float:
        return infer(backend, Request(prompt(), params, 1)).timings.decode_s

    def measured() -> float:
        usage.reset_peak()
        found = ask(target, "large")
        usage.peak_bytes()
        call = found.calls[0].completion
        assert call is not None
        return call.timings.decode_s

    times: dict[str, list[tuple[float, float]]] = {"plain": [], "measured": []}
    kinds: dict[str, Callable[[], float]] = {"plain": plain, "measured": measured}
    for round_ in range(rounds + 2):
        for name in random.Random(round_).sample(sorted(kinds), 2):
            began = time.perf_counter()
            decode = kinds[name]()
            if round_ > 1:
                times[name].append((time.perf_counter() - began, decode))
    for place, what in enumerate(("whole request", "decode")):
        one, other = (median(each[place] for each in times[name]) for name in ("plain", "measured"))
        print(f"{what}: {one * 1000:.1f} ms, measured {other * 1000:.1f} ms: {other / one - 1:+.2%}")


def own_cost(guest: BenchGuest, model: str, rounds: int) -> None:
    """The guest's instance and its calls, requests one right after the other."""
    spent = []
    for _ in range(rounds):
        found = ask(guest, model)
        inside = sum(call.left_s - call.entered_s for call in found.calls)
        spent.append(found.ended_s - found.began_s - inside)
    print(f"guest's own cost, {model}: {median(spent) * 1000:.3f} ms")


def against(tool: Path, model: Path, target: Target) -> None:
    """One sequence's decode, ours ÷ llama-bench's, in turn."""
    package = find_spec("llama_cpp")
    assert package is not None
    assert package.origin is not None
    libraries = str(Path(package.origin).parent / "lib")
    command = [str(tool), "-m", str(model), "-p", "0", "-n", str(TOKENS), "-r", "3", "-o", "jsonl"]
    quotients = []
    for _ in range(5):
        done = subprocess.run(
            command,
            env={**os.environ, "LD_LIBRARY_PATH": libraries},
            capture_output=True,
            text=True,
            check=True,
        )
        theirs = float(json.loads(done.stdout.splitlines()[-1])["avg_ts"])
        ours = median(decode_tps(ask(target, "large")) for _ in range(4))
        quotients.append(ours / theirs)
        print(f"  {ours:.1f} tokens/s, llama-bench {theirs:.1f}")
    print(f"decode ÷ llama-bench: {median(quotients):.3f} ({min(quotients):.3f} – {max(quotients):.3f})")


def decode_tps(found: Outcome) -> float:
    done = found.calls[0].completion
    assert done is not None
    return (len(done.tokens) - 1) / done.timings.decode_s


def ask(target: Target, model: str) -> Outcome:
    return target.ask(Asked(model, prompt(), SETTINGS, 1))


def prompt() -> str:
    """Two letters, so that hardly any is found in the cache."""
    return random.choice(LETTERS) + random.choice(LETTERS)


if __name__ == "__main__":
    main()
