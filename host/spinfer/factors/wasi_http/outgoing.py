"""`outgoing-request`, `outgoing-response` and `request-options`: what a guest makes. Guest thread."""

from __future__ import annotations

from dataclasses import dataclass

from spinfer.bindings.values import Case, Some
from spinfer.factors.wasi_http import syntax
from spinfer.factors.wasi_http.bodies import BodySize, OutgoingBody
from spinfer.factors.wasi_http.error_code import request_body_size, response_body_size
from spinfer.factors.wasi_http.fields import Fields
from spinfer.factors.wasi_http.messages import Body, BodyWriter, Response, empty_body


class _Content:
    """The body of a message in the making: asked for at most once."""

    __slots__ = ("_size_error", "_writer")

    def __init__(self, size_error: BodySize) -> None:
        self._size_error = size_error
        self._writer: BodyWriter | None = None

    def open(self, headers: Fields) -> OutgoingBody | None:
        """None the second time, and for a content-length that is none."""
        try:
            expected = syntax.content_length(headers.get("content-length"))
        except ValueError:
            return None
        if self._writer is not None:
            return None
        self._writer = BodyWriter()
        return OutgoingBody(self._writer, expected, self._size_error)

    def body(self) -> Body:
        """What the message carries; empty if the guest never asked for it."""
        return empty_body() if self._writer is None else self._writer.body

    def drop(self) -> None:
        """The message goes nowhere: whoever still writes must not wait for a reader."""
        if self._writer is not None:
            self._writer.body.discard()


class OutgoingResponse:
    """A response in the making."""

    __slots__ = ("_content", "headers", "status")

    def __init__(self, headers: Fields) -> None:
        self.headers = headers.frozen()
        self.status = 200
        self._content = _Content(response_body_size)

    def set_status(self, status: int) -> bool:
        if not syntax.is_status(status):
            return False
        self.status = status
        return True

    def open_body(self) -> OutgoingBody | None:
        return self._content.open(self.headers)

    def message(self) -> Response:
        return Response(self.status, self.headers.entries(), self._content.body())

    def drop(self) -> None:
        self._content.drop()


class OutgoingRequest:
    """A request in the making. A setter that returns False has changed nothing."""

    __slots__ = ("_content", "authority", "headers", "method", "path_with_query", "scheme")

    def __init__(self, headers: Fields) -> None:
        self.headers = headers.frozen()
        self.method = Case("get")
        self.path_with_query: Some[str] | None = None
        self.scheme: Some[Case] | None = None
        self.authority: Some[str] | None = None
        self._content = _Content(request_body_size)

    def set_method(self, method: Case) -> bool:
        if syntax.method_text(method) is None:
            return False
        self.method = method
        return True

    def set_path_with_query(self, path: Some[str] | None) -> bool:
        if path is not None and not syntax.is_target(path.value):
            return False
        self.path_with_query = path
        return True

    def set_scheme(self, scheme: Some[Case] | None) -> bool:
        if scheme is not None and syntax.scheme_text(scheme.value) is None:
            return False
        self.scheme = scheme
        return True

    def set_authority(self, authority: Some[str] | None) -> bool:
        if authority is not None and syntax.host_and_port(authority.value) is None:
            return False
        self.authority = authority
        return True

    def open_body(self) -> OutgoingBody | None:
        return self._content.open(self.headers)

    def body(self) -> Body:
        return self._content.body()

    def drop(self) -> None:
        self._content.drop()


@dataclass(slots=True)
class RequestOptions:
    """How long to wait for what, in nanoseconds; None: as long as the host likes."""

    connect_timeout: Some[int] | None = None
    first_byte_timeout: Some[int] | None = None
    between_bytes_timeout: Some[int] | None = None
