"""Values from HashiCorp Vault or OpenBao: version 2 of its key-value engine, over HTTP.

A secret's field `value` is the variable's. It is asked for each time, so a value that was changed there is
the new one at the next call.
"""

from __future__ import annotations

import json
import logging
from urllib.parse import quote

from spinfer.config.providers import VaultProvider
from spinfer.factors.variables.provider import ProviderFailed
from spinfer.inference.cancellation import Cancellation
from spinfer.web.client import Answer, Interrupted, Question, WebClient, WebFailure

SILENCE_S = 10.0
_FIELD = "value"

log = logging.getLogger(__name__)


class VaultValues:
    """The secrets below one prefix of one engine."""

    def __init__(self, config: VaultProvider, web: WebClient) -> None:
        self._config = config
        self._web = web
        self._said = ""

    def __repr__(self) -> str:
        return f"<VaultValues {self._config.url}>"

    def get(self, name: str, cancellation: Cancellation) -> str | None:
        config = self._config
        path = f"{config.prefix.strip('/')}/{name}".lstrip("/")
        question = Question(
            "GET",
            f"{config.url}/v1/{quote(config.mount.strip('/'))}/data/{quote(path)}",
            {"x-vault-token": config.token.get_secret_value()},
            silence_s=SILENCE_S,
        )
        try:
            with self._web.ask(question, cancellation) as answer:
                return self._value(name, answer)
        except WebFailure as e:
            raise self._failed(name, str(e)) from e
        except Interrupted as e:
            cancellation.check()
            raise self._failed(name, "the host is shutting down") from e

    def _value(self, name: str, answer: Answer) -> str | None:
        match answer.status:
            case 200:
                return self._field(name, answer.read())
            case 404:
                return None
            case 403:
                raise self._failed(name, "it refuses the token")
            case status:
                raise self._failed(name, f"it answers with status {status}")

    def _field(self, name: str, content: bytes) -> str:
        """Whatever is wrong with it, its content is not shown: it is a secret."""
        try:
            secret = json.loads(content)
        except ValueError:
            secret = None
        match secret:
            case {"data": {"data": {"value": str(value)}}}:
                return value
        raise self._failed(name, f"the secret has no field `{_FIELD}` that is a string")

    def _failed(self, name: str, why: str) -> ProviderFailed:
        failure = ProviderFailed(f"the vault could not be asked for `{name}`: {why}", self._config.url)
        if str(failure) != self._said:  # guests may ask in a loop
            self._said = str(failure)
            log.warning("%s: %s", failure.place, failure)
        return failure
