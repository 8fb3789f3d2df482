"""`[component.<id>]`: what one component is, what it may read, and whom it may talk to."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated

from pydantic import BeforeValidator, Field, PlainValidator

from spinfer.documents.table import Array, FreeTable, Table, mistake, quoted
from spinfer.manifest.dependencies import Dependencies
from spinfer.manifest.expressions import TemplateText
from spinfer.manifest.hosts import HttpHost
from spinfer.manifest.names import Label, VariableName
from spinfer.manifest.sources import FileMount, Source


def _commands(value: object) -> object:
    match value:
        case str():
            return (value,)
        case [*commands] if commands and all(isinstance(command, str) for command in commands):
            return tuple(commands)
    raise mistake(
        f"expected a command, or an array of commands, got {quoted(value)}",
        'for example: command = ["npm install", "npm run build"]',
    )


Commands = Annotated[tuple[str, ...], BeforeValidator(_commands)]
"""One or more shell commands, to be run in this order."""


class Build(Table):
    """How to build a component: `workdir` is relative to the manifest's folder, `watch` to `workdir`."""

    command: Commands = Field(examples=['command = "cargo build --release"'])
    workdir: str = Field(default=".", examples=['workdir = "api"'])
    watch: Array[str] = Field(default=(), examples=['watch = ["src/**/*.rs"]'])


class ProfileBuild(Table):
    """How to build a component in a profile."""

    command: Commands = Field(examples=['command = "cargo build"'])


class Profile(Table):
    """What differs in a named profile."""

    source: Source | None = None
    environment: Mapping[str, str] = Field(
        default_factory=dict, examples=['environment = { LOG_LEVEL = "debug" }']
    )
    dependencies: Dependencies = Field(
        default_factory=dict, examples=['dependencies = { "example:package" = ">=0.1.0" }']
    )
    build: ProfileBuild | None = Field(default=None, examples=['build = { command = "make debug" }'])


class RegistryTarget(Table):
    """An environment described in a registry."""

    registry: str = Field(examples=['registry = "registry.example.com/environments"'])
    id: str = Field(examples=['id = "my-environment:1.2"'])


class FileTarget(Table):
    """An environment described in a file."""

    path: str = Field(examples=['path = "environment.toml"'])


def _target(value: object) -> str | RegistryTarget | FileTarget:
    match value:
        case str() | RegistryTarget() | FileTarget():
            return value
        case {"path": _}:
            return FileTarget.model_validate(value)
        case dict():
            return RegistryTarget.model_validate(value)
    raise mistake(
        f"expected the name of an environment, or a table that says where it is, got {quoted(value)}",
        'for example: targets = ["spin-up:3.3"]',
    )


Target = Annotated[str | RegistryTarget | FileTarget, PlainValidator(_target)]
"""An environment that components must be compatible with; a string names it in the default registry."""


class Component(Table):
    """One component. In a canonical manifest `allowed_http_hosts` is empty: its meaning is in
    `allowed_outbound_hosts`."""

    source: Source = Field(examples=['source = "app.wasm"'])
    description: str = Field(default="", examples=['description = "Answers questions"'])
    variables: Mapping[VariableName, TemplateText] = Field(
        default_factory=dict, examples=['variables = { token = "{{ api_token }}" }']
    )
    environment: Mapping[str, str] = Field(
        default_factory=dict, examples=['environment = { LOG_LEVEL = "debug" }']
    )
    files: Array[FileMount] = Field(
        default=(), examples=['files = ["assets/**/*", { source = "www", destination = "/" }]']
    )
    exclude_files: Array[str] = Field(default=(), examples=['exclude_files = ["assets/drafts/*"]'])
    allowed_outbound_hosts: Array[TemplateText] = Field(
        default=(), examples=['allowed_outbound_hosts = ["https://api.example.com"]']
    )
    allowed_http_hosts: Array[HttpHost] = Field(
        default=(), examples=['allowed_http_hosts = ["api.example.com"]']
    )
    key_value_stores: Array[Label] = Field(default=(), examples=['key_value_stores = ["default"]'])
    sqlite_databases: Array[Label] = Field(default=(), examples=['sqlite_databases = ["default"]'])
    ai_models: Array[str] = Field(default=(), examples=['ai_models = ["llama2-chat"]'])
    targets: Array[Target] | None = Field(default=None, examples=['targets = ["spin-up:3.3"]'])
    """None: those of the application."""
    build: Build | None = Field(default=None, examples=['build = { command = "make" }'])
    tool: Mapping[str, FreeTable] = Field(default_factory=dict, examples=['tool.lint = { level = "strict" }'])
    dependencies_inherit_configuration: bool = Field(
        default=False, examples=["dependencies_inherit_configuration = true"]
    )
    dependencies: Dependencies = Field(
        default_factory=dict, examples=['dependencies = { "example:package" = ">=0.1.0" }']
    )
    profile: Mapping[str, Profile] = Field(
        default_factory=dict, examples=['profile.debug = { source = "debug.wasm" }']
    )
