"""runtime-config.toml beside its values or its error, and what else its values mean."""

import json
from pathlib import Path

import pytest

from golden import files
from spinfer.config.folders import Folders
from spinfer.config.models import ModelConfig
from spinfer.config.outbound import ClientTls, OutboundHttp
from spinfer.config.remote import RemoteConfig
from spinfer.config.runtime_config import RuntimeConfig, load
from spinfer.config.stores import KeyValueFile, SqliteFile
from spinfer.errors import ConfigError

SECRETS = ("hunter2", "31337")


@pytest.mark.parametrize("case", files.cases("runtime_config"), ids=lambda case: case.stem)
def test_runtime_config(case: Path, tmp_path: Path) -> None:
    file = tmp_path / "runtime-config.toml"
    file.write_bytes(case.read_bytes())
    try:
        config = load(file)
    except ConfigError as e:
        said = str(e)
        files.check(case, ".err", said)
    else:
        said = json.dumps(config.model_dump(mode="json", exclude_defaults=True), indent=2)
        files.check(case, ".json", said.replace(str(tmp_path), "FOLDER"))
        said += repr(config)
    assert not any(secret in said for secret in SECRETS)


def test_a_missing_file(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="there is no such file"):
        load(tmp_path / "runtime-config.toml")


def test_default_stores_are_there_without_being_written() -> None:
    config, state = RuntimeConfig(), Path("/srv/.spin")
    assert config.key_value_stores(state) == {"default": KeyValueFile(path=state / "sqlite_key_value.db")}
    assert config.sqlite_databases(state) == {"default": SqliteFile(path=state / "sqlite_db.db")}
    assert config.key_value_stores(None) == {"default": KeyValueFile(path=None)}
    own = RuntimeConfig(sqlite_database={"default": SqliteFile(path=Path("/a")), "b": SqliteFile()})
    assert own.sqlite_databases(state) == own.sqlite_database


def test_llm_compute_stands_for_every_name() -> None:
    assert RuntimeConfig().models == {}
    written = {"type": "remote_http", "url": "http://127.0.0.1:8000/"}
    config = RuntimeConfig.model_validate({"llm_compute": written})
    remote = RemoteConfig(url="http://127.0.0.1:8000", api="spin")
    assert config.models == {"*": ModelConfig(remote=remote)}


@pytest.mark.parametrize(
    ("written", "state_dir", "log_dir", "expected"),
    [
        ({}, None, None, Folders(Path("/app/.spin"), Path("/app/.spin/logs"))),
        ({}, "/s", None, Folders(Path("/s"), Path("/s/logs"))),
        ({}, "", None, Folders(None, None)),
        ({}, "", "/l", Folders(None, Path("/l"))),
        ({}, None, "", Folders(Path("/app/.spin"), None)),
        ({"state_dir": "/r", "log_dir": "/rl"}, None, None, Folders(Path("/r"), Path("/rl"))),
        ({"state_dir": "/r", "log_dir": "/rl"}, "/s", "", Folders(Path("/s"), None)),
        ({"state_dir": "", "log_dir": ""}, None, None, Folders(None, None)),
    ],
)
def test_folders(written: dict, state_dir: str | None, log_dir: str | None, expected: Folders) -> None:
    assert Folders.of(Path("/app"), RuntimeConfig(**written), state_dir, log_dir) == expected


def test_the_stricter_limit() -> None:
    assert OutboundHttp().limit is None
    assert OutboundHttp(max_connections=5).limit == 5
    assert OutboundHttp(max_connections=5, max_concurrent_requests=3).limit == 3


def test_whom_client_tls_trusts() -> None:
    some = {"component_ids": ["a"], "hosts": ["b"]}
    assert ClientTls.model_validate(some).trusts_public_authorities
    assert not ClientTls.model_validate({**some, "ca_roots_file": "r.pem"}).trusts_public_authorities
    both = ClientTls.model_validate({**some, "ca_roots_file": "r.pem", "ca_use_webpki_roots": True})
    assert both.trusts_public_authorities
