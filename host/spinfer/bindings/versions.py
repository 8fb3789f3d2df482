"""Names of interfaces and which of their versions stand for one another, as wasmtime's linker decides it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class InterfaceName:
    """`package:namespace/interface@version`; the version may be missing."""

    path: str
    version: str | None

    @classmethod
    def parse(cls, name: str) -> InterfaceName:
        path, _, version = name.partition("@")
        return cls(path, version or None)

    def __str__(self) -> str:
        return self.path if self.version is None else f"{self.path}@{self.version}"


def line(version: str | None) -> str | None:
    """What compatible versions share: `2` of 2.0.5, `0.2` of 0.2.3; a pre-release and 0.0.x stand alone."""
    if version is None or "-" in version:
        return version
    major, minor, *_ = [*version.split("."), "0"]
    if major != "0":
        return major
    return f"0.{minor}" if minor != "0" else version


def compatible(one: str | None, other: str | None) -> bool:
    """Whether an interface of one version serves an import of the other; unversioned only unversioned."""
    return line(one) == line(other)
