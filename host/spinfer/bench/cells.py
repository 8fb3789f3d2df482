"""A cell of an experiment: one target, model, load and set of parameters. Pure."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from enum import Enum
from typing import Any

from spinfer.bench import load as loads
from spinfer.bench.load import ONE_AT_A_TIME, Load
from spinfer.bench.parameters import PARAMETERS, Settings


class TargetKind(Enum):
    """What a request goes through."""

    DIRECT = "direct"
    """The engine, called by the host itself."""
    GUEST = "guest"
    """The built-in bench guest: a component that calls `infer`."""
    APP = "app"
    """A route of an app, over HTTP."""


@dataclass(frozen=True, slots=True)
class Cell:
    """What is the same for a number of requests. `settings` are in the order of PARAMETERS."""

    target: TargetKind
    model: str
    load: Load = ONE_AT_A_TIME
    settings: Settings = ()
    prompt_tokens: int | None = None
    """None: the prompts that were given; otherwise generated ones of this length."""

    @property
    def id(self) -> str:
        """Stays the same for the same cell in any run."""
        text = json.dumps(as_json(self), sort_keys=True)
        return hashlib.sha256(text.encode()).hexdigest()[:10]

    @property
    def label(self) -> str:
        """One line for a person."""
        parts = [self.target.value, self.model]
        parts += [f"{name.replace('_', '-')} {value:g}" for name, value in self.settings]
        if self.prompt_tokens is not None:
            parts.append(f"prompts of {self.prompt_tokens} tokens")
        if self.load != ONE_AT_A_TIME:
            parts.append(str(self.load))
        return ", ".join(parts)


def as_json(cell: Cell) -> dict[str, Any]:
    return {
        "target": cell.target.value,
        "model": cell.model,
        "load": loads.as_json(cell.load),
        "settings": dict(cell.settings),
        "prompt_tokens": cell.prompt_tokens,
    }


def from_json(value: dict[str, Any]) -> Cell:
    settings = value["settings"]
    return Cell(
        target=TargetKind(value["target"]),
        model=value["model"],
        load=loads.from_json(value["load"]),
        settings=tuple((p.name, settings[p.name]) for p in PARAMETERS if p.name in settings),
        prompt_tokens=value["prompt_tokens"],
    )
