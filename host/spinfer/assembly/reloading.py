"""What `spinfer watch` is made of: one server, and apps that follow each other behind it.

Requests under way are answered by the app that they began with, which is closed after the last of them, and
after the last of the messages that it was told.
Models stay loaded from one app to the next, unless their configuration has changed.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path
from types import TracebackType

from spinfer.assembly.http import HttpApp, HttpHost, Watch, open_models
from spinfer.config.models import ModelConfig
from spinfer.config.seeds import StoreSettings
from spinfer.errors import ConfigError
from spinfer.factors.llm.access import Models
from spinfer.inference.catalog import Catalog
from spinfer.triggers.base import Trigger
from spinfer.triggers.http.guest_threads import GuestThreads
from spinfer.triggers.http.in_flight import InFlight
from spinfer.triggers.http.listener import Address, listen
from spinfer.triggers.http.server import Server
from spinfer.triggers.http.switch import Serving, Switch
from spinfer.triggers.http.trigger import HttpTrigger
from spinfer.triggers.redis.audience import Audience
from spinfer.triggers.redis.target import Server as RedisServer
from spinfer.triggers.redis.trigger import RedisTrigger
from spinfer.triggers.together import Together

_END_S = 5.0

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class _Models:
    """A catalog, and what it was made from."""

    catalog: Catalog
    table: Mapping[str, ModelConfig]
    folder: Path | None
    memory_bytes: int | None


@dataclass(frozen=True, slots=True, eq=False)
class _Generation:
    """One app of those that follow each other."""

    host: HttpHost
    serving: Serving | None
    """None: nothing is served at an address."""
    audience: Audience
    models: _Models


class ReloadingHost:
    """Serves an app and those that replace it, in a `with` block. One thread at a time starts and reloads."""

    def __init__(self, progress: Callable[[str, float], None], show: Callable[[bytes], None]) -> None:
        """As HttpHost."""
        self._progress = progress
        self._show = show
        self._threads = GuestThreads()
        self._closing = ExitStack()
        self._retiring: list[threading.Thread] = []
        self._lock = threading.Lock()
        self._open: list[_Generation] = []
        """All that are not closed; several may have the same models."""
        self._current: _Generation | None = None
        self._address: Address | None = None
        self._switch: Switch | None = None
        self._redis: RedisTrigger | None = None

    @property
    def models(self) -> Catalog:
        """Of the app that is served."""
        assert self._current is not None, "nothing was started"
        return self._current.models.catalog

    @property
    def channels(self) -> tuple[RedisServer, ...]:
        """What the app listens to that is served."""
        assert self._current is not None, "nothing was started"
        return self._current.host.channels()

    def start(
        self, app: HttpApp, check: Callable[[Catalog], None] = lambda _: None
    ) -> tuple[Trigger, Address | None]:
        """Load the first app and bind its address, if it serves HTTP: the trigger, ready to start.

        `check` sees the models before anything is compiled, and may refuse. Raises OperatorError.
        """
        listener = None
        if app.target.has_http:
            listener, self._address = listen(app.address, find_free_port=app.find_free_port)
            self._closing.callback(listener.close)
        self._current = self._made(app, check)
        self._redis = RedisTrigger(self._current.audience)
        if listener is None or self._current.serving is None:
            return self._redis, None
        self._switch = Switch(self._current.serving)
        http = HttpTrigger(Server(self._switch, listener, app.tls), self._threads)
        return Together((http, self._redis)), self._address

    def reload(self, app: HttpApp, check: Callable[[Catalog], None] = lambda _: None) -> None:
        """Let this app answer from now on. Raises OperatorError: then the one before goes on answering.

        What the stores were to hold at the start is there already.
        """
        assert self._current is not None, "nothing was started"
        assert self._redis is not None, "nothing was started"
        stores = StoreSettings(sqlite_timeout_s=app.stores.sqlite_timeout_s)
        following = self._made(replace(app, stores=stores, logs=replace(app.logs, truncate=False)), check)
        before, self._current = self._current, following
        if self._switch is not None and following.serving is not None:
            self._switch.turn(following.serving)
        self._redis.turn(following.audience)
        retiring = threading.Thread(target=self._retire, args=(before,), name="spinfer-retire", daemon=True)
        self._retiring = [*(thread for thread in self._retiring if thread.is_alive()), retiring]
        retiring.start()

    def _made(self, app: HttpApp, check: Callable[[Catalog], None]) -> _Generation:
        in_flight = InFlight()
        with ExitStack() as undoing:
            models = self._models(app, undoing)
            check(models.catalog)
            host = undoing.enter_context(
                HttpHost(app, self._progress, self._show, Watch(_same, in_flight.watched), models.catalog)
            )
            generation = _Generation(host, self._serving(app, host, in_flight), host.audience(), models)
            undoing.pop_all()
        with self._lock:
            self._open.append(generation)
        return generation

    def _serving(self, app: HttpApp, host: HttpHost, in_flight: InFlight) -> Serving | None:
        executor = host.load(in_parts=True)
        if self._address is not None:
            return Serving(host.application(executor, self._address, self._threads), in_flight)
        if app.target.has_http:
            raise ConfigError(
                "it has an HTTP trigger now, and was not served over HTTP before",
                where=str(app.manifest.path),
                cure="Start `spinfer watch` again.",
            )
        return None

    def _models(self, app: HttpApp, undoing: ExitStack) -> _Models:
        """Those of the app before, where it has the same; others are closed if nothing comes of them."""
        wanted = (app.models, app.state_folder, app.models_memory_bytes)
        if self._current is not None:
            known = self._current.models
            if (known.table, known.folder, known.memory_bytes) == wanted:
                return known
        catalog = open_models(app, self._progress)
        undoing.callback(catalog.close)
        return _Models(catalog, *wanted)

    def _retire(self, generation: _Generation) -> None:
        """Once its last request has been answered and its last guest has ended. On a thread of its own."""
        generation.audience.join()
        if generation.serving is not None:
            generation.serving.in_flight.over()
        try:
            self._close(generation)
        except Exception:
            log.exception("an app that was replaced could not be closed")

    def _close(self, generation: _Generation) -> None:
        generation.host.__exit__(None, None, None)
        with self._lock:
            self._open.remove(generation)
            shared = any(other.models.catalog is generation.models.catalog for other in self._open)
        if not shared:
            generation.models.catalog.close()

    def __enter__(self) -> ReloadingHost:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """The server has ended, and its guests with it."""
        for retiring in self._retiring:
            retiring.join(_END_S)
        current, self._current = self._current, None
        if current is not None:
            self._close(current)
        self._threads.close(_END_S)
        self._closing.close()


def _same(models: Models) -> Models:
    return models
