"""Which headers a guest receives: the client's, and what the host knows of the route as `spin-*`."""

from __future__ import annotations

import re
from functools import lru_cache

from spinfer.triggers.http.request import Header, RequestHead
from spinfer.triggers.http.routes import Match, Route

_NOT_IN_NAMES = re.compile(r"[^a-z0-9-]")

CONNECTION = frozenset(
    {"connection", "keep-alive", "proxy-connection", "transfer-encoding", "upgrade", "http2-settings"}
)
"""What concerns one connection and not the request; no guest sees it, and none may set it."""


def for_guest(head: RequestHead, match: Match[object]) -> tuple[Header, ...]:
    """The client's headers in their order, then ours. Nothing that a client says passes for ours."""
    clients = [header for header in head.headers if header[0] not in CONNECTION and not _is_ours(header[0])]
    parameters = {_of_parameter(name): value.encode() for name, value in match.parameters.items()}
    return (
        *clients,
        ("spin-path-info", match.path_info.encode()),
        ("spin-full-url", head.url.encode()),
        *_of_route(match.route),
        ("spin-client-addr", head.client.encode()),
        *parameters.items(),
    )


def _is_ours(name: str) -> bool:
    return name.startswith(("spin-", "spin_"))


@lru_cache
def _of_route(route: Route) -> tuple[Header, ...]:
    return (
        ("spin-matched-route", route.raw.encode()),
        ("spin-base-path", b"/"),
        ("spin-raw-component-route", route.raw.encode()),
        ("spin-component-route", route.prefix.encode()),
    )


@lru_cache
def _of_parameter(parameter: str) -> str:
    """What carries a route's parameter: `user_ID` → `spin-path-match-user-id`."""
    return f"spin-path-match-{_NOT_IN_NAMES.sub('-', parameter.lower())}"
