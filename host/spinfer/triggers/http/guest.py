"""A component behind a route, and how an exchange with it ends. Runs on a guest thread."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass

from spinfer.bindings.traps import Exited
from spinfer.errors import Cancelled, GuestCancelled, GuestTrap
from spinfer.triggers.http.exchange import Exchange

log = logging.getLogger(__name__)


class NoResponse(Exception):
    """The guest ended in order, and gave nothing to send; the text says what it did instead."""


@dataclass(frozen=True, slots=True)
class Guest:
    """A component as the trigger calls it."""

    component: str
    answer: Callable[[Exchange], None]
    """One fresh instance responds to the exchange. Raises NoResponse, or what ended it."""

    def serve(self, exchange: Exchange, route: str) -> None:
        """Never raises: whatever goes wrong is one line of the log, and the exchange ends in any case."""
        try:
            if not exchange.cancellation.cancelled:
                self.answer(exchange)
        except NoResponse as instead:
            self.report(route, str(instead))
        except (GuestCancelled, Cancelled) as gone:
            log.debug("%s", gone)
        except GuestTrap as trap:
            self.report(route, f"it trapped in `{trap.function}`: {trap.reason}")
        except Exited as exited:
            if exited.status or not exchange.answer.ready():
                self.report(route, f"it ended itself with status {exited.status}")
        except Exception:
            log.exception("component `%s`, route `%s`: the host failed", self.component, route)
        finally:
            exchange.end()

    def report(self, route: str, what: str) -> None:
        """One line for the operator."""
        log.error("component `%s`, route `%s`: %s", self.component, route, what)
