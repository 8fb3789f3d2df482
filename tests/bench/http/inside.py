"""An app in this process, as `spinfer up` puts it together: asked directly, or served on loopback."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from types import TracebackType

from bench.engine.say import Unmeasurable
from bench.http.guests import BUILD
from spinfer.assembly.http import HttpApp, HttpHost, Watch
from spinfer.config import spinfer_toml
from spinfer.factors.wasi_http.messages import BodyWriter, Request
from spinfer.manifest import load as manifests
from spinfer.triggers.component_logs import LogSettings
from spinfer.triggers.http import handlers, target
from spinfer.triggers.http.exchange import Exchange
from spinfer.triggers.http.listener import Address

_ROUTE = "/hello/:name"
_SPIN_HEADERS = {
    "spin-path-info": "",
    "spin-full-url": "http://127.0.0.1:3000/hello/world",
    "spin-matched-route": _ROUTE,
    "spin-base-path": "/",
    "spin-raw-component-route": _ROUTE,
    "spin-component-route": _ROUTE,
    "spin-client-addr": "127.0.0.1:50000",
    "spin-path-match-name": "world",
}
_HEADERS = (
    ("host", b"127.0.0.1:3000"),
    *((name, value.encode()) for name, value in _SPIN_HEADERS.items()),
)


class Inside:
    """The guest of an app with one component, without trigger or socket. One thread at a time asks."""

    def __init__(self, app: Path) -> None:
        self._closing = ExitStack()
        host = self._closing.enter_context(HttpHost(_described(app), _unheard, _unseen))
        self._guest = handlers.guest(host.load(), "hello")

    def ask(self) -> None:
        """One request, answered in a fresh instance."""
        body = BodyWriter()
        body.finish()
        request = Request("GET", "http", "127.0.0.1:3000", "/hello/world", _HEADERS, body.body)
        exchange = Exchange(request)
        self._guest.serve(exchange, _ROUTE)
        answer = exchange.answer.peek()
        if answer is None or answer.value is None or answer.value.status != 200:
            raise Unmeasurable(f"the guest answered {answer!r}")

    def __enter__(self) -> Inside:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._closing.close()


@contextmanager
def serving(app: Path, watch: Watch) -> Iterator[int]:
    """The port on which the app is served meanwhile."""
    with HttpHost(_described(app), _unheard, _unseen, watch) as host:
        trigger, address = host.listen(host.load())
        trigger.start()
        try:
            yield address.port
        finally:
            trigger.cancel()
            trigger.cancel()
            trigger.wait(10)


def _described(app: Path) -> HttpApp:
    manifest = manifests.load(app)
    return HttpApp(
        manifest=manifest,
        target=target.of_manifest(manifest),
        address=Address("127.0.0.1", 0),
        models=spinfer_toml.load(manifest.folder).models,
        logs=LogSettings(None, follow=()),
        cache=BUILD / "compiled",
    )


def _unheard(_model: str, _part: float) -> None:
    """Models load unseen."""


def _unseen(_line: bytes) -> None:
    """What components print."""
