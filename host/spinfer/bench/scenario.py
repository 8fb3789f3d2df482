"""A scenario file: in TOML what the options of `spinfer bench` say, and the experiment it describes."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BeforeValidator, Field, ValidationError, ValidationInfo, field_validator

from spinfer.bench import prompts as prompts_
from spinfer.bench import ranges, slo
from spinfer.bench.cells import TargetKind
from spinfer.bench.experiment import AppUnderTest, Experiment
from spinfer.bench.grid import Grid
from spinfer.bench.load import Arrivals, Closed, Load, Open
from spinfer.bench.parameters import BY_NAME, PARAMETERS
from spinfer.bench.prompts import Prompt
from spinfer.bench.ranges import BadRange, Number
from spinfer.bench.schedule import Plan
from spinfer.bench.slo import BadSlo
from spinfer.config.models import FilePath, ModelConfig, ModelTable
from spinfer.documents import toml
from spinfer.documents.problems import problems
from spinfer.documents.table import Array, Table, mistake, quoted
from spinfer.errors import ConfigError

MOST_REQUESTS = 1_000_000
"""More are refused: at ten a second they take a day."""


def _values(value: object) -> tuple[Number, ...]:
    """`0.8`, `[0, 0.8]` or `"0-1+0.2"`."""
    found: list[Number] = []
    for each in value if isinstance(value, list | tuple) else [value]:
        match each:
            case bool():
                raise mistake(
                    f"expected numbers, got {quoted(each)}", 'write for example [0, 0.8] or "1-81+20"'
                )
            case int() | float():
                found.append(each)
            case str():
                try:
                    found.extend(ranges.values(each))
                except BadRange as e:
                    raise mistake(str(e)) from e
            case _:
                raise mistake(
                    f"expected numbers, got {quoted(each)}", 'write for example [0, 0.8] or "1-81+20"'
                )
    if not found:
        raise mistake("there is no value in it", 'write for example [0, 0.8] or "1-81+20"')
    return tuple(dict.fromkeys(found))


Values = Annotated[tuple[Number, ...], BeforeValidator(_values), Field(strict=False)]
_EXAMPLE = ["temperature = [0, 0.4, 0.8]"]


class Parameters(Table):
    """`[parameters]`: the values of each. One that is not named has Spin's default, or an app's own value."""

    temperature: Values | None = Field(default=None, examples=_EXAMPLE)
    top_k: Values | None = Field(default=None, examples=['top_k = "1-81+20"'])
    top_p: Values | None = Field(default=None, examples=["top_p = [0.5, 0.9]"])
    repeat_penalty: Values | None = Field(default=None, examples=["repeat_penalty = [1.0, 1.1]"])
    repeat_last_n: Values | None = Field(default=None, examples=["repeat_last_n = [0, 64]"])
    max_tokens: Values | None = Field(default=None, examples=["max_tokens = 64"])

    @field_validator("*")
    @classmethod
    def _within_bounds(
        cls, values: tuple[Number, ...] | None, info: ValidationInfo
    ) -> tuple[Number, ...] | None:
        assert info.field_name is not None
        for value in values or ():
            if problem := BY_NAME[info.field_name].problem(value):
                raise mistake(problem)
        return values

    @property
    def axes(self) -> tuple[tuple[str, tuple[Number, ...]], ...]:
        given = ((parameter.name, getattr(self, parameter.name)) for parameter in PARAMETERS)
        return tuple((name, values) for name, values in given if values is not None)


class LoadTable(Table):
    """`[load]`: how requests arrive."""

    concurrency: Values | None = Field(default=None, validate_default=True, examples=["concurrency = [1, 4]"])
    rate: Values | None = Field(default=None, examples=["rate = [2, 4]"])
    """Requests a second."""
    arrivals: Literal["poisson", "fixed"] = Field(default="poisson", examples=['arrivals = "fixed"'])
    saturate: bool = Field(default=False, examples=["saturate = true"])

    @field_validator("concurrency")
    @classmethod
    def _callers(cls, values: tuple[Number, ...] | None) -> tuple[Number, ...] | None:
        for value in values or ():
            if not isinstance(value, int) or not 1 <= value <= 256:
                raise mistake(f"{value} is no number of callers", "write whole numbers from 1 to 256")
        return values

    @field_validator("rate")
    @classmethod
    def _rates(cls, values: tuple[Number, ...] | None) -> tuple[Number, ...] | None:
        for value in values or ():
            if not 0 < value <= 10_000:
                raise mistake(f"{value} is no rate", "write requests a second, more than 0")
        return values

    @property
    def loads(self) -> tuple[Load, ...]:
        closed = tuple(Closed(int(value)) for value in self.concurrency or ())
        open_ = tuple(Open(float(rate), Arrivals(self.arrivals)) for rate in self.rate or ())
        return closed + open_ or (Closed(),)


class Scenario(Table):
    """The whole file, and what an empty one means."""

    name: str = Field(default="", examples=['name = "sentiment"'])
    targets: Array[Literal["guest", "direct", "app"]] = Field(default=(), examples=['targets = ["guest"]'])
    app: FilePath | None = Field(default=None, examples=['app = "../sentiment"'])
    request: FilePath | None = Field(default=None, examples=['request = "ask.http"'])
    models: ModelTable = Field(default_factory=dict, examples=["[models.chat] with `builtin = true`"])
    prompts: FilePath | None = Field(default=None, examples=['prompts = "prompts.jsonl"'])
    prompt: Array[str] = Field(default=(), examples=['prompt = ["What is the capital of France?"]'])
    prompt_tokens: Values | None = Field(default=None, examples=["prompt_tokens = [128, 512]"])
    repetitions: int = Field(default=3, ge=1, le=1_000_000, examples=["repetitions = 3"])
    requests: int | None = Field(default=None, ge=1, le=1_000_000, examples=["requests = 100"])
    seed: int = Field(default=1, ge=0, lt=2**32, examples=["seed = 1"])
    order_seed: int = Field(default=1, ge=0, lt=2**32, examples=["order_seed = 1"])
    sample: int | None = Field(default=None, ge=1, examples=["sample = 50"])
    warm_up: int = Field(default=1, ge=0, le=1000, examples=["warm_up = 1"])
    slo: str = Field(default="", examples=['slo = "ttft=500ms,tpot=80ms"'])
    parameters: Parameters = Field(
        default=Parameters(), examples=["[parameters] with `temperature = [0, 0.8]`"]
    )
    load: LoadTable = Field(default=LoadTable(), examples=["[load] with `concurrency = [1, 4]`"])

    @field_validator("slo")
    @classmethod
    def _is_slo(cls, text: str) -> str:
        try:
            slo.parse(text)
        except BadSlo as e:
            raise mistake(str(e)) from e
        return text

    @field_validator("prompt_tokens")
    @classmethod
    def _lengths(cls, values: tuple[Number, ...] | None) -> tuple[Number, ...] | None:
        for value in values or ():
            if not isinstance(value, int) or value < 1:
                raise mistake(f"{value} is no length", "write whole numbers of tokens, from 1")
        return values

    def resolved(self, folder: Path) -> Scenario:
        """The same, its paths absolute: relative ones start in `folder`."""
        paths = {name: getattr(self, name) for name in ("app", "request", "prompts")}
        found = {name: folder / path.expanduser() for name, path in paths.items() if path is not None}
        models = {name: model.resolved(folder) for name, model in self.models.items()}
        return self.model_copy(update={**found, "models": models})


def load(path: Path) -> Scenario:
    """The scenario in a file. Raises ConfigError, listing every mistake."""
    try:
        raw = toml.read(path, ConfigError)
    except FileNotFoundError as e:
        raise ConfigError("there is no such file", where=str(path)) from e
    try:
        return Scenario.model_validate(raw).resolved(path.absolute().parent)
    except ValidationError as e:
        raise ConfigError.listing(problems(e, Scenario, path.name)) from e


def experiment(scenario: Scenario, models: Mapping[str, ModelConfig]) -> Experiment:
    """What the scenario describes, with these models. Raises ConfigError."""
    targets = _targets(scenario)
    prompts = _prompts(scenario)
    lengths: tuple[int | None, ...] = tuple(int(value) for value in scenario.prompt_tokens or ()) or (None,)
    loads = (Closed(1),) if scenario.load.saturate else scenario.load.loads
    grid = Grid(targets, tuple(models), loads, lengths, scenario.parameters.axes)
    plan = Plan(
        prompts=max(1, len(prompts)),
        repetitions=scenario.repetitions,
        seed=scenario.seed,
        order_seed=scenario.order_seed,
        requests=scenario.requests,
        compare=bool(prompts),
    )
    _check_size(grid, plan, scenario.sample)
    return Experiment(
        cells=grid.cells(scenario.sample, scenario.order_seed),
        plan=plan,
        prompts=prompts,
        models=models,
        slo=slo.parse(scenario.slo),
        app=_app(scenario) if TargetKind.APP in targets else None,
        warm_up=scenario.warm_up,
        saturate=scenario.load.saturate,
        points=grid.points,
        name=scenario.name,
    )


def _targets(scenario: Scenario) -> tuple[TargetKind, ...]:
    if not scenario.targets:
        return (TargetKind.APP,) if scenario.app is not None else (TargetKind.GUEST,)
    return tuple(dict.fromkeys(map(TargetKind, scenario.targets)))


def _prompts(scenario: Scenario) -> tuple[Prompt, ...]:
    given = tuple(map(Prompt, scenario.prompt))
    if scenario.prompts is not None:
        given += prompts_.read(scenario.prompts)
    if given and scenario.prompt_tokens is not None:
        raise ConfigError(
            "prompts are either given or generated",
            where="prompt_tokens",
            cure="Leave out `prompt_tokens`, or the prompts.",
        )
    if not given and scenario.prompt_tokens is None:
        return (Prompt(DEFAULT_PROMPT),)
    return prompts_.unique(given)


DEFAULT_PROMPT = "What is the capital of France?"
"""Where nothing is said: short, and the model inside the package knows the answer."""


def _app(scenario: Scenario) -> AppUnderTest:
    if scenario.app is None:
        raise ConfigError(
            "no app is named", where="targets", cure='Name one: `spinfer bench APP`, or app = "../sentiment".'
        )
    if scenario.request is None:
        raise ConfigError(
            "what to send to the app is not said",
            where="--request-file",
            cure="Write a file with the request, such as: POST /api/ask, an empty line, {{prompt}}",
        )
    try:
        return AppUnderTest(scenario.app, scenario.request.read_text("utf-8"))
    except (OSError, UnicodeDecodeError) as e:
        reason = "there is no such file" if isinstance(e, FileNotFoundError) else str(e)
        raise ConfigError(f"the request cannot be read: {reason}", where=str(scenario.request)) from e


def _check_size(grid: Grid, plan: Plan, sample: int | None) -> None:
    """Before a cell is made: there may be more of them than memory."""
    points = min(grid.points, sample or grid.points)
    places = len(grid.targets) * len(grid.models) * len(grid.prompt_lengths)
    requests = points * places * plan.repetitions * sum(plan.count(load) for load in grid.loads)
    if requests <= MOST_REQUESTS:
        return
    cure = f"{points:,} sets of parameters are in the grid: measure some of them with --sample 100."
    if sample is not None or grid.points == 1:
        cure = "Ask for fewer prompts, repetitions or requests."
    raise ConfigError(
        f"this would take {requests:,} requests, and at most {MOST_REQUESTS:,} are made", cure=cure
    )
