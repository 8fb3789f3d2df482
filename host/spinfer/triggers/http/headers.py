"""Which headers a guest receives: the client's, and what the host knows of the route as `spin-*`."""

from __future__ import annotations

import re
from collections.abc import Iterator

from spinfer.triggers.http.request import Header, RequestHead
from spinfer.triggers.http.routes import Match

_OURS = "spin-"
_NOT_IN_NAMES = re.compile(r"[^a-z0-9-]")

CONNECTION = frozenset(
    {"connection", "keep-alive", "proxy-connection", "transfer-encoding", "upgrade", "http2-settings"}
)
"""What concerns one connection and not the request; no guest sees it, and none may set it."""


def for_guest(head: RequestHead, match: Match[object]) -> tuple[Header, ...]:
    """The client's headers in their order, then ours. Nothing that a client says passes for ours."""
    return (*_of_client(head), *_of_host(head, match))


def _of_client(head: RequestHead) -> Iterator[Header]:
    for name, value in head.headers:
        if name not in CONNECTION and not name.replace("_", "-").startswith(_OURS):
            yield name, value


def _of_host(head: RequestHead, match: Match[object]) -> Iterator[Header]:
    route = match.route
    facts = {
        "path-info": match.path_info,
        "full-url": head.url,
        "matched-route": route.raw,
        "base-path": "/",
        "raw-component-route": route.raw,
        "component-route": route.prefix,
        "client-addr": head.client,
        **{f"path-match-{_in_name(name)}": value for name, value in match.parameters.items()},
    }
    for name, value in facts.items():
        yield f"{_OURS}{name}", value.encode("utf-8")


def _in_name(parameter: str) -> str:
    """A route's parameter as part of a header's name: `user_id` → `user-id`."""
    return _NOT_IN_NAMES.sub("-", parameter.lower())
