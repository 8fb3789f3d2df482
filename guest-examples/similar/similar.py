"""Compare the meaning of texts: every pair of arguments, the closest first."""

import sys
from itertools import combinations
from math import hypot, sumprod

from componentize_py_types import Err
from wit_world import exports
from wit_world.imports import environment, llm

MODEL = "all-minilm-l6-v2"


class Run(exports.Run):
    def run(self) -> None:
        texts = environment.get_arguments()[1:]
        try:
            answer = llm.generate_embeddings(MODEL, texts)
        except Err as failure:
            print(f"similar: {reason(failure.value)}", file=sys.stderr)
            raise Err(None) from None  # exit code 1
        embedded = zip(texts, answer.embeddings, strict=True)
        pairs = ((cosine(a, b), one, other) for (one, a), (other, b) in combinations(embedded, 2))
        for likeness, one, other in sorted(pairs, reverse=True):
            print(f"{likeness:+.3f}  {one} | {other}")


def cosine(a: list[float], b: list[float]) -> float:
    """1 for the same direction, 0 for unrelated, -1 for the opposite."""
    return sumprod(a, b) / (hypot(*a) * hypot(*b))


def reason(error: llm.Error) -> str:
    match error:
        case llm.Error_InvalidInput(message) | llm.Error_RuntimeError(message):
            return message
        case llm.Error_ModelNotSupported():
            return f"this host has no model called '{MODEL}'"
