"""The labels that components were granted, of things that an operator defines: stores, databases."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from typing import Protocol

from spinfer.errors import ManifestError, Problem


class Defined(Protocol):
    """The things that somebody defined."""

    def get(self, label: str) -> object | None:
        """None: nobody did. Raises OperatorError for one that cannot be opened."""
        ...

    def labels(self) -> Collection[str]: ...


class GrantedLabels:
    """Those of one kind. A component that `access` does not name has none."""

    def __init__(self, defined: Defined, access: Mapping[str, Collection[str]], kind: str) -> None:
        """`kind`: the table of runtime-config.toml where they are defined; its plural grants them."""
        self._defined = defined
        self._access = {component: frozenset(labels) for component, labels in access.items()}
        self._kind = kind

    def of(self, component: str) -> frozenset[str]:
        return self._access.get(component, frozenset())

    def check(self, components: Collection[str]) -> None:
        """Open what was granted. Raises ManifestError for labels that nobody defined, and as opening does."""
        problems = list(self._problems(components))
        if problems:
            raise ManifestError.listing(problems)

    def _problems(self, components: Collection[str]) -> Iterator[Problem]:
        key = f"{self._kind}s"
        for component in components:
            for label in sorted(self.of(component)):
                if self._defined.get(label) is None:
                    known = ", ".join(f"`{it}`" for it in sorted(self._defined.labels()))
                    yield Problem(
                        f'unknown {key} label "{label}" for component "{component}"',
                        f"component.{component}.{key}",
                        f"Define [{self._kind}.{label}] in runtime-config.toml, or grant one of {known}.",
                    )
