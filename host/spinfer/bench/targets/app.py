"""An app's route: requests go over a socket to the app, which is served as `spinfer up` serves it.

Each request carries a number in a header that is taken off before the guest sees it: that is how a call of
the model, deep in the app, finds its way back to the request that caused it.
"""

from __future__ import annotations

import http.client
import itertools
import json
import threading
import time
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from spinfer.assembly import http as assembly
from spinfer.bench.experiment import AppUnderTest
from spinfer.bench.targets import request_file
from spinfer.bench.targets.base import Asked, Outcome
from spinfer.bench.targets.observed import Models, ObservedModels, Probe, Probes
from spinfer.config import spinfer_toml
from spinfer.errors import ConfigError, ModelNotSupported
from spinfer.inference.backend import Backend
from spinfer.inference.cancellation import Cancellation
from spinfer.manifest import load as manifests
from spinfer.manifest.load import FILE_NAME
from spinfer.manifest.model import Manifest
from spinfer.runtime.executor import Executor
from spinfer.runtime.instance import Instance
from spinfer.runtime.limits import Limits
from spinfer.runtime.wasi import Wasi
from spinfer.triggers.component_logs import LogSettings
from spinfer.triggers.http import target
from spinfer.triggers.http.exchange import Exchange
from spinfer.triggers.http.guest import Guest
from spinfer.triggers.http.listener import Address

HEADER: Final = "spinfer-bench-request"
TIMEOUT_S = 600.0
"""Of a client: longer than any answer should take, so that a run does not wait for ever."""
_END_S = 5.0


class App:
    """Serves the app on a free port of this machine, and sends it requests over connections of its own."""

    def __init__(self, app: AppUnderTest, models: Models) -> None:
        self._request = request_file.parse(app.request)
        self._probes = Probes()
        self._expected: dict[str, Probe] = {}
        self._numbers = itertools.count(1)
        self._connections = _Connections()
        with ExitStack() as closing:
            served = _described(app.path, closing)

            def watched(catalog: Models) -> ObservedModels:
                return ObservedModels(_Either(models, catalog), self._probes)

            watch = assembly.Watch(watched, self._watch)
            host = closing.enter_context(assembly.HttpHost(served, _unheard, _unseen, watch))
            executor = _TimedExecutor(host.load(), self._probes)
            trigger, self._connections.address = host.listen(executor)
            trigger.start()
            closing.callback(trigger.wait, _END_S)
            closing.callback(trigger.cancel)
            closing.callback(trigger.cancel)
            closing.callback(self._connections.close)
            self._closing = closing.pop_all()

    def ask(self, asked: Asked) -> Outcome:
        probe, number = Probe(asked), str(next(self._numbers))
        self._expected[number] = probe
        began = time.monotonic()
        try:
            status, answer = self._send(asked.prompt, number)
            error = None if 200 <= status < 300 else f"HTTP {status}: {answer.strip()[:200]}"
            notes: dict[str, object] = {"status": status}
        except (OSError, http.client.HTTPException) as e:
            self._connections.drop()
            answer, error, notes = "", f"no response: {e or type(e).__name__}", {}
        ended = time.monotonic()
        self._expected.pop(number, None)
        error = error or next((call.error for call in probe.calls if call.error), None)
        return Outcome(began, ended, answer, tuple(probe.calls), probe.instantiate_s, error, notes)

    def close(self) -> None:
        self._closing.close()

    def _send(self, prompt: str, number: str) -> tuple[int, str]:
        """Each thread keeps its connection: status and body."""
        method, path, headers, body = self._request.fill(prompt)
        connection = self._connections.mine()
        connection.request(method, path, body or None, {**headers, HEADER: number})
        response = connection.getresponse()
        return response.status, response.read().decode("utf-8", "replace")

    def _watch(self, guest: Guest) -> Guest:
        """Runs on the guest's thread, before there is an instance."""

        def answer(exchange: Exchange) -> None:
            probe = self._probe_of(exchange)
            if probe is None:
                guest.answer(exchange)
                return
            with self._probes.watching(exchange.cancellation, probe):
                guest.answer(exchange)

        return replace(guest, answer=answer)

    def _probe_of(self, exchange: Exchange) -> Probe | None:
        headers = exchange.request.headers
        number = next((value.decode() for name, value in headers if name.lower() == HEADER), None)
        rest = tuple(entry for entry in headers if entry[0].lower() != HEADER)
        exchange.request = replace(exchange.request, headers=rest)
        return None if number is None else self._expected.get(number)


class _Connections:
    """One to the app for each thread that asks, kept open."""

    address: Address

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._open: dict[int, http.client.HTTPConnection] = {}

    def mine(self) -> http.client.HTTPConnection:
        """This thread's."""
        thread = threading.get_ident()
        with self._lock:
            if thread not in self._open:
                found = http.client.HTTPConnection(self.address.host, self.address.port, timeout=TIMEOUT_S)
                self._open[thread] = found
            return self._open[thread]

    def drop(self) -> None:
        """This thread's is of no more use."""
        with self._lock:
            connection = self._open.pop(threading.get_ident(), None)
        if connection is not None:
            connection.close()

    def close(self) -> None:
        with self._lock:
            for connection in self._open.values():
                connection.close()
            self._open.clear()


class _Either:
    """The experiment's models, and for other names, such as one that embeds, the app's own."""

    def __init__(self, experiment: Models, app: Models) -> None:
        self._experiment = experiment
        self._app = app

    def get(self, name: str) -> Backend:
        try:
            return self._experiment.get(name)
        except ModelNotSupported:
            return self._app.get(name)


class _TimedExecutor(Executor):
    """Another executor, that notes how long each instance takes to make."""

    def __init__(self, executor: Executor, probes: Probes) -> None:
        self._inner = executor
        self._probes = probes

    def entry(self, component: str) -> str:
        return self._inner.entry(component)

    def instantiate(
        self, component: str, *, cancellation: Cancellation | None = None, wasi: Wasi | None = None
    ) -> Instance:
        began = time.monotonic()
        instance = self._inner.instantiate(component, cancellation=cancellation, wasi=wasi)
        probe = None if cancellation is None else self._probes.of(cancellation)
        if probe is not None:
            probe.instantiate_s = (probe.instantiate_s or 0.0) + time.monotonic() - began
        return instance


def _described(path: Path, closing: ExitStack) -> assembly.HttpApp:
    """As `spinfer up` would serve it. Raises OperatorError."""
    manifest = _of_component(path, closing) if path.suffix in (".wasm", ".wat") else manifests.load(path)
    config = spinfer_toml.load(manifest.folder)
    return assembly.HttpApp(
        manifest=manifest,
        target=target.of_manifest(manifest),
        address=Address("127.0.0.1", 0),
        models=config.models,
        logs=LogSettings(None, follow=()),
        limits=Limits(deadline_s=config.limits.timeout_s),
    )


def _of_component(path: Path, closing: ExitStack) -> Manifest:
    """An app of this component alone, on every path, that may ask for any name of Spin's for a model."""
    if not path.is_file():
        raise ConfigError("there is no such file", where=str(path))
    folder = Path(closing.enter_context(TemporaryDirectory(prefix="spinfer-bench-")))
    text = _MANIFEST.format(source=json.dumps(str(path.absolute())), models=json.dumps(_MODELS))
    (folder / FILE_NAME).write_text(text, "utf-8")
    return manifests.load(folder)


_MODELS = ["llama2-chat", "codellama-instruct", "all-minilm-l6-v2"]
"""The names that Spin's documentation uses, and SDKs have constants for."""

_MANIFEST = """\
spin_manifest_version = 2
[application]
name = "bench"
version = "0.1.0"
[[trigger.http]]
route = "/..."
component = "bench"
[component.bench]
source = {source}
ai_models = {models}
"""


def _unheard(_model: str, _part: float) -> None:
    """The app's own models load unseen: the experiment's are shown."""


def _unseen(_line: bytes) -> None:
    """What its components print."""
