"""Why a stream failed, as `wasi:io/error` shows it to a guest."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class StreamError:
    """The host's object behind an `error` handle.

    `cause` is what another interface makes of it: a filesystem or an HTTP error code, in that factor's own
    type; None when there is nothing more to say than `text`.
    """

    text: str
    cause: object = None
