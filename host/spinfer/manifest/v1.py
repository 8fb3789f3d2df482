"""The version-1 format, and its conversion to version 2.

Its applications have triggers of one type, and a list of components, each with the one trigger that calls it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Annotated, Generic, Literal, TypeVar

from pydantic import AfterValidator, Field, model_validator

from spinfer.documents.problems import at
from spinfer.documents.table import Array, OpenTable, Table, mistake
from spinfer.errors import Problem
from spinfer.manifest.application import Application, HttpSettings, RedisSettings, TriggerSettings, Variable
from spinfer.manifest.component import Build, Component
from spinfer.manifest.expressions import Template, TemplateText, parse
from spinfer.manifest.hosts import DATABASES, HttpHost, outbound_hosts
from spinfer.manifest.names import VariableName, is_kebab, kebab_id
from spinfer.manifest.sources import FileMount, Source
from spinfer.manifest.v2 import (
    CommandTriggerTable,
    Document,
    HttpTriggerKeys,
    HttpTriggerTable,
    OtherTriggerTable,
    RedisTriggerKeys,
    RedisTriggerTable,
    TriggerTable,
    TriggerTables,
)


class HttpApplication(HttpSettings):
    """`trigger = { type = "http" }`."""

    type: Literal["http"]


class RedisApplication(RedisSettings):
    """`trigger = { type = "redis" }`."""

    type: Literal["redis"]


class CommandApplication(Table):
    """`trigger = { type = "command" }`."""

    type: Literal["command"]


class OtherApplication(OpenTable):
    """A trigger of a type that we do not know."""

    type: str = Field(min_length=1, examples=['type = "http"'])


class CommandTriggerKeys(Table):
    """A command trigger has nothing to say."""


class OtherTriggerKeys(OpenTable):
    """A trigger of a type that we do not know says what it likes, in words that version 2 does not need."""

    @model_validator(mode="after")
    def _convertible(self) -> OtherTriggerKeys:
        if taken := sorted(TriggerTable.model_fields.keys() & (self.model_extra or {})):
            raise mistake(
                f"`{taken[0]}` is not a key of a version-1 trigger", "write the manifest in version 2"
            )
        return self


A_co = TypeVar("A_co", bound=Table, covariant=True)
K_co = TypeVar("K_co", bound=Table, covariant=True)


def converted_id(id: str) -> str:
    """What a component is called in version 2, where ids are kebab-case; not checked."""
    return id if is_kebab(id) else id.replace("_", "-").lower()


def _convertible(id: str) -> str:
    kebab_id(converted_id(id))
    return id


class ComponentV1(Table, Generic[K_co]):
    """`[[component]]`; the keys mean what they mean in version 2, `config` is `variables`."""

    id: Annotated[str, AfterValidator(_convertible)] = Field(examples=['id = "hello"'])
    source: Source = Field(examples=['source = "app.wasm"'])
    trigger: K_co = Field(examples=["[component.trigger], what calls the component"])
    description: str = Field(default="", examples=['description = "Answers questions"'])
    config: Mapping[VariableName, TemplateText] = Field(
        default_factory=dict, examples=['config = { token = "{{ api_token }}" }']
    )
    environment: Mapping[str, str] = Field(
        default_factory=dict, examples=['environment = { LOG_LEVEL = "debug" }']
    )
    files: Array[FileMount] = Field(default=(), examples=['files = ["assets/**/*"]'])
    exclude_files: Array[str] = Field(default=(), examples=['exclude_files = ["assets/drafts/*"]'])
    allowed_http_hosts: Array[HttpHost] = Field(
        default=(), examples=['allowed_http_hosts = ["api.example.com"]']
    )
    allowed_outbound_hosts: Array[TemplateText] | None = Field(
        default=None, examples=['allowed_outbound_hosts = ["https://api.example.com"]']
    )
    """None: all databases, as before there was this key."""
    key_value_stores: Array[str] = Field(default=(), examples=['key_value_stores = ["default"]'])
    sqlite_databases: Array[str] = Field(default=(), examples=['sqlite_databases = ["default"]'])
    ai_models: Array[str] = Field(default=(), examples=['ai_models = ["llama2-chat"]'])
    build: Build | None = Field(default=None, examples=['build = { command = "make" }'])


class DocumentV1(Table, Generic[A_co, K_co]):
    """The whole file, of an application whose triggers are of one type."""

    spin_manifest_version: Literal["1"] = "1"
    spin_version: Literal["1"] = "1"
    name: str = Field(examples=['name = "my-app"'])
    version: str = Field(default="", examples=['version = "1.0.0"'])
    description: str = Field(default="", examples=['description = "Answers questions"'])
    authors: Array[str] = Field(default=(), examples=['authors = ["Ada <ada@example.com>"]'])
    trigger: A_co = Field(examples=['trigger = { type = "http" }'])
    variables: Mapping[VariableName, Variable] = Field(
        default_factory=dict, examples=["[variables] with lines such as `token = { required = true }`"]
    )
    component: Array[ComponentV1[K_co]] = ()


@dataclass(frozen=True, slots=True)
class _Kind:
    """What depends on the type of an application's triggers."""

    written: type[DocumentV1[Table, Table]]
    converted: type[TriggerTable]


_KINDS = {
    "http": _Kind(DocumentV1[HttpApplication, HttpTriggerKeys], HttpTriggerTable),
    "redis": _Kind(DocumentV1[RedisApplication, RedisTriggerKeys], RedisTriggerTable),
    "command": _Kind(DocumentV1[CommandApplication, CommandTriggerKeys], CommandTriggerTable),
}
_OTHER = _Kind(DocumentV1[OtherApplication, OtherTriggerKeys], OtherTriggerTable)


def document_type(raw: Mapping[str, object]) -> type[DocumentV1[Table, Table]]:
    """What to check the table against; its trigger's type decides."""
    match raw:
        case {"trigger": {"type": str(kind)}}:
            return _KINDS.get(kind, _OTHER).written
    return _OTHER.written


def duplicates(raw: Mapping[str, object], document: str) -> Iterator[Problem]:
    """The ids that more than one component has in version 2. Reads what it can of an unchecked table."""
    seen: dict[str, int] = {}
    components = raw.get("component")
    for index, component in enumerate(components if isinstance(components, list) else ()):
        match component:
            case {"id": str(id)}:
                first = seen.setdefault(converted_id(id), index)
                if first != index:
                    yield Problem(
                        f"the id `{converted_id(id)}` is already that of component[{first}]",
                        at(document, ("component", index, "id")),
                        "give one of them another id: case and `_` do not tell ids apart",
                    )


def convert(document: DocumentV1[A_co, K_co]) -> Document:
    """The same application in version 2."""
    trigger = dict(document.trigger)
    kind = trigger.pop("type")
    table = _KINDS.get(kind, _OTHER).converted
    triggers = tuple(_trigger(table, component) for component in document.component)
    return Document(
        application=Application(
            name=document.name,
            version=document.version,
            description=document.description,
            authors=document.authors,
            trigger=TriggerSettings.model_validate({kind: trigger}),
        ),
        variables=document.variables,
        trigger=TriggerTables.model_validate({kind: triggers}),
        component={converted_id(component.id): _component(component) for component in document.component},
    )


def _trigger(table: type[TriggerTable], component: ComponentV1[K_co]) -> TriggerTable:
    id = converted_id(component.id)
    return table.model_validate({**dict(component.trigger), "id": f"trigger-{id}", "component": id})


def _component(component: ComponentV1[K_co]) -> Component:
    """Not checked again: labels that version 2 would refuse were fine in version 1."""
    return Component.model_construct(
        source=component.source,
        description=component.description,
        variables=component.config,
        environment=component.environment,
        files=component.files,
        exclude_files=component.exclude_files,
        allowed_outbound_hosts=_outbound_hosts(component),
        key_value_stores=component.key_value_stores,
        sqlite_databases=component.sqlite_databases,
        ai_models=component.ai_models,
        build=component.build,
    )


def _outbound_hosts(component: ComponentV1[K_co]) -> tuple[Template, ...]:
    given = component.allowed_outbound_hosts
    before = tuple(map(parse, DATABASES)) if given is None else given
    return before + tuple(map(parse, outbound_hosts(component.allowed_http_hosts)))
