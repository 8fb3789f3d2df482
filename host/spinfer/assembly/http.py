"""What `spinfer up` is made of: an app behind a server, and all that its components may use."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from types import TracebackType

from spinfer.assembly import services
from spinfer.assembly.command import MODEL_FOLDER, factors, resolver
from spinfer.assembly.model_keys import with_keys
from spinfer.assembly.stores import AppStores
from spinfer.config.models import ModelConfig
from spinfer.config.runtime_config import RuntimeConfig
from spinfer.config.seeds import StoreSettings
from spinfer.factors.base import Factor
from spinfer.factors.llm.access import ModelAccess, Models
from spinfer.factors.outbound_http.app import Origin
from spinfer.factors.outbound_http.client import ClientConfig, HttpClient
from spinfer.factors.outbound_http.client_tls import ClientTlsContexts
from spinfer.factors.outbound_http.factor import OutboundHttpFactor
from spinfer.factors.outbound_http.sender import OutboundSender
from spinfer.factors.outbound_networking.networks import BlockedNetworks
from spinfer.factors.variables.factor import VariablesFactor
from spinfer.factors.variables.sources import VariableSettings
from spinfer.factors.wasi.factor import WasiFactor
from spinfer.factors.wasi.grants import Grants, Mount
from spinfer.factors.wasi.stdio import Sink
from spinfer.factors.wasi_http.factor import WasiHttpFactor
from spinfer.factors.wasi_io.factor import WasiIoFactor
from spinfer.inference.catalog import Catalog
from spinfer.manifest.http import StaticResponse
from spinfer.manifest.model import Manifest
from spinfer.model_store.local import LocalModels
from spinfer.runtime import component_files
from spinfer.runtime.compile_cache import CompileCache
from spinfer.runtime.compiler import Compiler
from spinfer.runtime.executor import Executor
from spinfer.runtime.limits import Limits
from spinfer.runtime.loader import Entry
from spinfer.runtime.parts import compile_in_parts
from spinfer.triggers import component_file, outbound_hosts
from spinfer.triggers.base import Trigger
from spinfer.triggers.component_logs import ComponentLogs, LogSettings, Stream
from spinfer.triggers.http import answers, chaining, handlers
from spinfer.triggers.http.app import App, Target
from spinfer.triggers.http.guest import Guest
from spinfer.triggers.http.guest_threads import GuestThreads
from spinfer.triggers.http.listener import Address, listen
from spinfer.triggers.http.routes import Routes
from spinfer.triggers.http.server import Server, Tls
from spinfer.triggers.http.target import HttpTarget
from spinfer.triggers.http.trigger import GUESTS_END_S, HttpTrigger
from spinfer.triggers.redis import handler
from spinfer.triggers.redis import target as redis_target
from spinfer.triggers.redis.audience import Audience
from spinfer.triggers.redis.trigger import RedisTrigger
from spinfer.triggers.together import Together


@dataclass(frozen=True, slots=True)
class HttpApp:
    """An app, where to serve it, and what the command line says beyond its manifest."""

    manifest: Manifest
    target: HttpTarget
    address: Address
    models: Mapping[str, ModelConfig]
    logs: LogSettings
    runtime: RuntimeConfig = field(default_factory=RuntimeConfig)
    variables: VariableSettings = field(default_factory=VariableSettings)
    state_folder: Path | None = None
    """Where models, in `ai-models`, and data are kept; None: nowhere."""
    stores: StoreSettings = field(default_factory=StoreSettings)
    find_free_port: bool = False
    tls: Tls | None = None
    environment: tuple[tuple[str, str], ...] = ()
    """For every component, beside its own."""
    writable_files: bool = False
    """Components may write to their copies of `files`."""
    limits: Limits = field(default_factory=Limits)
    models_memory_bytes: int | None = None
    """What loaded models may take together; None: what the machine has."""
    cache: Path | None = None
    """Folder of compiled components; None: the platform's."""
    use_cache: bool = True
    roots: Mapping[str, Path] = field(default_factory=dict)
    """By component: where its `files` are gathered already; another process did it."""


@dataclass(frozen=True, slots=True)
class Watch:
    """Whoever measures an app puts something of their own around its models and its components."""

    models: Callable[[Models], Models]
    guest: Callable[[Guest], Guest]


class HttpHost:
    """Everything that one app needs, in a `with` block; nothing is compiled or bound at first."""

    def __init__(
        self,
        app: HttpApp,
        progress: Callable[[str, float], None],
        show: Callable[[bytes], None],
        watch: Watch | None = None,
        models: Models | None = None,
    ) -> None:
        """`progress` hears of models that load, `show` of each line that a followed component prints.

        `models` are somebody else's, who closes them after this host; None: the host opens a catalog.
        """
        self._app = app
        self._watch = watch
        self._show = show
        self.roots = dict(app.roots)
        """Where each component's `files` are gathered, once all is loaded."""
        with ExitStack() as closing:
            self._resolver = resolver(app.manifest, app.variables, closing)
            values = self._resolver.values()
            self._compiler = Compiler(pooling=True)
            closing.callback(self._compiler.close)
            self._catalog = None if models is not None else _catalog(app, values, progress)
            if self._catalog is not None:
                closing.callback(self._catalog.close)
            self._models: Models = self.catalog if models is None else models
            self.stores = closing.enter_context(AppStores(app.runtime, app.state_folder, app.stores))
            self._sender = self._outbound(values, closing)
            self._told: Executor | None = None
            self._closing = closing.pop_all()

    @property
    def catalog(self) -> Catalog:
        """Of a host that opened its models itself."""
        assert self._catalog is not None, "they are somebody else's"
        return self._catalog

    def load(self, *, in_parts: bool = False) -> Executor:
        """Compile and link every component: seconds for one not seen before. Raises OperatorError.

        `in_parts`: only what no component before had is compiled, and then requests take a little longer.
        """
        app = self._app
        cache = CompileCache(self._compiler, app.cache) if app.use_cache else None
        compile_ = cache.compile if cache else None
        parts = partial(compile_in_parts, cache) if cache and in_parts else None
        factors = self._factors()

        def loaded(components: Iterable[str], entries: Sequence[Entry]) -> Executor:
            executor = Executor(self._compiler, factors, compile_=compile_, in_parts=parts, limits=app.limits)
            executor.load([component_file.of_component(app.manifest, id) for id in components], entries)
            return executor

        served = loaded(app.target.components, handlers.ENTRIES)
        self._told = loaded(app.target.told, [handler.ENTRY])
        self.stores.seed()
        return served

    def triggers(self, executor: Executor) -> tuple[Trigger, Address | None]:
        """All of the app, once it is loaded, ready to start; the address where it serves HTTP, if it does.

        Raises ConfigError for an address that cannot be bound, ManifestError for one that is none.
        """
        found: list[Trigger] = []
        address = None
        if self._app.target.has_http:
            http, address = self.listen(executor)
            found.append(http)
        if self._app.target.told:
            found.append(RedisTrigger(self.audience()))
        return Together(found), address

    def audience(self) -> Audience:
        """Whom messages reach, once it is loaded. Raises ManifestError for an address that is none."""
        return Audience(partial(handler.handle, self.told), self.channels())

    @property
    def told(self) -> Executor:
        """Of the components that are told of messages."""
        assert self._told is not None, "it is loaded first"
        return self._told

    def channels(self) -> tuple[redis_target.Server, ...]:
        """What it listens to. Raises ManifestError for an address that is none."""
        told = self._app.target.told
        if not told:
            return ()
        return redis_target.of_manifest(self._app.manifest, self._resolver.values(), told)

    def listen(self, executor: Executor) -> tuple[HttpTrigger, Address]:
        """Bind the address: the trigger, ready to start, and where it is. Raises ConfigError."""
        app = self._app
        listener, address = listen(app.address, find_free_port=app.find_free_port)
        self._closing.callback(listener.close)
        threads = GuestThreads()
        server = Server(self.application(executor, address, threads), listener, app.tls)
        return HttpTrigger(server, threads), address

    def application(self, executor: Executor, address: Address, threads: GuestThreads) -> App:
        """The app as a server calls it that listens at `address`; requests are answered on `threads`."""
        app = self._app
        guests = {id: handlers.guest(executor, id) for id in app.target.components}
        if self._watch is not None:
            guests = {id: self._watch.guest(guest) for id, guest in guests.items()}
        chained = GuestThreads(chaining.THREADS, queue=0)
        self._closing.callback(chained.close, GUESTS_END_S)
        scheme = "http" if app.tls is None else "https"
        self._sender.app = chaining.ServedApp(Origin(scheme, str(address)), guests, chained)
        routes = Routes((served.route, _target(served.handler, guests)) for served in app.target.routes)
        return App(app.manifest.application, routes, threads)

    def _outbound(self, values: Mapping[str, str], closing: ExitStack) -> OutboundSender:
        app = self._app
        allowed = outbound_hosts.of_components(app.manifest, app.target.everyone, values)
        http = app.runtime.outbound_http
        blocked = BlockedNetworks.parse(app.runtime.outbound_networking.block_networks)
        client = HttpClient(ClientConfig(http.connection_pooling, http.limit, blocked))
        tls = ClientTlsContexts(app.runtime.client_tls)
        return OutboundSender(closing.enter_context(client), allowed, tls)

    def _factors(self) -> tuple[Factor, ...]:
        app = self._app
        logs = ComponentLogs(app.logs, self._show, app.target.everyone)
        self._closing.callback(logs.close)
        components = {id: app.manifest.components[id] for id in app.target.everyone}
        access = {id: ModelAccess(frozenset(component.ai_models)) for id, component in components.items()}
        return (
            *factors(self._models if self._watch is None else self._watch.models(self._models), access),
            VariablesFactor(self._resolver, {id: c.variables for id, c in components.items()}),
            *self.stores.factors(components),
            WasiIoFactor(),
            WasiFactor({id: self._grants(id, logs) for id in components}),
            WasiHttpFactor(self._sender),
            OutboundHttpFactor(self._sender),
            *services.factors(
                app.manifest, app.target.everyone, self._resolver.values(), app.runtime, self._closing
            ),
        )

    def _grants(self, id: str, logs: ComponentLogs) -> Grants:
        component = self._app.manifest.components[id]

        def sink(stream: Stream) -> Sink:
            lines = logs.open(id, stream)
            return Sink(lines.write, lines.close)

        return Grants(
            environment=tuple({**component.environment, **dict(self._app.environment)}.items()),
            mounts=self._mounts(id),
            stdout=lambda: sink("stdout"),
            stderr=lambda: sink("stderr"),
        )

    def _mounts(self, id: str) -> tuple[Mount, ...]:
        app = self._app
        component = app.manifest.components[id]
        if not component.files:
            return ()
        if id not in self.roots:
            root = Path(self._closing.enter_context(tempfile.TemporaryDirectory(prefix="spinfer-files-")))
            component_files.gather(id, component, app.manifest.folder, root, writable=app.writable_files)
            self.roots[id] = root
        return (Mount(self.roots[id], "/", writable=app.writable_files),)

    def __enter__(self) -> HttpHost:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._closing.close()


def open_models(app: HttpApp, progress: Callable[[str, float], None]) -> Catalog:
    """What the app may be given; whoever opens it closes it. Raises ConfigError."""
    with ExitStack() as asking:
        values = resolver(app.manifest, app.variables, asking).values()
    return _catalog(app, values, progress)


def _catalog(app: HttpApp, variables: Mapping[str, str], progress: Callable[[str, float], None]) -> Catalog:
    """`variables`: their values at the start."""
    return Catalog(
        with_keys(app.models, app.variables.environment, variables),
        None if app.state_folder is None else app.state_folder / MODEL_FOLDER,
        local=LocalModels(),
        progress=progress,
        memory_bytes=app.models_memory_bytes,
    )


def _target(handler: str | StaticResponse, guests: Mapping[str, Guest]) -> Target:
    return guests[handler] if isinstance(handler, str) else answers.of_static(handler)
