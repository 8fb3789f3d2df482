"""Vault over HTTP: what is asked, what an answer means, and that nothing of a secret is said."""

from __future__ import annotations

import asyncio
import json
import logging
import threading
from collections.abc import Iterator

import pytest
from pydantic import SecretStr

from fakes.http_servers import head_of, serving, silent
from spinfer.config.providers import VaultProvider
from spinfer.errors import Cancelled
from spinfer.factors.variables.provider import ProviderFailed
from spinfer.factors.variables.providers.vault import VaultValues
from spinfer.inference.cancellation import Cancellation
from spinfer.web.client import WebClient

TOKEN = "hvs.hunter2"


class Vault:
    """Secrets by path; a path that is a number answers with that status."""

    def __init__(self, secrets: dict[str, object]) -> None:
        self.secrets = secrets
        self.heads: list[str] = []

    async def script(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while True:
            head = (await head_of(reader)).decode()
            self.heads.append(head)
            path = head.split()[1].removeprefix("/base/v1/my%20mount/data/")
            if path in self.secrets:
                status, body = 200, {"data": {"data": self.secrets[path], "metadata": {"version": 3}}}
            else:
                number = path.rpartition("status_")[2]
                status, body = int(number) if number.isdigit() else 404, {"errors": [f"no, {TOKEN}"]}
            content = json.dumps(body).encode()
            writer.write(f"HTTP/1.1 {status} S\r\ncontent-length: {len(content)}\r\n\r\n".encode() + content)
            await writer.drain()


@pytest.fixture
def web() -> Iterator[WebClient]:
    with WebClient() as web:
        yield web


def values(authority: str, web: WebClient, prefix: str = "app/") -> VaultValues:
    config = VaultProvider(
        url=f"http://{authority}/base/", token=SecretStr(TOKEN), mount="my mount", prefix=prefix
    )
    return VaultValues(config, web)


def test_a_secret(web: WebClient) -> None:
    vault = Vault({"app/api_key": {"value": "s3cret", "other": 1}, "bare": {"value": ""}})
    with serving(vault.script) as server:
        found = values(server.authority, web)
        assert found.get("api_key", Cancellation()) == "s3cret"
        vault.secrets["app/api_key"] = {"value": "changed"}
        assert found.get("api_key", Cancellation()) == "changed"
        assert found.get("unknown", Cancellation()) is None
        assert values(server.authority, web, prefix="").get("bare", Cancellation()) == ""
        assert server.connections == 1
    assert all(f"x-vault-token: {TOKEN}" in head for head in vault.heads)


@pytest.mark.parametrize(
    ("name", "why"),
    [
        ("status_403", "it refuses the token"),
        ("status_500", "it answers with status 500"),
        ("status_302", "it answers with status 302"),
        ("number", "the secret has no field `value` that is a string"),
        ("without", "the secret has no field `value` that is a string"),
    ],
)
def test_what_is_no_answer(name: str, why: str, web: WebClient, caplog: pytest.LogCaptureFixture) -> None:
    vault = Vault({"app/number": {"value": 31337}, "app/without": {"password": "s3cret"}})
    with serving(vault.script) as server, caplog.at_level(logging.DEBUG):
        found = values(server.authority, web)
        for _ in range(3):
            with pytest.raises(ProviderFailed) as raised:
                found.get(name, Cancellation())
        assert str(raised.value) == f"the vault could not be asked for `{name}`: {why}"
        assert raised.value.place == f"http://{server.authority}/base"
    assert caplog.text.count(why) == 1
    for secret in (TOKEN, "31337", "s3cret"):
        assert secret not in caplog.text + repr(found)


def test_nobody_there(web: WebClient) -> None:
    with serving(silent) as server:
        authority = server.authority
    with pytest.raises(ProviderFailed, match="nobody answers there"):
        values(authority, web).get("a", Cancellation())


def test_a_caller_that_leaves_does_not_wait(web: WebClient) -> None:
    cancellation = Cancellation()
    with serving(silent) as server:
        found = values(server.authority, web)
        threading.Timer(0.05, cancellation.cancel).start()
        with pytest.raises(Cancelled):
            found.get("a", cancellation)
        threading.Timer(0.05, web.close).start()
        with pytest.raises(ProviderFailed, match="shutting down"):
            found.get("a", Cancellation())
