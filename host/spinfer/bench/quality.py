"""How good the answers of a run are: each judged by itself, against the greedy one, and asked again."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping, Sequence

from spinfer.bench import text_measures as measures
from spinfer.bench.cells import Cell
from spinfer.bench.metrics import Values
from spinfer.bench.prompts import Prompt
from spinfer.bench.record import Record
from spinfer.bench.schedule import Purpose, greedy_reference

Schemas = Callable[[str], Callable[[object], bool]]
"""A JSON schema as text → whether a value keeps to it."""


class Judge:
    """Knows the prompts of a run, its greedy answers, and which requests were made again."""

    def __init__(
        self,
        cells: Mapping[str, Cell],
        prompts: Mapping[str, Prompt],
        records: Sequence[Record],
        scores: Mapping[str, list[float]],
        schemas: Schemas,
    ) -> None:
        self._cells = cells
        self._prompts = prompts
        self._scores = scores
        self._schemas = schemas
        answered = [record for record in records if not record.failed]
        self._greedy = {(r.cell, r.prompt): r for r in answered if r.purpose is Purpose.GREEDY}
        self._again = {(r.cell, r.prompt, r.seed): r for r in answered if r.purpose is Purpose.AGAIN}

    def judge(self, record: Record) -> Values:
        """The OUTPUT metrics of one measured request that was answered."""
        tokens = _tokens(record)
        prompt = self._prompts.get(record.prompt)
        return {
            "correct": _share(None if prompt is None else measures.is_expected(prompt, record.answer)),
            "json_valid": self._json_valid(prompt, record.answer),
            "own_end": _share(_own_end(record)),
            "characters": float(len(record.answer)),
            "distinct_1": measures.distinct(tokens, 1),
            "distinct_2": measures.distinct(tokens, 2),
            "repetition": measures.repetition(tokens),
            "longest_repeat": float(measures.longest_repeat(tokens)),
            **self._agreement(record, tokens),
            "same_again": self._same_again(record),
            "log_probability": self._log_probability(record),
        }

    def _json_valid(self, prompt: Prompt | None, answer: str) -> float | None:
        if prompt is None or (prompt.schema is None and prompt.match.value != "json"):
            return None
        if prompt.schema is None:
            return _share(measures.is_json(answer))
        return _share(measures.is_json(answer, self._schemas(prompt.schema)))

    def _agreement(self, record: Record, tokens: Sequence[Hashable]) -> Values:
        reference = self._greedy.get((greedy_reference(self._cells[record.cell]).id, record.prompt))
        if reference is None:
            return {"greedy_prefix": None, "greedy_likeness": None}
        other = _tokens(reference)
        return {
            "greedy_prefix": float(measures.shared_prefix(tokens, other)),
            "greedy_likeness": measures.likeness(tokens, other),
        }

    def _same_again(self, record: Record) -> float | None:
        again = self._again.get((record.cell, record.prompt, record.seed))
        return None if again is None else _share(again.answer == record.answer)

    def _log_probability(self, record: Record) -> float | None:
        """Over all tokens of the request's answers."""
        means = self._scores.get(record.id)
        counts = [len(call.tokens) for call in record.inferences if call.tokens]
        if not means or len(means) != len(counts):
            return None
        return sum(mean * count for mean, count in zip(means, counts, strict=True)) / sum(counts)


def _tokens(record: Record) -> list[Hashable]:
    """The model's own tokens; words, where it has none."""
    found: list[Hashable] = [token for call in record.inferences for token in call.tokens]
    return found or list(record.answer.split())


def _own_end(record: Record) -> bool | None:
    return all(call.finish == "stop" for call in record.inferences) if record.inferences else None


def _share(held: bool | None) -> float | None:
    return None if held is None else float(held)
