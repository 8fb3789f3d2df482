"""An experiment, ready to be run: every cell, prompt and seed. `--resume` finds it again in a journal."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from spinfer.bench import cells as cells_
from spinfer.bench import prompts as prompts_
from spinfer.bench.cells import Cell
from spinfer.bench.prompts import Prompt
from spinfer.bench.schedule import Plan
from spinfer.bench.slo import Slo
from spinfer.config.models import ModelConfig


@dataclass(frozen=True, slots=True)
class AppUnderTest:
    """A route of an app: its manifest or component, and the request, a text with `{{prompt}}` in it."""

    path: Path
    request: str


@dataclass(frozen=True, slots=True)
class Experiment:
    """`prompts` is empty where each request gets a generated one, of its cell's length."""

    cells: tuple[Cell, ...]
    plan: Plan
    prompts: tuple[Prompt, ...]
    models: Mapping[str, ModelConfig]
    slo: Slo = field(default_factory=Slo)
    app: AppUnderTest | None = None
    warm_up: int = 1
    """Requests before anything is measured, through each target to each model."""
    saturate: bool = False
    """Raise the load of every cell until nothing is gained by it."""
    points: int = 1
    """Sets of parameters that the whole grid has; `cells` may be a sample of them."""
    name: str = ""


def as_json(experiment: Experiment) -> dict[str, Any]:
    return {
        "name": experiment.name,
        "cells": [{"id": cell.id, **cells_.as_json(cell)} for cell in experiment.cells],
        "plan": asdict(experiment.plan),
        "prompts": [prompts_.as_json(prompt) for prompt in experiment.prompts],
        "models": {name: _model_as_json(model) for name, model in experiment.models.items()},
        "slo": dict(experiment.slo.limits),
        "app": None
        if experiment.app is None
        else {"path": str(experiment.app.path), "request": experiment.app.request},
        "warm_up": experiment.warm_up,
        "saturate": experiment.saturate,
        "points": experiment.points,
    }


def from_json(value: dict[str, Any]) -> Experiment:
    app = value["app"]
    return Experiment(
        cells=tuple(map(cells_.from_json, value["cells"])),
        plan=Plan(**value["plan"]),
        prompts=tuple(map(prompts_.from_json, value["prompts"])),
        models={name: ModelConfig.model_validate(model) for name, model in value["models"].items()},
        slo=Slo(tuple(sorted(value["slo"].items()))),
        app=None if app is None else AppUnderTest(Path(app["path"]), app["request"]),
        warm_up=value["warm_up"],
        saturate=value["saturate"],
        points=value["points"],
        name=value["name"],
    )


def _model_as_json(model: ModelConfig) -> dict[str, Any]:
    """What differs from the defaults."""
    return model.model_dump(mode="json", exclude_defaults=True)
