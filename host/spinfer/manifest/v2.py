"""A version-2 manifest as it is written; `model.py` says what it comes to."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Annotated, Literal

from pydantic import BeforeValidator, Field, PlainValidator, TypeAdapter, ValidationInfo, field_validator

from spinfer.documents.keys import Location, key_path
from spinfer.documents.problems import at
from spinfer.documents.table import Array, OpenTable, Table, mistake, quoted
from spinfer.errors import Problem
from spinfer.manifest.application import Application, Variable
from spinfer.manifest.component import Component
from spinfer.manifest.dependencies import DependencySpec
from spinfer.manifest.expressions import TemplateText
from spinfer.manifest.http import ROUTE_EXAMPLE, ComponentExecutor, Executor, Route, StaticResponse
from spinfer.manifest.names import KebabId, VariableName
from spinfer.manifest.scope import ComponentId, scope

_COMPONENT_ID: TypeAdapter[str] = TypeAdapter(ComponentId)


def _component(value: object, info: ValidationInfo) -> str | Component:
    match value:
        case Component():
            return value
        case str():
            return _COMPONENT_ID.validate_python(value, context=info.context)
        case dict():
            return Component.model_validate(value, context=info.context)
    raise mistake(
        f"expected the id of a component, or a component in place, got {quoted(value)}",
        'for example: component = "hello"',
    )


def _one_or_many(value: object) -> object:
    return value if isinstance(value, list | tuple) else (value,)


ComponentSpec = Annotated[str | Component, PlainValidator(_component)]
"""The id of a component, or the component itself, in place."""
ComponentSpecs = Annotated[Array[ComponentSpec], BeforeValidator(_one_or_many)]


class TriggerTable(Table):
    """What triggers of every type may say; the type decides what `components` and `dependencies` mean."""

    id: str | None = Field(default=None, min_length=1, examples=['id = "hello-trigger"'])
    component: ComponentSpec | None = Field(default=None, examples=['component = "hello"'])
    components: Mapping[str, ComponentSpecs] = Field(
        default_factory=dict, examples=['components = { filter = "hello" }']
    )
    dependencies: Mapping[str, Array[DependencySpec]] = Field(
        default_factory=dict, examples=['dependencies = { filter = [{ path = "filter.wasm" }] }']
    )


class HttpTriggerKeys(Table):
    """What only HTTP triggers say."""

    route: Route = Field(examples=[ROUTE_EXAMPLE])
    executor: Executor = ComponentExecutor()


class HttpTriggerTable(HttpTriggerKeys, TriggerTable):
    """`[[trigger.http]]`."""

    component: ComponentSpec | None = Field(default=None, examples=['component = "hello"'])
    static_response: StaticResponse | None = Field(
        default=None,
        validate_default=True,
        examples=['static_response = { status_code = 404, body = "Not found" }'],
    )

    @field_validator("static_response")
    @classmethod
    def _one_answer(cls, response: StaticResponse | None, info: ValidationInfo) -> StaticResponse | None:
        if "component" not in info.data:  # it is there, and mistaken
            return response
        if info.data["component"] is not None and response is not None:
            raise mistake(
                "both `component` and `static_response`, but only one of them can answer",
                "remove the one or the other",
                in_table=True,
            )
        if info.data["component"] is None and response is None:
            raise mistake(
                "nothing answers this route",
                'write `component = "…"` or `static_response = { … }`',
                in_table=True,
            )
        return response


class RedisTriggerKeys(Table):
    """What only Redis triggers say."""

    channel: TemplateText = Field(examples=['channel = "messages"'])
    address: TemplateText | None = Field(
        default=None, validate_default=True, examples=['address = "redis://localhost:6379"']
    )
    """None: the application's."""

    @field_validator("address")
    @classmethod
    def _somewhere(cls, address: object, info: ValidationInfo) -> object:
        declared = scope(info)
        if address is None and declared and not declared.redis_address:
            raise mistake(
                "missing", f"write it here, or for all triggers under `[{declared.redis_settings}]`"
            )
        return address


class RedisTriggerTable(RedisTriggerKeys, TriggerTable):
    """`[[trigger.redis]]`."""

    component: ComponentSpec = Field(examples=['component = "hello"'])


class CommandTriggerTable(TriggerTable):
    """`[[trigger.command]]`: a component to be run once, as a command."""

    component: ComponentSpec = Field(examples=['component = "hello"'])


class OtherTriggerTable(TriggerTable, OpenTable):
    """A trigger of a type that we do not know: its own keys are in `model_extra`."""


class TriggerTables(OpenTable):
    """`[[trigger.<type>]]`; the types that we do not know are in `model_extra`."""

    __pydantic_extra__: dict[str, Array[OtherTriggerTable]] = Field(init=False)
    http: Array[HttpTriggerTable] = ()
    redis: Array[RedisTriggerTable] = ()
    command: Array[CommandTriggerTable] = ()


class Document(Table):
    """The whole file."""

    spin_manifest_version: Literal[2] = 2
    application: Application = Field(examples=['[application] with at least `name = "my-app"`'])
    variables: Mapping[VariableName, Variable] = Field(
        default_factory=dict, examples=["[variables] with lines such as `token = { required = true }`"]
    )
    trigger: TriggerTables = TriggerTables()
    component: Mapping[KebabId, Component] = Field(
        default_factory=dict, examples=['[component.hello] with at least `source = "app.wasm"`']
    )


def duplicates(raw: Mapping[str, object], document: str) -> Iterator[Problem]:
    """The ids that more than one trigger has. Reads what it can of an unchecked table."""
    seen: dict[str, str] = {}
    for location, id in _trigger_ids(raw):
        first = seen.setdefault(id, key_path(location))
        if first != key_path(location):
            yield Problem(
                f"the id `{id}` is already that of {first}",
                at(document, (*location, "id")),
                "give one of them another id",
            )


def _trigger_ids(raw: Mapping[str, object]) -> Iterator[tuple[Location, str]]:
    kinds = raw.get("trigger")
    for kind, triggers in kinds.items() if isinstance(kinds, Mapping) else ():
        for index, trigger in enumerate(triggers if isinstance(triggers, list) else ()):
            match trigger:
                case {"id": str(id)}:
                    yield ("trigger", kind, index), id
