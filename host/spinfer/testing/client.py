"""Requests to an app, and what came back."""

from __future__ import annotations

import http.client
import json as json_format
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, TypedDict, Unpack

_JSON: Final = "application/json"


class Options(TypedDict, total=False):
    """What a request may have beside its body."""

    json: object
    """Sent as the body; None is `null`."""
    headers: Mapping[str, str]
    timeout_s: float


@dataclass(frozen=True, slots=True)
class Response:
    """An answer as a client sees it."""

    status: int
    headers: http.client.HTTPMessage
    """By name, in any case; `get_all` for one that came several times."""
    body: bytes

    @property
    def text(self) -> str:
        """The body as UTF-8. Raises UnicodeDecodeError."""
        return self.body.decode()

    def json(self) -> object:
        """The body as JSON. Raises ValueError."""
        return json_format.loads(self.body)


class Client:
    """Asks one server, over a connection for each request. Any thread."""

    def __init__(self, host: str, port: int, timeout_s: float) -> None:
        self._host = host
        self._port = port
        self._timeout_s = timeout_s

    def request(
        self, method: str, path: str, body: bytes | str | None = None, **options: Unpack[Options]
    ) -> Response:
        """The whole response. Raises TimeoutError, or ConnectionError where it broke off."""
        content, sent = _content(body, options)
        timeout_s = options.get("timeout_s", self._timeout_s)
        connection = http.client.HTTPConnection(self._host, self._port, timeout=timeout_s)
        try:
            connection.request(method, path, content, sent)
            response = connection.getresponse()
            return Response(response.status, response.headers, response.read())
        except http.client.HTTPException as e:
            raise ConnectionError(
                f"{method} {path}: the response broke off; the log says why ({type(e).__name__})"
            ) from e
        finally:
            connection.close()


def _content(body: bytes | str | None, options: Options) -> tuple[bytes | None, dict[str, str]]:
    """The body's bytes, and the headers that go with them."""
    headers = options.get("headers", {})
    if "json" not in options:
        return (body.encode() if isinstance(body, str) else body), dict(headers)
    if body is not None:
        raise TypeError("a request has one body: `body` or `json`")
    kind = {} if any(name.lower() == "content-type" for name in headers) else {"content-type": _JSON}
    return json_format.dumps(options["json"]).encode(), {**kind, **headers}
