"""Answers that the host gives by itself: static responses, the well-known routes, refusals."""

from __future__ import annotations

import json
from dataclasses import dataclass

from spinfer.manifest.application import Application
from spinfer.manifest.http import StaticResponse
from spinfer.triggers.http.request import Header

WELL_KNOWN = "/.well-known/spin/"
RETRY_AFTER_S = 1


@dataclass(frozen=True, slots=True)
class Answer:
    """A whole response; its length is said when it is sent."""

    status: int
    headers: tuple[Header, ...] = ()
    body: bytes = b""


BAD_REQUEST = Answer(400)
NOT_FOUND = Answer(404)
FAILED = Answer(500)
"""A trap, no response, or a mistake of the host's: the log says which."""
BUSY = Answer(503, (("retry-after", str(RETRY_AFTER_S).encode()),))


def of_static(response: StaticResponse) -> Answer:
    """What a `static_response` of the manifest says."""
    headers = tuple((name.lower(), value.encode()) for name, value in response.headers.items())
    return Answer(response.status_code, headers, response.body.encode())


def of_well_known(path: str, application: Application) -> Answer | None:
    """The answer of a path below `/.well-known/spin/`; None for all others, which the app answers."""
    if not path.startswith(WELL_KNOWN):
        return None
    match path.removeprefix(WELL_KNOWN):
        case "health":
            return Answer(200, body=b"OK")
        case "info":
            facts = {"name": application.name, "version": application.version}
            return Answer(200, (("content-type", b"application/json"),), json.dumps(facts).encode())
    return NOT_FOUND
