"""What is sent for a completion to an OpenAI-compatible server, and which parts of it may be left out. Pure.

| guest's parameter | sent as | understood by |
|---|---|---|
| max-tokens | `max_tokens`, else `max_completion_tokens` | all |
| temperature, top-p | `temperature`, `top_p` | all |
| top-k | `top_k` | vLLM, llama-server |
| repeat-penalty | `repeat_penalty`, `repetition_penalty` | llama-server, vLLM |
| repeat-penalty-last-n-token-count | `repeat_last_n` | llama-server |

Most servers pass over what they do not know; some refuse it, naming it.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass

from spinfer.inference.types import Request

MOST_TOKENS = 2**31 - 1
"""A greater number is no limit at all, which is said by sending none."""
_LEAST_TOP_P = 1e-6
"""0 means "the likeliest token only", and servers want a number above it."""

OPTIONAL = frozenset(
    {
        *("max_tokens", "max_completion_tokens", "temperature", "top_p", "top_k", "seed", "stop"),
        *("repeat_penalty", "repetition_penalty", "repeat_last_n", "stream", "stream_options"),
    }
)
"""What a server may refuse to know."""

_UNKNOWN = re.compile(
    r"unrecogni[sz]ed|unknown|unsupported|not supported|unexpected|extra|not permitted", re.I
)


@dataclass(frozen=True, slots=True)
class Asking:
    """How one name's requests are put to the server."""

    model: str
    """Its name there."""
    raw: bool = False
    """The prompt as it is, by `/completions`; else as one user message, by `/chat/completions`."""
    stop: tuple[str, ...] = ()
    seed: int | None = None


def content(request: Request, asking: Asking, left_out: Collection[str]) -> dict[str, object]:
    """The JSON of a request, without what is left out."""
    prompt: dict[str, object] = (
        {"prompt": request.prompt}
        if asking.raw
        else {"messages": [{"role": "user", "content": request.prompt}]}
    )
    optional = {name: value for name, value in _options(request, asking).items() if value is not None}
    if "max_tokens" in left_out and "max_tokens" in optional:
        optional["max_completion_tokens"] = optional["max_tokens"]
    kept = {name: value for name, value in optional.items() if name not in left_out}
    if "stream" in left_out:
        kept.pop("stream_options", None)
    return {"model": asking.model, **prompt, **kept}


def seed_of(request: Request, asking: Asking) -> int | None:
    return asking.seed if request.seed is None else request.seed


def refused_names(said: str, sent: Collection[str]) -> frozenset[str]:
    """The parameters that a server's sentence says it does not know; none for a refusal of another kind."""
    if not _UNKNOWN.search(said):
        return frozenset()
    return frozenset(name for name in OPTIONAL.intersection(sent) if re.search(rf"\b{name}\b", said))


def _options(request: Request, asking: Asking) -> dict[str, object]:
    params = request.params
    penalty = params.repeat_penalty if params.penalizes else 1.0
    options: dict[str, object] = {
        "stream": True,
        "stream_options": {"include_usage": True},
        "max_tokens": (params.max_tokens or 1) if params.max_tokens <= MOST_TOKENS else None,
        "temperature": max(params.temperature, 0.0),
        "repeat_penalty": penalty,
        "repetition_penalty": penalty,
        "seed": seed_of(request, asking),
        "stop": list(asking.stop) or None,
    }
    if params.penalizes:
        options["repeat_last_n"] = min(params.repeat_penalty_last_n_token_count, MOST_TOKENS)
    if not params.greedy:
        options["top_p"] = max(params.top_p, _LEAST_TOP_P)
        options["top_k"] = min(params.top_k, MOST_TOKENS)
    return options
