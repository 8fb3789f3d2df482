"""Measures an embedding GGUF in llama.cpp on held-out pairs, and prints the figures of its card.

    python evaluate_embedding.py ../spinfer/builtin/embedding.gguf

Needs llama-cpp-python, not torch.
"""

import argparse
import time
from pathlib import Path
from random import Random

import llama_cpp
import numpy as np
from corpus.example import Split
from corpus.pairs import Pair, draw_pair
from llama_cpp import Llama
from natural_pairs import NATURAL_PAIRS


def embed(llama: Llama, texts: list[str]) -> np.ndarray:
    """Unit vectors [texts, width]."""
    vectors = np.array([llama.embed(text) for text in texts])
    return vectors / np.linalg.norm(vectors, axis=1, keepdims=True)


def held_out_pairs(count: int) -> list[Pair]:
    """Held-out pairs of different meanings."""
    rng = Random("pairs held-out")
    pairs: dict[str, Pair] = {}
    while len(pairs) < count:
        pair = draw_pair(rng, Split.HELD_OUT)
        pairs.setdefault(pair.meaning, pair)
    return list(pairs.values())


def score(llama: Llama, name: str, pairs: list[tuple[str, str]]) -> None:
    """Print how often a paraphrase is nearer than an unrelated sentence, and how often the nearest of all."""
    first, second = embed(llama, [a for a, _ in pairs]), embed(llama, [b for _, b in pairs])
    likeness = first @ second.T
    own = likeness.diagonal()[:, None]
    others = ~np.eye(len(pairs), dtype=bool)
    above = (own > likeness)[others].mean()
    nearest = (likeness.argmax(1) == np.arange(len(pairs))).mean()
    print(
        f"{name}: paraphrase above an unrelated sentence {above:.1%}, nearest of {len(pairs)} {nearest:.1%}, "
        f"mean likeness {own.mean():.2f} against {likeness[others].mean():.2f}"
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("model", type=Path)
    parser.add_argument("--count", type=int, default=300)
    arguments = parser.parse_args()
    llama = Llama(
        str(arguments.model),
        embedding=True,
        n_ctx=256,
        n_threads=1,
        n_threads_batch=1,
        pooling_type=llama_cpp.LLAMA_POOLING_TYPE_UNSPECIFIED,
        verbose=False,
    )
    print(f"{arguments.model.name}: {arguments.model.stat().st_size / 1e6:.2f} MB")
    score(llama, "held-out", [(pair.first, pair.second) for pair in held_out_pairs(arguments.count)])
    score(llama, "hand-made", NATURAL_PAIRS)
    began = time.perf_counter()
    embed(llama, [first for first, _ in NATURAL_PAIRS] * 5)
    print(f"{len(NATURAL_PAIRS) * 5 / (time.perf_counter() - began):.0f} sentences/s, one at a time")


if __name__ == "__main__":
    main()
