"""Two models in too little memory for both, asked by many threads, a third of whose requests are cancelled.

`python -m inference.survival` does it at length, and says what was left behind.
"""

from __future__ import annotations

import random
import sys
import threading
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

from fakes.tiny_model import write_bert
from spinfer import builtin
from spinfer.cli import heap
from spinfer.config.models import ModelConfig
from spinfer.errors import Cancelled
from spinfer.inference.backend import infer
from spinfer.inference.catalog import Catalog
from spinfer.inference.types import EmbeddingRequest, Request, SamplingParams

MEMORY_BYTES = 100_000_000
"""Less than both models need together, so that each load waits for the answers of the other, and ends it."""


@dataclass(slots=True)
class Survived:
    """What came of all the calls. `memory_mib`: of this process, after each."""

    outcomes: Counter[str] = field(default_factory=Counter)
    loads: int = 0
    left_behind: int = 0
    """Loaded models that somebody still holds, cells that are not free, and callers that are not gone."""
    memory_mib: list[float] = field(default_factory=list)

    @property
    def answers(self) -> int:
        return self.outcomes.total()


def take_turns(chat: Path, embedder: Path, *, threads: int, calls: int) -> Survived:
    """Every answer is held against what the same question was answered by a model that was alone.

    One of random weights may answer otherwise in company, where two tokens are all but equally likely.
    """
    small = ModelConfig(
        path=chat, parallel=6, cache_tokens=1024, context_tokens=300, keep_alive_s=0, prompt="raw"
    )
    survived, lock = Survived(), threading.Lock()
    expected = _alone(small)
    vectors = _vectors(embedder)

    def loaded(_: str, part: float) -> None:
        survived.loads += part == 1

    catalog = Catalog(
        {"chat": small, "embed": ModelConfig(path=embedder)}, memory_bytes=MEMORY_BYTES, progress=loaded
    )

    def caller(seed: int) -> None:
        random_ = random.Random(seed)
        for _ in range(calls):
            outcome = _ask(catalog, random_, expected, vectors)
            with lock:
                survived.outcomes[outcome] += 1
                survived.memory_mib.append(_memory_mib())

    crowd = [threading.Thread(target=caller, args=(n,)) for n in range(threads)]
    for thread in crowd:
        thread.start()
    for thread in crowd:
        thread.join()
    survived.left_behind = catalog._files.users + sum(each.thread.callers for each in catalog._files.loaded())
    catalog.close()
    return survived


def _ask(
    catalog: Catalog, random_: random.Random, expected: dict[int, str], vectors: list[list[float]]
) -> str:
    if random_.random() < 0.2:
        found = catalog.get("embed").embed(EmbeddingRequest(("cat", "dog"))).vectors
        assert all(
            abs(a - b) < 1e-3
            for mine, right in zip(found, vectors, strict=True)
            for a, b in zip(mine, right, strict=True)
        )
        return "embedded"
    length = random_.choice([*expected])
    request = Request(_prompt(length), _params(length), seed=7)
    timer = threading.Timer(random_.random() / 100, request.cancellation.cancel)
    if leaves := random_.random() < 0.4:
        timer.start()
    try:
        text = infer(catalog.get("chat"), request).text
    except Cancelled:
        return "cancelled"
    finally:
        if leaves:
            timer.cancel()
            timer.join()
    return "answered" if text == expected[length] else "answered otherwise"


def _alone(config: ModelConfig) -> dict[int, str]:
    catalog = Catalog({"m": config})
    texts = {}
    for length in (1, 3, 10, 40, 120):
        texts[length] = infer(catalog.get("m"), Request(_prompt(length), _params(length), seed=7)).text
    catalog.close()
    assert len(set(texts.values())) == len(texts)
    return texts


def _vectors(embedder: Path) -> list[list[float]]:
    catalog = Catalog({"m": ModelConfig(path=embedder)})
    found = [list(map(float, v)) for v in catalog.get("m").embed(EmbeddingRequest(("cat", "dog"))).vectors]
    catalog.close()
    return found


def _prompt(length: int) -> str:
    return f"{length} cats " * max(1, length // 8)


def _params(length: int) -> SamplingParams:
    """The likeliest token each time: in company, sums are added up in another order."""
    return SamplingParams(max_tokens=length, temperature=0.0, repeat_penalty=1.0)


def _memory_mib() -> float:
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * 4096 / 2**20


def main() -> None:
    heap.share()
    with TemporaryDirectory() as folder:
        embedder = Path(folder) / "embed.gguf"
        write_bert(embedder)
        began = time.monotonic()
        survived = take_turns(
            builtin.CHAT_MODEL, embedder, threads=32, calls=int(sys.argv[1]) if sys.argv[1:] else 64
        )
    half = survived.memory_mib[len(survived.memory_mib) // 2 :]
    middle = len(half) // 2
    print(
        f"{survived.answers} requests of 32 threads in {time.monotonic() - began:.0f} s: "
        f"{dict(survived.outcomes)}; {survived.loads} loads; {survived.left_behind} left behind; "
        f"{threading.active_count() - 1} threads left; memory {median(half[:middle]):.0f} MiB in the third "
        f"quarter, {median(half[middle:]):.0f} MiB in the last"
    )


if __name__ == "__main__":
    main()
