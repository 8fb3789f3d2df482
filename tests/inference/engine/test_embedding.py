from __future__ import annotations

from array import array
from collections import deque

import numpy as np
import pytest

from fakes.engine_model import RuleEncoder, rule_vector
from spinfer.errors import Cancelled, InferenceFailed
from spinfer.inference.engine.counters import Counters
from spinfer.inference.engine.embedding import Embedded, EmbeddingEngine, EmbeddingJob, pack
from spinfer.inference.engine.sequence import Failed
from spinfer.inference.engine.thread import EngineThread


def job(*texts: list[int]) -> EmbeddingJob:
    return EmbeddingJob(tuple(array("i", text) for text in texts))


def unit(text: list[int]) -> np.ndarray:
    vector = rule_vector(text)
    return vector / np.linalg.norm(vector)


def to_the_end(engine: EmbeddingEngine) -> None:
    while not engine.idle:
        engine.step()


def test_vectors_are_normal_and_in_order() -> None:
    engine = EmbeddingEngine(RuleEncoder())
    texts = [[n + 1] * (n % 7 + 1) for n in range(20)]
    one = job(*texts)
    engine.add(one)
    to_the_end(engine)
    match one.outbox.get_nowait():
        case Embedded(vectors):
            np.testing.assert_allclose(vectors, [unit(text) for text in texts], rtol=1e-6)
            assert vectors.dtype == np.float32
        case _:
            raise AssertionError
    assert one.ended


def test_as_few_batches_as_fit() -> None:
    encoder = RuleEncoder(batch_tokens=16, batch_texts=8)
    engine = EmbeddingEngine(encoder)
    engine.add(job(*[[1, 2, 3, 4]] * 8))
    to_the_end(engine)
    assert [len(batch) for batch in encoder.batches] == [4, 4]


def test_callers_share_a_batch_by_turns() -> None:
    encoder = RuleEncoder(batch_tokens=100, batch_texts=4)
    engine = EmbeddingEngine(encoder)
    long, short = job(*[[1]] * 9), job([2], [2])
    engine.add(long)
    engine.add(short)
    engine.step()
    assert encoder.batches == [[[1], [2], [1], [2]]]
    assert short.ended
    assert not long.ended


def test_a_text_that_does_not_fit_is_first_in_the_next_batch() -> None:
    first, second = job([1] * 10, [1] * 10), job([2] * 3)
    jobs = deque([first, second])
    assert pack(jobs, 16, 8) == [(first, 0), (second, 0)]
    assert pack(jobs, 16, 8) == [(first, 1)]
    assert pack(jobs, 16, 8) == []


def test_a_caller_that_vanishes_takes_its_texts_along() -> None:
    encoder = RuleEncoder(batch_texts=2)
    engine = EmbeddingEngine(encoder)
    leaving, staying = job(*[[1]] * 9), job(*[[2]] * 3)
    engine.add(leaving)
    engine.add(staying)
    engine.step()
    engine.cancel(leaving)
    to_the_end(engine)
    engine.cancel(leaving)
    assert isinstance(leaving.outbox.get_nowait(), Failed)
    assert leaving.outbox.empty()
    assert isinstance(staying.outbox.get_nowait(), Embedded)
    assert encoder.batches[1:] == [[[2], [2]]]
    assert engine.counters == Counters(steps=2, prompt_tokens=4, embedded_texts=4, finished=1, cancelled=1)


def test_a_failed_batch_ends_those_that_took_part() -> None:
    engine = EmbeddingEngine(RuleEncoder(batch_texts=2, fail=True))
    jobs = [job([1], [1], [1]), job([2]), job([3])]
    for each in jobs:
        engine.add(each)
    engine.step()
    assert [each.ended for each in jobs] == [True, True, False]
    assert engine.counters == Counters(failed=2)
    match jobs[0].outbox.get_nowait():
        case Failed(error):
            assert isinstance(error, InferenceFailed)


def test_closing_the_thread_ends_what_is_under_way() -> None:
    encoder = RuleEncoder()
    thread = EngineThread("m", EmbeddingEngine(encoder), places=4, queue=4)
    one = job([1])
    with thread.submitted(one):
        assert isinstance(one.outbox.get(timeout=30), Embedded)
    thread.close()
    assert encoder.closed
    with pytest.raises(InferenceFailed, match="closed"), thread.submitted(job([1])):
        pass


def test_fail_all_ends_everybody() -> None:
    engine = EmbeddingEngine(RuleEncoder())
    one = job([1])
    engine.add(one)
    engine.fail_all("closed")
    match one.outbox.get_nowait():
        case Failed(error):
            assert not isinstance(error, Cancelled)
    assert engine.counters == Counters(failed=1)
