from __future__ import annotations

from array import array
from pathlib import Path

import numpy as np
import pytest

from spinfer.config.models import ModelConfig
from spinfer.inference.backend import infer
from spinfer.inference.backends.local import LocalGenerator
from spinfer.inference.catalog import Catalog
from spinfer.inference.engine.scoring import ROWS, Scorer, log_probability
from spinfer.inference.types import Request, SamplingParams


def test_probabilities_add_up_to_one() -> None:
    logits = np.array([1000.0, 999.0, -3.0, 1001.5], np.float32)
    assert sum(np.exp(log_probability(logits, token)) for token in range(4)) == pytest.approx(1)
    assert log_probability(np.zeros(8, np.float32), 3) == pytest.approx(-np.log(8))


def test_no_other_token_is_as_likely_as_the_greedy_one(tiny_llama: Path) -> None:
    catalog = Catalog({"m": ModelConfig(path=tiny_llama)})
    lent = catalog.borrow("m")
    assert lent is not None
    with lent as (loaded, backend), Scorer(loaded.model, context_tokens=512, threads=1) as scorer:
        assert isinstance(backend, LocalGenerator)
        params = SamplingParams(max_tokens=100, temperature=0, repeat_penalty=1)
        done = infer(backend, Request("the cat", params))
        assert len(done.tokens) == done.generated_tokens == len(done.timings.tokens_s) > ROWS
        prompt, answer = backend.tokenize("the cat"), array("i", done.tokens)
        scores = scorer.score(prompt, answer)
        assert scores.shape == (len(answer),)
        assert np.all(scores < 0)
        for place in (0, ROWS - len(prompt), ROWS + 5):
            worse = answer[:]
            worse[place] = (worse[place] + 7) % 250
            changed = scorer.score(prompt, worse)
            assert changed[place] < scores[place]
            assert changed[:place] == pytest.approx(scores[:place], abs=1e-3)
    catalog.close()


def test_a_model_without_a_file_lends_none() -> None:
    catalog = Catalog({"m": ModelConfig.model_validate({"mock": {"default": "Hello"}})})
    assert catalog.borrow("m") is None
    catalog.close()
