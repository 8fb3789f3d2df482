"""Every failure of the client as an error-code."""

import errno
import socket
import ssl

import aiohttp
import pytest

from spinfer.bindings.values import Case
from spinfer.factors.outbound_http.failures import code_of
from spinfer.factors.outbound_http.names import Prohibited
from spinfer.factors.wasi_http import error_code
from spinfer.factors.wasi_http.error_code import HttpError, dns_error

KEY = aiohttp.client_reqrep.ConnectionKey("a", 80, False, True, None, None, None)


def connecting(number: int) -> aiohttp.ClientConnectorError:
    return aiohttp.ClientConnectorError(KEY, OSError(number, ""))


def caused(failure: Exception, cause: BaseException) -> Exception:
    failure.__cause__ = cause
    return failure


@pytest.mark.parametrize(
    ("failure", "code"),
    [
        (HttpError(error_code.LOOP_DETECTED), error_code.LOOP_DETECTED),
        (aiohttp.ClientConnectorDNSError(KEY, socket.gaierror(socket.EAI_NONAME, "")), dns_error("NXDOMAIN")),
        (aiohttp.ClientConnectorDNSError(KEY, socket.gaierror(socket.EAI_AGAIN, "")), dns_error("SERVFAIL")),
        (aiohttp.ClientConnectorDNSError(KEY, socket.gaierror(socket.EAI_MEMORY, "")), dns_error()),
        (aiohttp.ClientConnectorDNSError(KEY, OSError(None, "")), dns_error()),
        (
            aiohttp.ClientConnectorDNSError(KEY, caused(OSError(None, ""), Prohibited("x"))),
            error_code.DESTINATION_IP_PROHIBITED,
        ),
        (connecting(errno.ECONNREFUSED), error_code.CONNECTION_REFUSED),
        (connecting(errno.ENETUNREACH), error_code.DESTINATION_IP_UNROUTABLE),
        (connecting(errno.EHOSTUNREACH), error_code.DESTINATION_IP_UNROUTABLE),
        (connecting(errno.ETIMEDOUT), error_code.CONNECTION_TIMEOUT),
        (connecting(errno.EACCES), error_code.DESTINATION_UNAVAILABLE),
        (connecting(errno.EMFILE), error_code.CONNECTION_LIMIT_REACHED),
        (aiohttp.ClientConnectorError(KEY, OSError("several")), error_code.DESTINATION_UNAVAILABLE),
        (ConnectionResetError(errno.ECONNRESET, ""), error_code.CONNECTION_TERMINATED),
        (BrokenPipeError(errno.EPIPE, ""), error_code.CONNECTION_TERMINATED),
        (aiohttp.ServerDisconnectedError(), error_code.CONNECTION_TERMINATED),
        (aiohttp.ClientConnectionError("closed"), error_code.CONNECTION_TERMINATED),
        (
            aiohttp.ClientConnectorCertificateError(KEY, ssl.SSLCertVerificationError()),
            error_code.TLS_CERTIFICATE_ERROR,
        ),
        (aiohttp.ClientConnectorSSLError(KEY, ssl.SSLError()), error_code.TLS_PROTOCOL_ERROR),
        (ssl.SSLError(), error_code.TLS_PROTOCOL_ERROR),
        (aiohttp.ClientPayloadError(), error_code.RESPONSE_INCOMPLETE),
        (aiohttp.InvalidURL("x"), error_code.REQUEST_URI_INVALID),
        (TimeoutError(), error_code.CONNECTION_TIMEOUT),
        (aiohttp.ServerTimeoutError(), error_code.CONNECTION_TIMEOUT),
        (OSError(errno.EIO, "Input/output error"), error_code.internal_error("Input/output error")),
        (aiohttp.ClientError("odd"), error_code.internal_error("odd")),
    ],
)  # fmt: skip
def test_failures(failure: BaseException, code: Case) -> None:
    assert code_of(failure) == code


def test_a_failure_that_is_its_own_cause() -> None:
    failure = aiohttp.ClientResponseError(None, ())
    assert code_of(caused(failure, failure)) == error_code.PROTOCOL_ERROR


def test_a_mistake_of_ours_is_none_of_them() -> None:
    assert code_of(KeyError("x")) is None
