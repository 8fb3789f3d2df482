"""What is measured of one request: each number's name, unit and formula. Pure.

A report shows what stands here, `compare` and `--slo` know the same names, and all of it is computed from a
Record and nothing else.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum

import numpy as np

from spinfer.bench.record import Inference, Record
from spinfer.bench.statistics import percentiles


class Better(Enum):
    """Which way a number is good."""

    LESS = "less"
    MORE = "more"
    NEITHER = "neither"


@dataclass(frozen=True, slots=True)
class Metric:
    """One number of a request. `scale` turns the value that is kept (seconds, bytes) into `unit`."""

    name: str
    label: str
    unit: str
    better: Better
    says: str
    scale: float = 1.0
    digits: int = 1

    def shown(self, value: float) -> str:
        """In its unit, which is not said."""
        return f"{value * self.scale:,.{self.digits}f}"


def _ms(name: str, label: str, says: str, better: Better = Better.LESS, digits: int = 1) -> Metric:
    return Metric(name, label, "ms", better, says, 1000, digits)


SPEED: tuple[Metric, ...] = (
    Metric("decode_tps", "decode", "tokens/s", Better.MORE, "tokens after the first ÷ time since the first"),
    Metric(
        "prefill_tps", "prefill", "tokens/s", Better.MORE, "computed prompt tokens ÷ time to the first token"
    ),
    _ms("ttft", "time to first token", "from when the request was due to its first token (TTFT)"),
    _ms("tpot", "time per output token", "time since the first token ÷ tokens after it (TPOT)", digits=2),
    _ms("itl_p50", "inter-token p50", "median time between two tokens of a request", digits=2),
    _ms("itl_p95", "inter-token p95", "95th percentile of the time between two tokens", digits=2),
    _ms("itl_p99", "inter-token p99", "99th percentile of the time between two tokens", digits=2),
    _ms("e2e", "end to end", "from when the request was due to its answer"),
    _ms("queue", "queue wait", "in the engine's queue, before the first token of the prompt was computed"),
    _ms("late", "start delay", "from when the request was due to when it began", digits=2),
    _ms(
        "own_cost", "guest's own cost", "instantiate and host calls: what a guest adds to its model", digits=3
    ),
    _ms("instantiate", "instantiate", "making the guest's instance", digits=3),
    _ms("host", "host calls", "lifting, lowering, the guest's own code and closing it", digits=3),
    Metric("cpu", "CPU", "s", Better.LESS, "CPU seconds of the whole process", digits=3),
    Metric("peak", "peak memory", "MiB", Better.LESS, "resident memory of the whole process", 1 / 2**20, 0),
)
"""Of time and of the machine."""

COUNTS: tuple[Metric, ...] = (
    Metric("prompt_tokens", "prompt", "tokens", Better.NEITHER, "tokens of the prompt", digits=0),
    Metric("cached_tokens", "cached", "tokens", Better.NEITHER, "of them, found in the KV cache", digits=0),
    Metric("generated_tokens", "answer", "tokens", Better.NEITHER, "tokens of the answer"),
)

OUTPUT: tuple[Metric, ...] = (
    Metric("correct", "correct", "%", Better.MORE, "answers that are the expected one", 100),
    Metric(
        "json_valid",
        "valid JSON",
        "%",
        Better.MORE,
        "answers that are JSON, by the schema if there is one",
        100,
    ),
    Metric(
        "own_end", "ends by itself", "%", Better.NEITHER, "answers that max-tokens did not cut short", 100
    ),
    Metric("characters", "length", "characters", Better.NEITHER, "characters of the answer", digits=0),
    Metric("distinct_1", "distinct-1", "", Better.NEITHER, "different tokens ÷ tokens", digits=3),
    Metric("distinct_2", "distinct-2", "", Better.NEITHER, "different pairs of tokens ÷ pairs", digits=3),
    Metric(
        "repetition", "repetition", "%", Better.LESS, "4-grams of tokens that stood before (seq-rep-4)", 100
    ),
    Metric("longest_repeat", "longest repeat", "tokens", Better.LESS, "longest span that stands there twice"),
    Metric(
        "greedy_prefix", "greedy prefix", "tokens", Better.NEITHER, "tokens in common with the greedy answer"
    ),
    Metric(
        "greedy_likeness", "like greedy", "%", Better.NEITHER, "1 - token edit distance ÷ longer length", 100
    ),
    Metric("same_again", "same again", "%", Better.MORE, "same text for the same seed, asked again", 100),
    Metric(
        "log_probability",
        "log-probability",
        "nats/token",
        Better.NEITHER,
        "mean under the same model",
        digits=3,
    ),
)
"""Of what is said."""

METRICS: tuple[Metric, ...] = (*SPEED, *COUNTS, *OUTPUT)
BY_NAME: Mapping[str, Metric] = {metric.name: metric for metric in METRICS}

Values = dict[str, float | None]


def speed(record: Record) -> Values:
    """SPEED and COUNTS of one request that was answered; None where there is no such thing."""
    calls = record.inferences
    gaps = [gap / 1e6 for call in calls for gap in call.tokens_us[1:]]
    spans = percentiles(np.array(gaps), (50, 95, 99)) if gaps else (None, None, None)
    decode_s = sum(gaps)
    host = _host(record)
    return {
        "decode_tps": len(gaps) / decode_s if decode_s else None,
        "prefill_tps": _prefill(calls),
        "ttft": _ttft(record),
        "tpot": decode_s / len(gaps) if gaps else None,
        **dict(zip(("itl_p50", "itl_p95", "itl_p99"), spans, strict=True)),
        "e2e": record.ended_s - record.due_s,
        "queue": sum(call.queue_s for call in calls) if calls else None,
        "late": record.began_s - record.due_s,
        "own_cost": None if host is None or record.instantiate_s is None else record.instantiate_s + host,
        "instantiate": record.instantiate_s,
        "host": host,
        "cpu": record.cpu_s,
        "peak": record.peak_bytes,
        "prompt_tokens": _sum(calls, lambda call: call.prompt_tokens),
        "cached_tokens": _sum(calls, lambda call: call.cached_prompt_tokens),
        "generated_tokens": _sum(calls, lambda call: call.generated_tokens),
    }


def _ttft(record: Record) -> float | None:
    if not record.inferences or record.inferences[0].first_token_s is None:
        return None
    first = record.inferences[0]
    assert first.first_token_s is not None
    return first.submitted_s - record.due_s + first.first_token_s


def _host(record: Record) -> float | None:
    """Of a request that has an instance: whatever is neither that instance's making nor the model's time."""
    if record.instantiate_s is None:
        return None
    models = sum(call.left_s - call.entered_s for call in record.inferences)
    return max(0.0, record.ended_s - record.began_s - record.instantiate_s - models)


def _prefill(calls: Sequence[Inference]) -> float | None:
    tokens = sum(call.prompt_tokens - call.cached_prompt_tokens for call in calls)
    took = sum((call.first_token_s or 0.0) - call.queue_s for call in calls if call.first_token_s)
    return tokens / took if took > 0 else None


def _sum(calls: Sequence[Inference], of: Callable[[Inference], int]) -> float | None:
    return float(sum(map(of, calls))) if calls else None
