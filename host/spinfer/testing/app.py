"""An app in this process, served on a port of this machine as `spinfer up` serves it."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from contextlib import ExitStack
from pathlib import Path
from tempfile import TemporaryDirectory
from types import TracebackType
from typing import Any, Final, Unpack

from pydantic import SecretStr

from spinfer.assembly import http as assembly
from spinfer.config import model_flag, spinfer_toml
from spinfer.config.models import ModelConfig
from spinfer.config.runtime_config import RuntimeConfig
from spinfer.config.seeds import Script, Seeds, StoreSettings
from spinfer.config.stores import DEFAULT, KeyValueFile, SqliteFile
from spinfer.errors import ConfigError
from spinfer.factors.key_value.store import Store
from spinfer.factors.llm.access import Models
from spinfer.factors.variables.sources import VariableSettings
from spinfer.inference.backend import Backend
from spinfer.manifest import load as manifests
from spinfer.manifest.model import Manifest
from spinfer.runtime.limits import Limits
from spinfer.testing.client import Client, Options, Response
from spinfer.testing.scripted import Scripted
from spinfer.triggers.component_logs import LogSettings, Stream
from spinfer.triggers.http import target
from spinfer.triggers.http.in_flight import InFlight
from spinfer.triggers.http.listener import Address

TIMEOUT_S: Final = 60.0
_QUIET_S: Final = 10.0
"""How long to wait for guests to end, before what they printed is read."""
_END_S: Final = 5.0


class App:
    """Serves until it is closed, at the latest by the end of the process; a `with` block does it too.

    Nothing is shared with another App, or with the machine: key-value stores and SQLite databases are new and
    in memory, variables have the values given here or their defaults, and the environment is empty. What
    components print can be read. Methods may be called from any thread.
    """

    def __init__(
        self,
        source: str | Path = ".",
        *,
        models: Mapping[str, Scripted | str | Path] | None = None,
        variables: Mapping[str, str] | None = None,
        environment: Mapping[str, str] | None = None,
        key_value: Mapping[str, str] | None = None,
        sqlite: Iterable[str] = (),
        components: Collection[str] = (),
        guest_timeout_s: float | None = None,
        timeout_s: float = TIMEOUT_S,
        cache: Path | None = None,
    ) -> None:
        """Load the app whose spin.toml, or folder with one, is `source`, and serve it.

        `models` by the names that guests use: scripts, or what `--model` of the command line takes, as
        `"builtin"` or the path of a GGUF file; spinfer.toml answers for the others. `key_value` is in the
        default store from the start, and `sqlite` are statements that the default database has run.
        `components`: all when none is named. `guest_timeout_s` bounds a request's guest, `timeout_s` the
        requests that are made here. `cache`: the folder of compiled components; None: the user's.
        Raises OperatorError.
        """
        given = models or {}
        manifest = manifests.load(Path(source))
        self._scripts = {name: it for name, it in given.items() if isinstance(it, Scripted)}
        self._work = InFlight()
        with ExitStack() as closing:
            self._logs = Path(closing.enter_context(TemporaryDirectory(prefix="spinfer-testing-")))
            described = assembly.HttpApp(
                manifest=manifest,
                target=target.of_manifest(manifest, components),
                address=Address("127.0.0.1", 0),
                models={**spinfer_toml.load(manifest.folder).models, **_sources(given)},
                logs=LogSettings(self._logs, follow=()),
                runtime=_in_memory(manifest),
                variables=VariableSettings({k: SecretStr(v) for k, v in (variables or {}).items()}),
                environment=tuple((environment or {}).items()),
                stores=_seeded(key_value or {}, sqlite),
                limits=Limits(deadline_s=guest_timeout_s),
                cache=cache,
            )
            watch = assembly.Watch(lambda others: _Either(self._scripts, others), self._work.watched)
            self._host = closing.enter_context(assembly.HttpHost(described, _unheard, _unseen, watch))
            trigger, self._address = self._host.listen(self._host.load(in_parts=True))
            trigger.start()
            closing.callback(trigger.wait, _END_S)
            closing.callback(trigger.cancel)
            closing.callback(trigger.cancel)
            self._closing = closing.pop_all()
        self._components = tuple(manifest.components)
        self._client = Client(self._address.host, self._address.port, timeout_s)

    def __repr__(self) -> str:
        return f"<App {', '.join(self._components)} at {self.url}>"

    @property
    def url(self) -> str:
        """`http://127.0.0.1:` and the port, for clients of other kinds."""
        return f"http://{self._address}"

    def request(
        self, method: str, path: str, body: bytes | str | None = None, **options: Unpack[Options]
    ) -> Response:
        """Ask, and wait for the whole response; with `json`, `headers` or `timeout_s`.

        Raises TimeoutError, or ConnectionError where the response broke off.
        """
        return self._client.request(method, path, body, **options)

    def get(self, path: str, **options: Unpack[Options]) -> Response:
        """As `request`."""
        return self.request("GET", path, **options)

    def post(self, path: str, body: bytes | str | None = None, **options: Unpack[Options]) -> Response:
        """As `request`."""
        return self.request("POST", path, body, **options)

    def put(self, path: str, body: bytes | str | None = None, **options: Unpack[Options]) -> Response:
        """As `request`."""
        return self.request("PUT", path, body, **options)

    def delete(self, path: str, **options: Unpack[Options]) -> Response:
        """As `request`."""
        return self.request("DELETE", path, **options)

    def stdout(self, component: str | None = None) -> str:
        """What a component, by default the only one, has printed so far; whole lines.

        Waits until guests that are at work have ended, for as long as ten seconds.
        """
        return self._printed(component, "stdout")

    def stderr(self, component: str | None = None) -> str:
        """As `stdout`."""
        return self._printed(component, "stderr")

    def key_value(self, label: str = DEFAULT) -> Store:
        """The store itself, which has `get`, `set`, `delete`, `keys` and more. Raises ConfigError."""
        store = self._host.stores.key_value(label)
        if store is None:
            raise ConfigError(f"no component was granted a key-value store `{label}`")
        return store

    def sqlite(self, statement: str, *parameters: object, label: str = DEFAULT) -> list[tuple[Any, ...]]:
        """The rows that a statement gives in the database of that label. Raises ConfigError or apsw.Error."""
        database = self._host.stores.database(label)
        if database is None:
            raise ConfigError(f"no component was granted a database `{label}`")
        connection = database.connect()
        try:
            return list(connection.execute(statement, parameters))
        finally:
            connection.close()

    def close(self) -> None:
        """End what is under way. Twice is no mistake."""
        self._closing.close()

    def __enter__(self) -> App:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _printed(self, component: str | None, stream: Stream) -> str:
        if component is None:
            if len(self._components) != 1:
                raise TypeError(f"name one of the components: {', '.join(self._components)}")
            (component,) = self._components
        elif component not in self._components:
            raise KeyError(component)
        self._work.over(_QUIET_S)
        file = self._logs / f"{component}_{stream}.txt"
        return file.read_text("utf-8", "replace") if file.exists() else ""


class _Either:
    """The scripted models, and for other names the app's own."""

    def __init__(self, scripts: Mapping[str, Scripted], others: Models) -> None:
        self._scripts = scripts
        self._others = others

    def get(self, name: str) -> Backend:
        script = self._scripts.get(name)
        return self._others.get(name) if script is None else script


def _sources(given: Mapping[str, Scripted | str | Path]) -> dict[str, ModelConfig]:
    """Those that are no scripts. Raises ConfigError."""
    named = [f"{name}={it}" for name, it in given.items() if not isinstance(it, Scripted)]
    return model_flag.parse(named, Path.cwd())


def _in_memory(manifest: Manifest) -> RuntimeConfig:
    """Every label that a component is granted, and nothing else of a machine."""
    components = manifest.components.values()
    return RuntimeConfig(
        key_value_store={label: KeyValueFile() for it in components for label in it.key_value_stores},
        sqlite_database={label: SqliteFile() for it in components for label in it.sqlite_databases},
    )


def _seeded(pairs: Mapping[str, str], statements: Iterable[str]) -> StoreSettings:
    scripts = tuple(Script(DEFAULT, statement, "sqlite") for statement in statements)
    return StoreSettings(Seeds(tuple(pairs.items()), scripts))


def _unheard(_model: str, _part: float) -> None:
    """Models load unseen."""


def _unseen(_line: bytes) -> None:
    """What components print is read from their files."""
