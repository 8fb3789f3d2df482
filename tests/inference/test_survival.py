"""Many callers, two models, and a third of them leaving: nothing is lost, mixed up or left behind."""

from __future__ import annotations

import random
import threading
from pathlib import Path

import leftovers
from inference.survival import take_turns
from spinfer.config.models import ModelConfig
from spinfer.errors import Cancelled, InferenceFailed
from spinfer.inference.backend import infer
from spinfer.inference.catalog import Catalog
from spinfer.inference.engine.load import LoadedGenerator
from spinfer.inference.types import EmbeddingRequest, Piece, Request, SamplingParams

THREADS, CALLS = 16, 25


def test_many_callers_of_whom_a_third_leaves(tiny_llama: Path, tiny_bert: Path) -> None:
    small = ModelConfig(path=tiny_llama, parallel=6, cache_tokens=1024, context_tokens=300)
    catalog = Catalog({"chat": small, "embed": ModelConfig(path=tiny_bert)})
    before = leftovers.threads()
    stem = "the cat sat on a dog and ran " * 4
    outcomes: list[str] = []

    def caller(seed: int) -> None:
        random_ = random.Random(seed)
        for _ in range(CALLS):
            prompt = stem[: random_.randint(0, 100)] + str(random_.random())
            request = Request(prompt, SamplingParams(max_tokens=random_.randint(0, 120)))
            match random_.choice(["stays", "stays", "embeds", "cancels", "stops reading"]):
                case "stays":
                    completion = infer(catalog.get("chat"), request)
                    assert completion.generated_tokens <= request.params.max_tokens
                    outcomes.append("answered")
                case "embeds":
                    assert catalog.get("embed").embed(EmbeddingRequest(("cat", "dog"))).prompt_tokens
                    outcomes.append("embedded")
                case "cancels":
                    timer = threading.Timer(random_.random() / 200, request.cancellation.cancel)
                    timer.start()
                    try:
                        infer(catalog.get("chat"), request)
                        outcomes.append("answered")
                    except Cancelled:
                        outcomes.append("cancelled")
                    timer.join()
                case "stops reading":
                    stream = catalog.get("chat").stream(request)
                    for event in stream:
                        if isinstance(event, Piece) and random_.random() < 0.5:
                            break
                    stream.close()
                    outcomes.append("stopped")

    threads = [threading.Thread(target=caller, args=(n,)) for n in range(THREADS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(outcomes) == THREADS * CALLS
    assert {"answered", "embedded", "cancelled", "stopped"} == set(outcomes)
    infer(catalog.get("chat"), Request("x", SamplingParams(max_tokens=1)))
    for loaded in catalog._files.loaded():
        assert loaded.thread.callers == 0
        if isinstance(loaded, LoadedGenerator):
            assert loaded.thread._worker._scheduler.sequences == ()
            assert loaded.thread._worker._scheduler.cache.free == 1024
    catalog.close()
    assert leftovers.threads() <= before


def test_two_models_that_take_turns_in_too_little_memory(tiny_llama: Path, tiny_bert: Path) -> None:
    before = leftovers.threads()
    survived = take_turns(tiny_llama, tiny_bert, threads=32, calls=12)
    assert survived.answers == 32 * 12
    assert set(survived.outcomes) - {"answered otherwise"} == {"answered", "embedded", "cancelled"}
    assert survived.outcomes["answered otherwise"] < 0.05 * survived.answers
    assert survived.loads > 4, "they took turns"
    assert survived.left_behind == 0
    assert leftovers.threads() <= before


def test_closing_while_twenty_run(tiny_llama: Path) -> None:
    catalog = Catalog({"m": ModelConfig(path=tiny_llama, parallel=4)})
    backend = catalog.get("m")
    endings: list[str] = []
    begun = threading.Barrier(21)

    def caller(seed: int) -> None:
        begun.wait()
        try:
            while True:
                infer(backend, Request("x" * 100, SamplingParams(max_tokens=400), seed=seed))
        except InferenceFailed as e:
            endings.append(str(e))

    threads = [threading.Thread(target=caller, args=(n,)) for n in range(20)]
    for thread in threads:
        thread.start()
    begun.wait()
    catalog.close()
    for thread in threads:
        thread.join(30)
        assert not thread.is_alive()
    assert len(endings) == 20
    assert set(endings) <= {"model 'm' was closed", "the host is shutting down"}
