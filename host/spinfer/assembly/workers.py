"""The processes that serve one app: as many interpreters, with a lock each, as guests are to run at once.

They are forked while this process still has a single thread, and told to begin once it has compiled the app,
opened its models and bound its address. The models stay here: a worker asks for them over a pipe.
"""

from __future__ import annotations

import ctypes
import fcntl
import gc
import logging
import multiprocessing
import os
import signal
import socket
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, closing
from dataclasses import dataclass, replace
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
from pathlib import Path
from types import TracebackType

from spinfer.assembly.http import HttpApp, HttpHost
from spinfer.config.outbound import Connections
from spinfer.config.runtime_config import RuntimeConfig
from spinfer.config.seeds import StoreSettings
from spinfer.config.stores import KeyValueFile
from spinfer.errors import OperatorError
from spinfer.factors.llm.access import Models
from spinfer.inference.sharing.client import SharedModels
from spinfer.inference.sharing.server import ModelServer
from spinfer.triggers.http.dispatcher import Dispatcher
from spinfer.triggers.http.guest_threads import QUEUE, THREADS, GuestThreads
from spinfer.triggers.http.handover import Handover
from spinfer.triggers.http.listener import Address
from spinfer.triggers.http.server import Server
from spinfer.triggers.http.trigger import HttpTrigger

MOST = 8
"""Workers, unless the operator asks for more."""
FEWEST_THREADS = 8
"""Guest threads of a worker, however many workers there are: most guests wait for a model."""
_END_S = 10.0
_PR_SET_PDEATHSIG = 1  # prctl.h

log = logging.getLogger(__name__)


def why_one(app: HttpApp) -> str | None:
    """What keeps several processes from serving this app; None if nothing does."""
    if not app.target.components:
        return "it has no component to run"
    if app.target.told:
        return "it has a Redis trigger"
    if not app.use_cache:
        return "without the cache each would compile the app anew"
    if sys.platform != "linux":
        return "only Linux can fork it safely"
    return next((f"its {store} is kept in memory" for store in _stores_in_memory(app)), None)


def _stores_in_memory(app: HttpApp) -> Iterator[str]:
    """Of those that a component is granted."""
    components = [app.manifest.components[id] for id in app.target.components]
    for label, store in app.runtime.key_value_stores(app.state_folder).items():
        kept = not isinstance(store, KeyValueFile) or store.path is not None
        if not kept and any(label in component.key_value_stores for component in components):
            yield f"key-value store `{label}`"
    for label, database in app.runtime.sqlite_databases(app.state_folder).items():
        if database.path is None and any(label in component.sqlite_databases for component in components):
            yield f"SQLite database `{label}`"


def default_count(app: HttpApp) -> int:
    """A worker for each core that this process may use, within reason; one where guests ask models.

    What those wait for is the model, each of whose answers takes 0.4 ms longer to come through another
    process: what `guest-examples/chat-stream` streams, in ten calls, takes 43 ms and not 39.
    """
    if any(app.manifest.components[id].ai_models for id in app.target.components):
        return 1
    return min(MOST, len(os.sched_getaffinity(0)))


@dataclass(frozen=True, slots=True)
class _Orders:
    """What a worker cannot know when it is forked."""

    address: Address
    roots: Mapping[str, Path]


@dataclass(frozen=True, slots=True)
class _Ends:
    """One side's ends of what joins a worker with its parent."""

    control: socket.socket
    models: socket.socket
    orders: Connection

    def close(self) -> None:
        for end in (self.control, self.models, self.orders):
            end.close()


class Workers:
    """`count` processes, in a `with` block; leaving it ends those that are still there.

    To be made before there are threads: a fork copies none of them, only the locks that they hold.
    """

    def __init__(self, count: int, app: HttpApp, show: Callable[[bytes], None]) -> None:
        """`show` is called in the workers, by one of them at a time."""
        self._tls = app.tls
        self._closing = ExitStack()
        self._ends: list[_Ends] = []
        self._processes: list[BaseProcess] = []
        one_at_a_time = _Turns(show)
        gc.collect()
        gc.freeze()  # what is there by now is nobody's garbage: pages that are not looked at stay shared
        for number in range(count):
            self._fork(number, _shared_out(app, count), count, one_at_a_time)

    def start(
        self, models: Models, address: Address, roots: Mapping[str, Path], listener: socket.socket
    ) -> Dispatcher:
        """Let them begin: a trigger, ready to start, that owns `listener`. `roots`: as HttpHost has them.

        Raises ConfigError where the certificate is none.
        """
        if self._tls is not None:
            self._tls.check()
        for ends in self._ends:
            ends.orders.send(_Orders(address, roots))
            server = ModelServer(models, ends.models)
            server.start()
            self._closing.callback(server.close)
        return Dispatcher(listener, [ends.control for ends in self._ends])

    def _fork(self, number: int, app: HttpApp, count: int, show: Callable[[bytes], None]) -> None:
        controls, models = socket.socketpair(), socket.socketpair()
        heard, said = multiprocessing.Pipe(duplex=False)
        theirs = _Ends(controls[0], models[0], heard)
        self._ends.append(_Ends(controls[1], models[1], said))
        process = multiprocessing.get_context("fork").Process(
            target=_work,
            args=(app, count, theirs, tuple(self._ends), show),
            name=f"spinfer-worker-{number + 1}",
        )
        process.start()
        self._processes.append(process)
        theirs.close()

    def __enter__(self) -> Workers:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for ends in self._ends:
            ends.orders.close()
            ends.control.close()
        for process in self._processes:
            process.join(_END_S)
            if process.exitcode is None:
                log.warning("process %d does not end: it is ended", process.pid)
                process.kill()
                process.join()
        self._closing.close()
        for ends in self._ends:
            ends.close()


class _Turns:
    """Lets one process at a time show a line, so that none is torn; in a process, its logs see to that."""

    def __init__(self, show: Callable[[bytes], None]) -> None:
        self._show = show
        self._file = os.memfd_create("spinfer-turns")

    def __call__(self, line: bytes) -> None:
        fcntl.lockf(self._file, fcntl.LOCK_EX)  # a process that dies lets go of it
        try:
            self._show(line)
        finally:
            fcntl.lockf(self._file, fcntl.LOCK_UN)


def _work(
    app: HttpApp, count: int, mine: _Ends, others: tuple[_Ends, ...], show: Callable[[bytes], None]
) -> None:
    """A worker's life. The parent hears the signals, and says what they mean; `others` are its ends."""
    _die_with_parent()
    for signum in (signal.SIGINT, signal.SIGTERM):
        signal.signal(signum, signal.SIG_IGN)
    for ends in others:
        ends.close()
    try:
        orders: _Orders = mine.orders.recv()
    except EOFError:
        return
    try:
        _serve(replace(app, roots=orders.roots), orders.address, count, mine, show)
    except OperatorError as e:
        log.error("%s", e)  # noqa: TRY400 - said to the operator, as `spinfer` itself does
        sys.exit(1)


def _serve(app: HttpApp, address: Address, count: int, mine: _Ends, show: Callable[[bytes], None]) -> None:
    with (
        closing(SharedModels(mine.models)) as models,
        HttpHost(app, lambda _model, _part: None, show, models=models) as host,
    ):
        threads = GuestThreads(max(FEWEST_THREADS, THREADS // count), QUEUE // count, young=_young(count))
        application = host.application(host.load(), address, threads)
        trigger = HttpTrigger(Server(application, Handover(mine.control), app.tls), threads)
        trigger.start()
        trigger.wait()


def _young(count: int) -> int:
    """Guests of each that may have just begun: all cores have something to do, and no more than that."""
    return max(1, len(os.sched_getaffinity(0)) // count)


def _shared_out(app: HttpApp, count: int) -> HttpApp:
    """The app as one of `count` workers has it: its share of what is limited, nothing that is done once."""
    return replace(
        app,
        runtime=_limits_shared(app.runtime, count),
        stores=StoreSettings(sqlite_timeout_s=app.stores.sqlite_timeout_s),
        logs=replace(app.logs, truncate=False),
    )


def _limits_shared(runtime: RuntimeConfig, count: int) -> RuntimeConfig:
    def share(limit: int | None) -> int | None:
        return None if limit is None else max(1, limit // count)

    def each(connections: Connections) -> Connections:
        return connections.model_copy(update={"max_connections": share(connections.max_connections)})

    http = runtime.outbound_http
    return runtime.model_copy(
        update={
            "outbound_http": http.model_copy(update={"max_connections": share(http.limit)}),
            "outbound_pg": each(runtime.outbound_pg),
            "outbound_redis": each(runtime.outbound_redis),
        }
    )


def _die_with_parent() -> None:
    """Also if it is killed, and if this process hangs."""
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
