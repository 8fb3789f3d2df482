"""The app itself as a destination: what a trigger offers to its own guests."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from spinfer.factors.wasi_http.error_code import DESTINATION_NOT_FOUND, HttpError
from spinfer.factors.wasi_http.messages import Request
from spinfer.factors.wasi_http.sending import Sending


@dataclass(frozen=True, slots=True)
class Origin:
    """Where the app itself is served: `http`, `127.0.0.1:3000`."""

    scheme: str
    authority: str


class App(Protocol):
    """A running app, as requests to `self` and to `<component>.spin.internal` need it. Any thread."""

    @property
    def origin(self) -> Origin | None:
        """Its own address, as it was bound, never as a client spelt it; None: it is not served."""
        ...

    def call(self, component: str, request: Request) -> Sending:
        """Have that component answer, in memory, private routes included. Returns at once.

        Raises HttpError when there is no such component.
        """
        ...


class NotServed:
    """An app whose components cannot ask it anything: the one before a trigger says who it is."""

    origin = None

    def call(self, component: str, request: Request) -> Sending:
        raise HttpError(DESTINATION_NOT_FOUND)
