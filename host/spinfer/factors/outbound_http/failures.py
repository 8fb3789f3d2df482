"""What the client's exceptions mean, as wasi:http's `error-code`. Pure.

| what happened | error-code |
|---|---|
| the name is unknown, or its server failed | DNS-error |
| every address is in a blocked network | destination-IP-prohibited |
| nobody listens there | connection-refused |
| no way leads there | destination-IP-unroutable, destination-unavailable |
| the certificate is not to be trusted | TLS-certificate-error |
| TLS failed otherwise | TLS-protocol-error |
| the other side hung up | connection-terminated |
| it sent what is not HTTP | HTTP-protocol-error |
| a header is longer than the client takes | HTTP-response-header-section-size |
| the body ended too early | HTTP-response-incomplete |
| time ran out | that of the phase, see `phases` |
"""

from __future__ import annotations

import errno
import socket
import ssl
from collections.abc import Iterator
from typing import Final

import aiohttp
from aiohttp.http_exceptions import LineTooLong

from spinfer.bindings.values import Case
from spinfer.factors.outbound_http.names import Prohibited
from spinfer.factors.wasi_http import error_code
from spinfer.factors.wasi_http.error_code import HttpError

_BY_ERRNO: Final = {
    errno.ECONNREFUSED: error_code.CONNECTION_REFUSED,
    errno.ECONNRESET: error_code.CONNECTION_TERMINATED,
    errno.ECONNABORTED: error_code.CONNECTION_TERMINATED,
    errno.EPIPE: error_code.CONNECTION_TERMINATED,
    errno.ETIMEDOUT: error_code.CONNECTION_TIMEOUT,
    errno.ENETUNREACH: error_code.DESTINATION_IP_UNROUTABLE,
    errno.EHOSTUNREACH: error_code.DESTINATION_IP_UNROUTABLE,
    errno.EADDRNOTAVAIL: error_code.DESTINATION_IP_UNROUTABLE,
    errno.EACCES: error_code.DESTINATION_UNAVAILABLE,
    errno.EPERM: error_code.DESTINATION_UNAVAILABLE,
    errno.EMFILE: error_code.CONNECTION_LIMIT_REACHED,
    errno.ENFILE: error_code.CONNECTION_LIMIT_REACHED,
}
_RCODES: Final = {socket.EAI_NONAME: "NXDOMAIN", socket.EAI_AGAIN: "SERVFAIL", socket.EAI_FAIL: "SERVFAIL"}


def code_of(failure: BaseException) -> Case | None:  # noqa: PLR0911, PLR0912 - a line of the table each
    """None: this is nothing that a request may come to, but a mistake of ours."""
    match failure:
        case HttpError(code=code):
            return code
        case aiohttp.ClientConnectorDNSError():
            return _name_failure(failure.os_error)
        case aiohttp.ClientConnectorCertificateError() | ssl.SSLCertVerificationError():
            return error_code.TLS_CERTIFICATE_ERROR
        case aiohttp.ClientSSLError() | ssl.SSLError():
            return error_code.TLS_PROTOCOL_ERROR
        case aiohttp.ServerDisconnectedError():
            return error_code.CONNECTION_TERMINATED
        case aiohttp.ServerTimeoutError() | TimeoutError():
            return error_code.CONNECTION_TIMEOUT
        case aiohttp.InvalidURL():
            return error_code.REQUEST_URI_INVALID
        case aiohttp.ClientPayloadError():
            return error_code.RESPONSE_INCOMPLETE
        case aiohttp.ClientResponseError():
            too_long = any(isinstance(cause, LineTooLong) for cause in _causes(failure))
            return error_code.RESPONSE_HEADER_SECTION_SIZE if too_long else error_code.PROTOCOL_ERROR
        case aiohttp.ClientConnectorError():
            return _by_errno(failure.os_error)
        case OSError():
            return _by_errno(failure)
        case aiohttp.ClientConnectionError():
            return error_code.CONNECTION_TERMINATED
        case aiohttp.ClientError():
            return error_code.internal_error(str(failure))
        case _:
            return None


def _name_failure(error: OSError) -> Case:
    for cause in _causes(error):
        if isinstance(cause, Prohibited):
            return error_code.DESTINATION_IP_PROHIBITED
        if isinstance(cause, socket.gaierror):
            return error_code.dns_error(_RCODES.get(cause.errno or 0))
    return error_code.dns_error()


def _causes(failure: BaseException) -> Iterator[BaseException]:
    """The failure and what led to it, outermost first; each once, as a cause may be its own."""
    seen: set[int] = set()
    cause: BaseException | None = failure
    while cause is not None and id(cause) not in seen:
        seen.add(id(cause))
        yield cause
        cause = cause.__cause__ or cause.__context__


def _by_errno(error: OSError) -> Case:
    if error.errno in _BY_ERRNO:
        return _BY_ERRNO[error.errno]
    if error.errno is None:  # several addresses were tried, and each failed in its own way
        return error_code.DESTINATION_UNAVAILABLE
    return error_code.internal_error(error.strerror or str(error))
