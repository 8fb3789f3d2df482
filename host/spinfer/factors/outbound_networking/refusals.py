"""Tells the operator whom a component was not allowed to reach, and how to permit it. Any thread."""

from __future__ import annotations

import logging

_MOST = 100
"""A guest chooses whom it asks for: the log must not grow with its imagination."""

log = logging.getLogger(__name__)


class Refusals:
    """Each is told once."""

    def __init__(self) -> None:
        self._told: set[tuple[str, str]] = set()

    def tell(self, component: str, entry: str) -> None:
        """`entry` is what to add to the component's `allowed_outbound_hosts`."""
        if (component, entry) in self._told or len(self._told) >= _MOST:
            return
        self._told.add((component, entry))
        log.warning(
            'component `%s` may not reach %s: to permit it, add "%s" to its `allowed_outbound_hosts` '
            "in spin.toml",
            component,
            entry,
            entry,
        )
