"""runtime-config.toml: what an app is given on this machine, as opposed to what it asks for in spin.toml.

The format is Spin's. Relative paths start in the folder of the file.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from pydantic import Field, ValidationError, ValidationInfo, field_validator

from spinfer.config.models import ModelConfig
from spinfer.config.outbound import ClientTls, Connections, OutboundHttp, OutboundNetworking
from spinfer.config.providers import VariablesProvider
from spinfer.config.remote import LlmCompute, RemoteCompute, SpinCompute
from spinfer.config.stores import DEFAULT, KeyValueFile, KeyValueStore, SqliteDatabase, SqliteFile
from spinfer.documents import toml
from spinfer.documents.problems import problems
from spinfer.documents.table import Array, Table, mistake
from spinfer.errors import ConfigError

KEY_VALUE_FILE = "sqlite_key_value.db"
SQLITE_FILE = "sqlite_db.db"

PROVIDER_EXAMPLE = '[[variables_provider]] with `type = "env"`'


class RuntimeConfig(Table):
    """The whole file; without one, nothing is configured."""

    state_dir: str | None = Field(default=None, examples=['state_dir = ".spin"'])
    """Where data and models are kept. "": nowhere; None: `.spin` beside spin.toml."""
    log_dir: str | None = Field(default=None, examples=['log_dir = "logs"'])
    """Where to keep what components print. "": nowhere; None: `logs` in the state folder."""
    max_instance_memory: int | None = Field(
        default=None, ge=65536, le=4 << 30, examples=["max_instance_memory = 268435456"]
    )
    """Bytes. None: all that 32-bit WebAssembly can address."""
    key_value_store: Mapping[str, KeyValueStore] = Field(
        default_factory=dict, examples=['[key_value_store.cache] with `type = "spin"`']
    )
    sqlite_database: Mapping[str, SqliteDatabase] = Field(
        default_factory=dict, examples=['[sqlite_database.vectors] with `type = "spin"`']
    )
    variables_provider: Array[VariablesProvider] = Field(default=(), examples=[PROVIDER_EXAMPLE])
    config_provider: Array[VariablesProvider] = Field(default=(), examples=[PROVIDER_EXAMPLE])
    """The older name of `variables_provider`."""
    llm_compute: LlmCompute = Field(default=SpinCompute(), examples=['[llm_compute] with `type = "spin"`'])
    outbound_http: OutboundHttp = Field(
        default=OutboundHttp(), examples=["[outbound_http] with `connection_pooling = false`"]
    )
    outbound_networking: OutboundNetworking = Field(
        default=OutboundNetworking(), examples=['[outbound_networking] with `block_networks = ["private"]`']
    )
    client_tls: Array[ClientTls] = Field(
        default=(), examples=["[[client_tls]] with `component_ids` and `hosts`"]
    )
    outbound_pg: Connections = Field(
        default=Connections(), examples=["[outbound_pg] with `max_connections = 20`"]
    )
    outbound_mysql: Connections = Field(
        default=Connections(), examples=["[outbound_mysql] with `max_connections = 20`"]
    )
    outbound_redis: Connections = Field(
        default=Connections(), examples=["[outbound_redis] with `max_connections = 20`"]
    )
    outbound_mqtt: Connections = Field(
        default=Connections(), examples=["[outbound_mqtt] with `max_connections = 20`"]
    )

    @field_validator("config_provider")
    @classmethod
    def _one_name(
        cls, older: tuple[VariablesProvider, ...], info: ValidationInfo
    ) -> tuple[VariablesProvider, ...]:
        if older and info.data.get("variables_provider"):
            raise mistake(
                "this is the older name of `variables_provider`, which is there too",
                "write [[variables_provider]] everywhere",
            )
        return older

    @property
    def providers(self) -> tuple[VariablesProvider, ...]:
        """In the order in which they are asked."""
        return self.variables_provider or self.config_provider

    @property
    def models(self) -> Mapping[str, ModelConfig]:
        """What `llm_compute` means: a source for every name that has no other."""
        match self.llm_compute:
            case RemoteCompute(remote=remote):
                return {"*": ModelConfig(remote=remote)}
            case _:
                return {}

    def key_value_stores(self, state: Path | None) -> Mapping[str, KeyValueStore]:
        """By label, `default` included; `state` is the state folder, None: nothing is kept."""
        file = None if state is None else state / KEY_VALUE_FILE
        return {DEFAULT: KeyValueFile(path=file), **self.key_value_store}

    def sqlite_databases(self, state: Path | None) -> Mapping[str, SqliteDatabase]:
        """By label, `default` included; `state` is the state folder, None: nothing is kept."""
        file = None if state is None else state / SQLITE_FILE
        return {DEFAULT: SqliteFile(path=file), **self.sqlite_database}

    def resolved(self, folder: Path) -> RuntimeConfig:
        """The same, every path absolute."""
        return self.model_copy(
            update={
                "state_dir": _folder(self.state_dir, folder),
                "log_dir": _folder(self.log_dir, folder),
                "key_value_store": {n: s.resolved(folder) for n, s in self.key_value_store.items()},
                "sqlite_database": {n: d.resolved(folder) for n, d in self.sqlite_database.items()},
                "variables_provider": tuple(p.resolved(folder) for p in self.variables_provider),
                "config_provider": tuple(p.resolved(folder) for p in self.config_provider),
                "client_tls": tuple(tls.resolved(folder) for tls in self.client_tls),
            }
        )


def load(file: Path) -> RuntimeConfig:
    """The configuration in a file, paths absolute. Raises ConfigError, listing every mistake."""
    path = file.absolute()
    try:
        raw = toml.read(path, ConfigError)
    except FileNotFoundError as e:
        raise ConfigError("there is no such file", where=str(file)) from e
    try:
        config = RuntimeConfig.model_validate(raw)
    except ValidationError as e:
        raise ConfigError.listing(problems(e, RuntimeConfig, path.name)) from e
    return config.resolved(path.parent)


def _folder(written: str | None, folder: Path) -> str | None:
    return str(folder / Path(written).expanduser()) if written else written
