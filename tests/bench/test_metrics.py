from dataclasses import replace

import pytest

from fakes.bench_journals import PROMPTS, record
from spinfer.bench import record as records
from spinfer.bench.cells import Cell, TargetKind
from spinfer.bench.metrics import METRICS, speed
from spinfer.bench.record import Record
from spinfer.bench.schedule import Purpose

CELL = Cell(TargetKind.GUEST, "m")


def one(gap_s: float = 0.01) -> Record:
    return record("c.measure.0.0", CELL, PROMPTS[0].id, Purpose.MEASURE, gap_s, "yes")


def test_every_number_of_a_request_is_what_its_words_say() -> None:
    found = speed(one())
    expected = {
        "decode_tps": 100,
        "prefill_tps": (30 - 10) / (0.1 - 0.02),
        "ttft": 0.003 + 0.1,
        "tpot": 0.01,
        "itl_p50": 0.01,
        "itl_p95": 0.01,
        "itl_p99": 0.01,
        "e2e": 0.292,
        "queue": 0.02,
        "late": 0,
        "instantiate": 0.001,
        "host": 0.292 - 0.001 - 0.288,
        "own_cost": 0.292 - 0.288,
        "cpu": 0.2,
        "peak": 300 * 2**20,
        "prompt_tokens": 30,
        "cached_tokens": 10,
        "generated_tokens": 10,
    }
    assert found == pytest.approx(expected)


def test_a_late_start_counts_for_whoever_waits() -> None:
    late = replace(one(), due_s=4.0)
    found, before = speed(late), speed(one())
    assert found["late"] == 1
    assert found["e2e"] == pytest.approx((before["e2e"] or 0) + 1)
    assert found["ttft"] == pytest.approx((before["ttft"] or 0) + 1)
    assert found["host"] == pytest.approx(before["host"]), "the caller waited, not the guest"


def test_what_there_is_no_number_of_has_none() -> None:
    silent = replace(one(), inferences=(), instantiate_s=None, cpu_s=None)
    found = speed(silent)
    assert {name for name, value in found.items() if value is not None} == {"e2e", "late", "peak"}
    first = replace(one().inferences[0], tokens_us=(5000,), generated_tokens=1)
    assert speed(replace(one(), inferences=(first,)))["tpot"] is None


def test_several_calls_of_a_model_are_added_up() -> None:
    call = one().inferences[0]
    found = speed(replace(one(), inferences=(call, call)))
    assert (found["generated_tokens"], found["prompt_tokens"], found["queue"]) == (20, 60, 0.04)
    assert found["decode_tps"] == pytest.approx(100)


def test_a_record_is_the_same_after_json() -> None:
    whole = replace(one(), error="HTTP 500", notes={"status": 500})
    assert records.from_json(records.as_json(whole)) == whole
    assert records.from_json(records.as_json(one())) == one()


def test_names_are_unique() -> None:
    assert len({metric.name for metric in METRICS}) == len(METRICS)
