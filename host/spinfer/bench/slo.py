"""A service level objective: how long a user may be kept waiting, as `ttft=500ms,tpot=80ms`. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

LIMITS = ("ttft", "tpot", "itl_p95", "e2e")
"""What can be limited: the metrics of these names, in seconds."""

_TIME = re.compile(r"(\d+(?:\.\d+)?)\s*(us|ms|s|m)")
_SECONDS = {"us": 1e-6, "ms": 1e-3, "s": 1.0, "m": 60.0}


class BadSlo(ValueError):
    """The text is no objective; it says why, and what to write."""


@dataclass(frozen=True, slots=True)
class Slo:
    """The most seconds that each of these metrics may have."""

    limits: tuple[tuple[str, float], ...] = ()

    def __bool__(self) -> bool:
        return bool(self.limits)

    def __str__(self) -> str:
        return ", ".join(f"{name} ≤ {seconds * 1000:g} ms" for name, seconds in self.limits)

    def met(self, metrics: Mapping[str, float | None]) -> bool:
        """Whether a request kept to it; what has no value (one token has no TPOT) breaks nothing."""
        found = ((metrics.get(name), most) for name, most in self.limits)
        return all(value is None or value <= most for value, most in found)


def parse(text: str) -> Slo:
    """Raises BadSlo."""
    limits = {}
    for part in filter(None, (part.strip() for part in text.split(","))):
        name, _, time = part.partition("=")
        found = _TIME.fullmatch(time.strip())
        if name.strip() not in LIMITS or found is None or float(found[1]) <= 0:
            raise BadSlo(
                f"`{part}` is no limit; write for example ttft=500ms,tpot=80ms ({', '.join(LIMITS)})"
            )
        limits[name.strip()] = float(found[1]) * _SECONDS[found[2]]
    return Slo(tuple(sorted(limits.items())))
