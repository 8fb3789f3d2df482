"""Why a Redis server gave no answer."""

from __future__ import annotations

from spinfer.errors import SpinferError


class RedisFailed(SpinferError):
    """Lower it to `other`, with its text."""


class WrongType(SpinferError):
    """A value is of another type than it was asked for: lower it to `type-error`."""


class TooManyConnections(SpinferError):
    """The guest, or all of them together, hold as many as they may."""
