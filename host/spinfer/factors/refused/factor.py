"""MySQL and MQTT as a factor: linked, so that guests whose SDK imports them run, and refused when asked."""

from __future__ import annotations

import logging
from collections.abc import Callable, Collection, Sequence
from contextlib import AbstractContextManager, nullcontext
from typing import Final

from spinfer.bindings.imports import Function, Interface
from spinfer.bindings.resources import Resource
from spinfer.bindings.values import Case, Err
from spinfer.factors.base import Guest
from spinfer.factors.refused import interface

_MYSQL_CONNECTION: Final = Resource("connection")
_MQTT_CONNECTION: Final = Resource("connection")

log = logging.getLogger(__name__)


class RefusedFactor:
    """No handle is ever given out, so the calls that take one only need to be there."""

    name = "refused"

    def __init__(self) -> None:
        self._told: set[tuple[str, str]] = set()

    def interfaces(self) -> Sequence[Interface]:
        mysql = self._refusing(interface.MYSQL, "MySQL")
        mqtt = self._refusing(interface.MQTT, "MQTT")
        return (
            Interface(
                interface.MYSQL,
                ("2.0.0",),
                self.name,
                (
                    Function("[static]connection.open", interface.MYSQL_OPEN, mysql),
                    Function("[method]connection.query", interface.MYSQL_QUERY, mysql),
                    Function("[method]connection.execute", interface.MYSQL_EXECUTE, mysql),
                ),
                (_MYSQL_CONNECTION,),
            ),
            Interface(
                interface.MYSQL,
                (None,),
                self.name,
                (
                    Function("query", interface.OLD_MYSQL_QUERY, mysql),
                    Function("execute", interface.OLD_MYSQL_EXECUTE, mysql),
                ),
            ),
            Interface(
                interface.MQTT,
                ("2.0.0",),
                self.name,
                (
                    Function("[static]connection.open", interface.MQTT_OPEN, mqtt),
                    Function("[method]connection.publish", interface.MQTT_PUBLISH, mqtt),
                ),
                (_MQTT_CONNECTION,),
            ),
        )

    def configure(self, components: Collection[str]) -> None:
        """Nothing to refuse yet: SDKs import these for apps that never call them."""

    def prepare(self, guest: Guest) -> AbstractContextManager[Guest]:
        return nullcontext(guest)

    def _refusing(self, name: str, service: str) -> Callable[..., Err[Case]]:
        def refuse(guest: Guest, *_arguments: object) -> Err[Case]:
            if (guest.component, name) not in self._told:
                self._told.add((guest.component, name))
                log.warning(
                    "component `%s` asks for %s, which spinfer does not have: it is refused",
                    guest.component,
                    service,
                )
            return Err(Case("connection-failed", f"spinfer does not speak {service}: {name} is refused"))

        return refuse
