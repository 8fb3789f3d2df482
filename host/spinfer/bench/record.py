"""One request as a line of the journal: everything that a report's numbers are computed from."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from spinfer.bench.parameters import as_settings
from spinfer.bench.ranges import Number
from spinfer.bench.schedule import Ask, Purpose
from spinfer.bench.targets.base import Call, Outcome


@dataclass(frozen=True, slots=True)
class Inference:
    """One call of a model within a request. Times in seconds; `entered_s` counts from the run's beginning."""

    entered_s: float
    left_s: float
    submitted_s: float
    """When the engine got it; 0 where there is none."""
    queue_s: float
    tokens_us: tuple[int, ...]
    """From submitting to the first token, then from each to the next; microseconds."""
    prompt_tokens: int
    cached_prompt_tokens: int
    generated_tokens: int
    finish: str
    seed: int
    settings: dict[str, Number]
    """Every parameter, as the model got it."""
    text: str
    tokens: tuple[int, ...]
    prompt: str | None = None
    """Where it is not the request's own: an app writes prompts around it."""

    @property
    def first_token_s(self) -> float | None:
        """TTFT, from submitting."""
        return self.tokens_us[0] / 1e6 if self.tokens_us else None

    @property
    def decode_s(self) -> float:
        """From the first token to the last."""
        return sum(self.tokens_us[1:]) / 1e6


@dataclass(frozen=True, slots=True)
class Record:
    """One request. Times count from the run's beginning, by a monotonic clock."""

    id: str
    cell: str
    purpose: Purpose
    repetition: int
    number: int
    prompt: str
    """The prompt's id; of a generated prompt, its seed."""
    seed: int
    due_s: float
    began_s: float
    ended_s: float
    answer: str
    inferences: tuple[Inference, ...]
    instantiate_s: float | None = None
    error: str | None = None
    cpu_s: float | None = None
    """Of the whole process meanwhile, divided by the requests under way; None where nobody says."""
    peak_bytes: int | None = None
    """Of the process's resident memory, since its block began."""
    notes: dict[str, Any] = field(default_factory=dict)

    @property
    def failed(self) -> bool:
        return self.error is not None


@dataclass(frozen=True, slots=True)
class Usage:
    """What a request used of the machine; as in Record."""

    cpu_s: float | None
    peak_bytes: int | None


@dataclass(frozen=True, slots=True)
class Done:
    """A request that was answered, or failed; `due_s` by `time.monotonic`."""

    ask: Ask
    due_s: float
    outcome: Outcome
    usage: Usage


def record(done: Done, prompt: tuple[str, str], zero_s: float) -> Record:
    """`prompt`: id and text; `zero_s`: the run's beginning by `time.monotonic`."""
    ask, outcome, usage = done.ask, done.outcome, done.usage
    return Record(
        id=ask.id,
        cell=ask.cell.id,
        purpose=ask.purpose,
        repetition=ask.repetition,
        number=ask.number,
        prompt=prompt[0],
        seed=ask.seed,
        due_s=_rounded(done.due_s - zero_s),
        began_s=_rounded(outcome.began_s - zero_s),
        ended_s=_rounded(outcome.ended_s - zero_s),
        answer=outcome.answer,
        inferences=tuple(_inference(call, prompt[1], zero_s) for call in outcome.calls if call.completion),
        instantiate_s=None if outcome.instantiate_s is None else _rounded(outcome.instantiate_s),
        error=outcome.error,
        cpu_s=None if usage.cpu_s is None else _rounded(usage.cpu_s),
        peak_bytes=usage.peak_bytes,
        notes=dict(outcome.notes),
    )


def as_json(one: Record) -> dict[str, Any]:
    """What the same fields of `from_json` take; what is empty is left out."""
    found: dict[str, Any] = {"kind": "request"}
    for name in Record.__slots__:
        value = getattr(one, name)
        if name == "purpose":
            found[name] = value.value
        elif name == "inferences":
            found[name] = [_inference_as_json(each) for each in value]
        elif value is not None and value != {}:
            found[name] = value
    return found


def from_json(value: dict[str, Any]) -> Record:
    inferences = tuple(
        Inference(
            **{
                **each,
                "tokens_us": tuple(each["tokens_us"]),
                "tokens": tuple(each["tokens"]),
            }
        )
        for each in value["inferences"]
    )
    fields = {name: value[name] for name in Record.__slots__ if name in value}
    return Record(**{**fields, "purpose": Purpose(value["purpose"]), "inferences": inferences})


def _inference(call: Call, prompt: str, zero_s: float) -> Inference:
    done = call.completion
    assert done is not None
    at = done.timings.tokens_s
    gaps = [b - a for a, b in zip((0.0, *at), at, strict=False)]
    return Inference(
        entered_s=_rounded(call.entered_s - zero_s),
        left_s=_rounded(call.left_s - zero_s),
        submitted_s=_rounded(done.timings.submitted_s - zero_s) if done.timings.submitted_s else 0.0,
        queue_s=_rounded(done.timings.queued_s),
        tokens_us=tuple(round(gap * 1e6) for gap in gaps),
        prompt_tokens=done.prompt_tokens,
        cached_prompt_tokens=done.cached_prompt_tokens,
        generated_tokens=done.generated_tokens,
        finish=done.finish_reason.value,
        seed=done.seed,
        settings={name: _short(value) for name, value in as_settings(call.params).items()},
        text=done.text,
        tokens=done.tokens,
        prompt=None if call.prompt == prompt else call.prompt,
    )


def _inference_as_json(one: Inference) -> dict[str, Any]:
    fields = {name: getattr(one, name) for name in Inference.__slots__}
    return {name: value for name, value in fields.items() if value is not None}


def _rounded(seconds: float) -> float:
    """To microseconds: what lies below says nothing here."""
    return round(seconds, 6)


def _short(value: Number) -> Number:
    """A parameter that came through a guest is 32 bits wide: 0.8999999761581421 was 0.9."""
    return value if isinstance(value, int) else float(f"{value:.6g}")
