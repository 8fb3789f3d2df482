"""`[component.<id>.dependencies]`: what satisfies an import of a component."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Annotated

from pydantic import AfterValidator, Field, PlainValidator, ValidationInfo

from spinfer.documents.table import Array, Table, mistake, quoted
from spinfer.manifest.names import DIGEST_EXAMPLE, Digest, is_kebab
from spinfer.manifest.scope import ComponentId
from spinfer.manifest.sources import PackageName, Url

_PACKAGE_NAME = re.compile(r"[a-z0-9-]+:[a-z0-9-]+(/[a-zA-Z0-9-]+)?(@\d+\.\d+\.\d+[0-9A-Za-z.+-]*)?")


def _dependency_name(name: str) -> str:
    if is_kebab(name) or _PACKAGE_NAME.fullmatch(name):
        return name
    raise mistake(
        f"{quoted(name)} is not the name of an import",
        'for example: "example:package/interface@0.1.0" = ">=0.1.0"',
    )


DependencyName = Annotated[str, AfterValidator(_dependency_name)]
"""`namespace:name`, `namespace:name/interface`, either with `@version`, or a plain kebab-case name."""


def _inherited(value: object) -> object:
    match value:
        case bool():
            return value
        case [*keys] if all(isinstance(key, str) for key in keys):
            return tuple(keys)
    raise mistake(
        f"expected `true`, `false` or an array of keys, got {quoted(value)}",
        'for example: inherit_configuration = ["ai_models"]',
    )


class _Dependency(Table):
    """What every way to satisfy an import may say."""

    export: str | None = Field(default=None, examples=['export = "example:package/interface"'])
    """None: the export of the import's own name."""
    environment: Mapping[str, str] = Field(
        default_factory=dict, examples=['environment = { LOG_LEVEL = "debug" }']
    )
    inherit_configuration: Annotated[bool | Array[str], PlainValidator(_inherited)] = False
    """What of the component's own permissions the dependency has: all, none, or these keys."""


class PackageDependency(_Dependency):
    """The newest package of a registry that satisfies the version's constraint."""

    version: str = Field(examples=['version = ">=0.1.0"'])
    registry: str | None = Field(default=None, examples=['registry = "registry.example.com"'])
    package: PackageName | None = Field(default=None, examples=['package = "example:package"'])
    """None: the package of the import's name."""


class LocalDependency(_Dependency):
    """A file; its path is relative to the manifest's folder."""

    path: str = Field(min_length=1, examples=['path = "dependency.wasm"'])


class UrlDependency(_Dependency):
    """A file to fetch once, checked against its digest."""

    url: Url = Field(examples=['url = "https://example.com/dependency.wasm"'])
    digest: Digest = Field(examples=[DIGEST_EXAMPLE])


class ComponentDependency(_Dependency):
    """Another component of the application."""

    component: ComponentId = Field(examples=['component = "my-dependency"'])


Dependency = PackageDependency | LocalDependency | UrlDependency | ComponentDependency


def _dependency(value: object, info: ValidationInfo) -> Dependency:
    kinds: dict[str, type[Dependency]] = {
        "path": LocalDependency,
        "url": UrlDependency,
        "component": ComponentDependency,
        "version": PackageDependency,
    }
    match value:
        case PackageDependency() | LocalDependency() | UrlDependency() | ComponentDependency():
            return value
        case str():
            return PackageDependency(version=value)
        case dict():
            kind = next((kinds[key] for key in kinds if key in value), PackageDependency)
            return kind.model_validate(value, context=info.context)
    raise mistake(
        f"expected a version, or a table that says what satisfies the import, got {quoted(value)}",
        'for example: "example:package" = { path = "dependency.wasm" }',
    )


DependencySpec = Annotated[Dependency, PlainValidator(_dependency)]


def _well_named(dependencies: Mapping[str, Dependency]) -> Mapping[str, Dependency]:
    """A plain name tells no package, so its dependency must; a whole package has no single export."""
    for name, dependency in dependencies.items():
        package = ":" in name
        match dependency:
            case PackageDependency(package=None) if not package:
                raise mistake(
                    f"`{name}` names no package, so its dependency must",
                    f'for example: {name} = {{ version = ">=0.1.0", package = "example:{name}" }}',
                )
            case PackageDependency(export=str()) | LocalDependency(export=str()) if (
                package and "/" not in name
            ):
                raise mistake(
                    f"`{name}` is a whole package: no single `export` satisfies it",
                    "leave `export` out, or name one interface of the package: `namespace:name/interface`",
                )
    return dependencies


Dependencies = Annotated[Mapping[DependencyName, DependencySpec], AfterValidator(_well_named)]
