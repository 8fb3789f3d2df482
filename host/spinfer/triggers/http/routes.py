"""Which route a path takes: exact segments before parameters, parameters before wildcards.

Trailing and repeated slashes say nothing here. Paths are taken as they were sent, percent signs and all.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Generic, NamedTuple, TypeVar

from spinfer.errors import ManifestError

T = TypeVar("T")
T_co = TypeVar("T_co", covariant=True)

_SEGMENT = re.compile(r"[^/]+")
_WILDCARDS = ("...", "*")


@dataclass(frozen=True, slots=True)
class Route:
    """`/users/:id/...`, taken apart."""

    raw: str
    """As it was declared, wildcard included."""
    segments: tuple[str, ...]
    """`users`, `:id`; no wildcard."""
    wildcard: bool

    @classmethod
    def parse(cls, raw: str) -> Route:
        """Raises ManifestError for a wildcard that is not the end, and for a parameter without a name."""
        parts = tuple(_SEGMENT.findall(raw))
        wildcard = bool(parts) and parts[-1] in _WILDCARDS
        segments = parts[:-1] if wildcard else parts
        if any(part in _WILDCARDS for part in segments):
            raise ManifestError(
                f"`{raw}` goes on after a wildcard", where="route", cure="A wildcard is the end: `/files/...`"
            )
        if ":" in segments:
            raise ManifestError(
                f"`{raw}` has a parameter without a name", where="route", cure="Name it: `/users/:id`"
            )
        return cls(raw, segments, wildcard)

    @property
    def prefix(self) -> str:
        """The raw route without its wildcard: empty for `/...`."""
        return self.raw.removesuffix("/...").removesuffix("/*") if self.wildcard else self.raw

    @property
    def shape(self) -> tuple[object, ...]:
        """Equal for routes that match the same paths: of these, only the last declared counts."""
        return (*((s if _is_exact(s) else None) for s in self.segments), self.wildcard)


class Match(NamedTuple, Generic[T_co]):
    """A route that a path took, and what it leads to."""

    route: Route
    target: T_co
    parameters: Mapping[str, str]
    path_info: str
    """What the wildcard matched, from its slash on; empty without a wildcard."""


@dataclass(slots=True)
class _Node(Generic[T]):
    """What may follow a number of segments."""

    exact: dict[str, _Node[T]] = field(default_factory=dict)
    parameter: _Node[T] | None = None
    end: tuple[Route, T] | None = None
    wildcard: tuple[Route, T] | None = None


class Routes(Generic[T]):
    """Every route with what it leads to, in the order of declaration: of equal routes the last counts."""

    def __init__(self, routes: Iterable[tuple[Route, T]]) -> None:
        self._root: _Node[T] = _Node()
        for route, target in routes:
            self._add(route, target)

    def find(self, path: str) -> Match[T] | None:
        """The route of a raw path (no query), or None."""
        segments = [segment for segment in path.split("/") if segment]
        found = _find(self._root, segments, 0)
        if found is None:
            return None
        route, target = found
        parameters = {
            declared[1:]: given
            for declared, given in zip(route.segments, segments, strict=False)
            if not _is_exact(declared)
        }
        return Match(route, target, parameters, _path_info(path, route) if route.wildcard else "")

    def _add(self, route: Route, target: T) -> None:
        node = self._root
        for segment in route.segments:
            if _is_exact(segment):
                node = node.exact.setdefault(segment, _Node())
            else:
                node.parameter = node.parameter or _Node()
                node = node.parameter
        if route.wildcard:
            node.wildcard = (route, target)
        else:
            node.end = (route, target)


def _is_exact(segment: str) -> bool:
    return not segment.startswith(":")


def _find(node: _Node[T], segments: list[str], at: int) -> tuple[Route, T] | None:
    """Depth first, best first; what leads nowhere is left for the next best."""
    if at == len(segments):
        return node.end or node.wildcard
    for following in (node.exact.get(segments[at]), node.parameter):
        found = following and _find(following, segments, at + 1)
        if found:
            return found
    return node.wildcard


def _path_info(path: str, route: Route) -> str:
    """What is left for a wildcard, as sent; a slash at the path's end stays."""
    spans = [segment.span() for segment in _SEGMENT.finditer(path)]
    slash = "/" if path.endswith("/") else ""
    rest = spans[len(route.segments) :]
    if not rest:
        return slash
    return f"/{path[rest[0][0] : rest[-1][1]]}{slash}"
