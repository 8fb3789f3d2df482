"""One app on this machine, from its manifest to the CPU."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from spinfer.assembly.command import MODEL_FOLDER
from spinfer.config import spinfer_toml
from spinfer.config.models import ModelConfig
from spinfer.config.runtime_config import RuntimeConfig
from spinfer.doctor import channels, grants, guests, machine, manifest, models, sources
from spinfer.doctor.finding import Finding, problems, refusals
from spinfer.errors import ConfigError
from spinfer.factors.variables.resolver import Resolver
from spinfer.factors.variables.sources import Sources, VariableSettings
from spinfer.inference.child import ChildFailed
from spinfer.inference.engine.llama import features
from spinfer.manifest.model import HttpTrigger, Manifest


@dataclass(frozen=True, slots=True)
class Patient:
    """What is looked at, as `spinfer up` would be started."""

    path: Path
    """A spin.toml, or a folder with one."""
    runtime: RuntimeConfig
    variables: Callable[[Manifest], VariableSettings]
    state_folder: Callable[[Manifest], Path | None]
    address: str
    models: Mapping[str, ModelConfig]
    """Beyond spinfer.toml."""
    cache: Path | None = None
    """The folder of compiled components; None: the user's."""


def examine(patient: Patient) -> Iterator[Finding]:
    """Each thing as it is found: seconds for components that were never compiled."""
    found, findings = manifest.examine(patient.path)
    yield from findings
    if found is not None:
        yield from _app(patient, found)
    if found is None or any(found.triggers_of(HttpTrigger)):
        yield from machine.port(patient.address)
    yield from _cpu()


def _app(patient: Patient, found: Manifest) -> Iterator[Finding]:
    yield from sources.examine(found)
    try:
        table = {**patient.runtime.models, **spinfer_toml.load(found.folder).models, **patient.models}
    except ConfigError as e:
        yield from problems("configuration", e.problems)
        table = dict(patient.models)
    variables = patient.variables(found)
    values: dict[str, str] = {}
    without_value = refusals("variable", lambda: values.update(_values(found, variables)))
    yield from without_value
    if not without_value:  # who may be asked over the network depends on them, so nothing can be linked
        yield from channels.examine(found, values)
        loaded = guests.examine(found, patient.runtime, variables, patient.cache)
        yield from loaded.findings
        yield from grants.examine(found, table, loaded.imports)
    state = patient.state_folder(found)
    yield from models.examine(found, table, None if state is None else state / MODEL_FOLDER)


def _values(found: Manifest, variables: VariableSettings) -> Mapping[str, str]:
    """Raises OperatorError for those that have none."""
    with Sources(variables) as sources_:
        return Resolver(found.variables, sources_.providers).values()


def _cpu() -> Iterator[Finding]:
    try:
        built_for: frozenset[str] | ChildFailed = features.built_for()
    except ChildFailed as e:
        built_for = e
    yield from machine.cpu(built_for, machine.cpu_flags())
