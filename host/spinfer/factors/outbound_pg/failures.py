"""Why a PostgreSQL server gave no answer; each is a case of the interfaces' errors, with its text."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from spinfer.errors import SpinferError


class PgFailed(SpinferError):
    """One of the kinds below."""


class ConnectionFailed(PgFailed):
    """There is no connection."""


class BadParameter(PgFailed):
    """A value is not one of its type."""


class ConversionFailed(PgFailed):
    """A value has no place on the other side."""


@dataclass(frozen=True, slots=True)
class ServerError:
    """What a server says of an error."""

    severity: str
    code: str
    """SQLSTATE."""
    message: str
    detail: str | None = None
    extras: Mapping[str, str] = field(default_factory=dict)
    """The rest of it, under the names that Spin gives them."""

    def __str__(self) -> str:
        detail = f" ({self.detail})" if self.detail else ""
        return f"{self.severity} {self.code}: {self.message}{detail}"


class QueryFailed(PgFailed):
    """A statement could not be run; `server` says why, where it was the server that refused."""

    def __init__(self, what: str, server: ServerError | None = None) -> None:
        super().__init__(what)
        self.server = server
