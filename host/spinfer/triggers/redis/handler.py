"""A component behind a channel: one fresh instance for each message. Runs on a guest thread."""

from __future__ import annotations

import logging
from typing import Final

from spinfer.bindings.traps import Exited
from spinfer.bindings.values import Err
from spinfer.errors import Cancelled, GuestCancelled, GuestTrap
from spinfer.inference.cancellation import Cancellation
from spinfer.runtime.executor import Executor
from spinfer.runtime.loader import Entry

ENTRY: Final = Entry(
    "fermyon:spin/inbound-redis",
    "handle-message",
    "func(message: list<u8>) -> result<_, enum{success, error}>",
    series=None,
)
"""What a component exports to be told of messages: hand it to `Executor.load`."""

log = logging.getLogger(__name__)


def handle(
    executor: Executor, component: str, channel: str, message: bytes, cancellation: Cancellation
) -> None:
    """Never raises: whatever goes wrong is one line of the log, and the next message has its turn."""

    def report(what: str) -> None:
        log.error("component `%s`, channel `%s`: %s", component, channel, what)

    try:
        with executor.instantiate(component, cancellation=cancellation) as instance:
            if isinstance(instance.call(message), Err):
                report("it answered with an error")
    except (GuestCancelled, Cancelled) as gone:
        log.debug("%s", gone)
    except GuestTrap as trap:
        report(f"it trapped in `{trap.function}`: {trap.reason}")
    except Exited as exited:
        if exited.status:
            report(f"it ended itself with status {exited.status}")
    except Exception:
        log.exception("component `%s`, channel `%s`: the host failed", component, channel)
