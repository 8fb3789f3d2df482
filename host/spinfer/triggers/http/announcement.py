"""What `spinfer up` says once it serves: Spin's words, for people and for programs. Pure."""

from __future__ import annotations

import json
from collections.abc import Iterable

from spinfer.triggers.http.target import Served


def plain(base_url: str, routes: Iterable[Served]) -> str:
    lines = ["", f"Serving {base_url}", "Available Routes:"]
    for served in routes:
        wildcard = " (wildcard)" if served.route.wildcard else ""
        lines.append(f"  {served.id}: {base_url}{served.route.prefix}{wildcard}")
        if served.description:
            lines.append(f"    {served.description}")
    return "\n".join(lines)


def as_json(base_url: str, routes: Iterable[Served]) -> str:
    entries = [
        {
            "id": served.id,
            "route": served.route.prefix or "/",
            "wildcard": served.route.wildcard,
            **({"description": served.description} if served.description else {}),
        }
        for served in routes
    ]
    return json.dumps({"base_url": base_url, "routes": entries}, indent=2)
