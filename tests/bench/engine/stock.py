"""llama-cpp-python's own `Llama`, in a process of its own: its runtime settings are not ours.

Run as a program it answers questions, one JSON line each: `{"prompt": …, "tokens": …}`.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from types import TracebackType
from typing import Any

from bench.engine.ours import Usage
from bench.engine.say import Unmeasurable

_TESTS = Path(__file__).parents[2]


class Stock:
    """One `Llama`, in a `with` block; one question at a time, as is its nature."""

    def __init__(self, model: Path, threads: int, *, context: int, repack: bool) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "bench.engine.stock", str(model), str(threads), str(context), str(repack)],
            env={**os.environ, "PYTHONPATH": str(_TESTS)},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )

    def __enter__(self) -> Stock:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._process.communicate()

    def ask(self, prompt: str, tokens: int) -> Usage:
        """`tokens` tokens, the likeliest each time."""
        assert self._process.stdin is not None and self._process.stdout is not None
        self._process.stdin.write(json.dumps({"prompt": prompt, "tokens": tokens}) + "\n")
        self._process.stdin.flush()
        line = self._process.stdout.readline()
        if not line:
            raise Unmeasurable("llama-cpp-python's Llama ended unexpectedly")
        return Usage(**json.loads(line))


def _serve(model: str, threads: int, context: int, *, repack: bool) -> None:
    llama = _load(model, threads, context, repack=repack)
    for line in sys.stdin:
        question = json.loads(line)
        answer: Any = llama.create_completion(
            question["prompt"], max_tokens=question["tokens"], temperature=0.0, repeat_penalty=1.0
        )
        usage = answer["usage"]
        counts = {"prompt": usage["prompt_tokens"], "generated": usage["completion_tokens"]}
        print(json.dumps(counts), flush=True)


def _load(model: str, threads: int, context: int, *, repack: bool) -> Any:
    from llama_cpp import Llama, llama_cpp

    original = llama_cpp.llama_model_default_params

    def params() -> Any:
        params = original()
        params.use_extra_bufts = repack
        return params

    llama_cpp.llama_model_default_params = params
    return Llama(model, n_ctx=context, n_threads=threads, n_threads_batch=threads, n_batch=512, verbose=False)


if __name__ == "__main__":
    _serve(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]), repack=sys.argv[4] == "True")
