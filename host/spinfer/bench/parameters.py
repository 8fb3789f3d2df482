"""The inference parameters that can be varied: their names, their kinds and their bounds. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from spinfer.bench.ranges import Number
from spinfer.errors import InvalidInput
from spinfer.inference.types import SamplingParams

MOST = 2**32 - 1
"""Of a `u32`, which is what `fermyon:spin/llm` takes."""


@dataclass(frozen=True, slots=True)
class Parameter:
    """`name` is the key in scenarios and results, and with hyphens the option; `field` is SamplingParams'."""

    name: str
    field: str
    whole: bool
    unit: str
    says: str
    """One line for the help."""

    @property
    def option(self) -> str:
        return f"--{self.name.replace('_', '-')}"

    @property
    def label(self) -> str:
        """For an axis."""
        return self.name.replace("_", " ")

    def problem(self, value: Number) -> str | None:
        """What is wrong with a value, or None."""
        if self.whole and not isinstance(value, int):
            return f"{value} is no whole number"
        if self.whole and value > MOST:
            return f"{value} is more than {MOST}"
        try:
            params(((self.name, value),))
        except InvalidInput as e:
            return str(e)
        return None


PARAMETERS = (
    Parameter("temperature", "temperature", False, "", "How freely to draw; 0 takes the likeliest token."),
    Parameter("top_k", "top_k", True, "tokens", "Draw from this many likeliest tokens; 0: from all."),
    Parameter("top_p", "top_p", False, "", "Draw from the likeliest tokens of this probability together."),
    Parameter(
        "repeat_penalty", "repeat_penalty", False, "", "Divide the logits of recent tokens; 1: do not."
    ),
    Parameter(
        "repeat_last_n", "repeat_penalty_last_n_token_count", True, "tokens", "How many tokens are recent."
    ),
    Parameter("max_tokens", "max_tokens", True, "tokens", "End an answer after this many tokens."),
)

BY_NAME: Mapping[str, Parameter] = {parameter.name: parameter for parameter in PARAMETERS}

Settings = tuple[tuple[str, Number], ...]
"""Names and values of the parameters that a scenario sets, in the order of PARAMETERS."""


def params(settings: Settings, base: SamplingParams | None = None) -> SamplingParams:
    """`base` (Spin's defaults) with these settings. Raises InvalidInput."""
    changed = {BY_NAME[name].field: value for name, value in settings}
    return replace(base or SamplingParams(), **changed)  # type: ignore[arg-type]


def as_settings(chosen: SamplingParams) -> dict[str, Number]:
    """Every parameter by its name here."""
    return {parameter.name: getattr(chosen, parameter.field) for parameter in PARAMETERS}


def greedy(settings: Settings) -> Settings:
    """Always the likeliest token, whatever came before, for as many tokens as these settings have."""
    chosen = {"temperature": 0, "repeat_penalty": 1, **{k: v for k, v in settings if k == "max_tokens"}}
    return tuple((p.name, chosen[p.name]) for p in PARAMETERS if p.name in chosen)
