"""From the command line of `spinfer bench` to the experiment it describes."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ValidationError

from spinfer.bench import scenario as scenarios
from spinfer.bench.experiment import Experiment
from spinfer.bench.parameters import PARAMETERS
from spinfer.bench.scenario import Scenario
from spinfer.config import model_flag, spinfer_toml
from spinfer.config.models import ModelConfig
from spinfer.documents.problems import problems
from spinfer.errors import ConfigError, Problem


def experiment(given: Mapping[str, Any]) -> Experiment:
    """`given`: each option by its name. Raises ConfigError, naming options."""
    file = given["file"]
    base = Scenario() if file is None else scenarios.load(file)
    changed = _changed(base, given)
    return scenarios.experiment(changed, _models(given["models"], changed))


def _changed(base: Scenario, given: Mapping[str, Any]) -> Scenario:
    """The scenario with what the command line says in its place. Raises ConfigError, naming options."""
    targets = tuple(name for name in ("guest", "direct") if given[name])
    if given["app"] is not None and targets:
        targets += ("app",)
    raw = {
        **{name: given[name] for name in _PLAIN if given[name] not in (None, ())},
        **({"targets": targets} if targets or given["app"] is not None else {}),
        "parameters": {p.name: given[p.name] for p in PARAMETERS if given[p.name] is not None},
        "load": {name: given[name] for name in _LOAD if given[name]},
    }
    try:
        told = Scenario.model_validate(raw).resolved(Path.cwd())
    except ValidationError as e:
        raise ConfigError.listing(map(_as_option, problems(e, Scenario, ""))) from e
    inner = {
        "parameters": base.parameters.model_copy(update=_set(told.parameters)),
        "load": base.load.model_copy(update=_set(told.load)),
    }
    return base.model_copy(update={**_set(told), **inner})


_PLAIN = (
    *(
        "app",
        "request",
        "prompts",
        "prompt",
        "prompt_tokens",
        "repetitions",
        "requests",
        "seed",
        "order_seed",
    ),
    *("sample", "warm_up", "slo"),
)
_LOAD = ("concurrency", "rate", "arrivals", "saturate")


def _set(table: BaseModel) -> dict[str, Any]:
    return {name: getattr(table, name) for name in table.model_fields_set}


def _as_option(problem: Problem) -> Problem:
    """The option that a key of the scenario stands for."""
    name = problem.where.split(".")[-1].split("[")[0].replace("_", "-")
    option = "--request-file" if name == "request" else f"--{name}"
    cure = "" if " = " in problem.cure else problem.cure
    return Problem(problem.what, option, cure)


def _models(named: tuple[str, ...], scenario: Scenario) -> dict[str, ModelConfig]:
    """What `--model` names, else the scenario's, else the app's only one, else the one inside the package."""
    known = _configured(scenario)
    found: dict[str, ModelConfig] = {}
    for value in named:
        if value in known:
            found[value] = known[value]
        else:
            given = value if "=" in value else f"{Path(value).stem}={value}"
            found.update(model_flag.parse([given], Path.cwd()))
    if found or scenario.models:
        return found or dict(scenario.models)
    if scenario.app is not None and known:
        if len(known) > 1:
            names = ", ".join(f"`{name}`" for name in known)
            raise ConfigError(
                "the app has several models", where="--model", cure=f"Choose one or more of {names}."
            )
        return known
    return {"builtin": ModelConfig(builtin=True)}


def _configured(scenario: Scenario) -> dict[str, ModelConfig]:
    """By the spinfer.toml beside the app, or here, and by the scenario."""
    beside = scenario.app if scenario.app is not None else Path.cwd()
    folder = beside if beside.is_dir() else beside.parent
    return {**spinfer_toml.load(folder).models, **scenario.models}
