"""`error-code` of wasi:http: its cases as values, and what carries one through a stream."""

from __future__ import annotations

from typing import Final, NamedTuple

from spinfer.bindings.values import Case, Some


class DnsErrorPayload(NamedTuple):
    rcode: Some[str] | None
    info_code: Some[int] | None


class TlsAlertReceivedPayload(NamedTuple):
    alert_id: Some[int] | None
    alert_message: Some[str] | None


class FieldSizePayload(NamedTuple):
    field_name: Some[str] | None
    field_size: Some[int] | None


DNS_TIMEOUT: Final = Case("DNS-timeout")
DESTINATION_NOT_FOUND: Final = Case("destination-not-found")
DESTINATION_UNAVAILABLE: Final = Case("destination-unavailable")
DESTINATION_IP_PROHIBITED: Final = Case("destination-IP-prohibited")
DESTINATION_IP_UNROUTABLE: Final = Case("destination-IP-unroutable")
CONNECTION_REFUSED: Final = Case("connection-refused")
CONNECTION_TERMINATED: Final = Case("connection-terminated")
CONNECTION_TIMEOUT: Final = Case("connection-timeout")
CONNECTION_READ_TIMEOUT: Final = Case("connection-read-timeout")
CONNECTION_WRITE_TIMEOUT: Final = Case("connection-write-timeout")
CONNECTION_LIMIT_REACHED: Final = Case("connection-limit-reached")
TLS_PROTOCOL_ERROR: Final = Case("TLS-protocol-error")
TLS_CERTIFICATE_ERROR: Final = Case("TLS-certificate-error")
REQUEST_DENIED: Final = Case("HTTP-request-denied")
REQUEST_METHOD_INVALID: Final = Case("HTTP-request-method-invalid")
REQUEST_URI_INVALID: Final = Case("HTTP-request-URI-invalid")
RESPONSE_INCOMPLETE: Final = Case("HTTP-response-incomplete")
RESPONSE_HEADER_SECTION_SIZE: Final = Case("HTTP-response-header-section-size")
RESPONSE_TIMEOUT: Final = Case("HTTP-response-timeout")
PROTOCOL_ERROR: Final = Case("HTTP-protocol-error")
LOOP_DETECTED: Final = Case("loop-detected")
CONFIGURATION_ERROR: Final = Case("configuration-error")


def dns_error(rcode: str | None = None) -> Case:
    return Case("DNS-error", DnsErrorPayload(None if rcode is None else Some(rcode), None))


def tls_alert(message: str) -> Case:
    return Case("TLS-alert-received", TlsAlertReceivedPayload(None, Some(message)))


def request_body_size(size: int) -> Case:
    """The request's body is not as long as its content-length: it has `size` bytes so far."""
    return Case("HTTP-request-body-size", Some(size))


def response_body_size(size: int) -> Case:
    """The response's body is not as long as its content-length: it has `size` bytes so far."""
    return Case("HTTP-response-body-size", Some(size))


def internal_error(message: str) -> Case:
    return Case("internal-error", Some(message))


class HttpError(Exception):
    """A message broke off, for the reason `code`; inside a stream's error, `http-error-code` finds it."""

    def __init__(self, code: Case) -> None:
        super().__init__(describe(code))
        self.code = code


def describe(code: Case) -> str:
    """For logs and debug strings: `connection-refused`, `internal-error: out of luck`."""
    match code.value:
        case None:
            return code.name
        case Some(value):
            return f"{code.name}: {value}"
        case payload:
            said = [str(part.value) for part in payload if part is not None]  # type: ignore[attr-defined]
            return ": ".join([code.name, *said])


_FIELD_SIZE = "record{field-name: option<string>, field-size: option<u32>}"

ERROR_CODE: Final = (
    "variant{DNS-timeout, DNS-error(record{rcode: option<string>, info-code: option<u16>}), "
    "destination-not-found, destination-unavailable, destination-IP-prohibited, destination-IP-unroutable, "
    "connection-refused, connection-terminated, connection-timeout, connection-read-timeout, "
    "connection-write-timeout, connection-limit-reached, TLS-protocol-error, TLS-certificate-error, "
    "TLS-alert-received(record{alert-id: option<u8>, alert-message: option<string>}), HTTP-request-denied, "
    "HTTP-request-length-required, HTTP-request-body-size(option<u64>), HTTP-request-method-invalid, "
    "HTTP-request-URI-invalid, HTTP-request-URI-too-long, HTTP-request-header-section-size(option<u32>), "
    f"HTTP-request-header-size(option<{_FIELD_SIZE}>), HTTP-request-trailer-section-size(option<u32>), "
    f"HTTP-request-trailer-size({_FIELD_SIZE}), HTTP-response-incomplete, "
    f"HTTP-response-header-section-size(option<u32>), HTTP-response-header-size({_FIELD_SIZE}), "
    "HTTP-response-body-size(option<u64>), HTTP-response-trailer-section-size(option<u32>), "
    f"HTTP-response-trailer-size({_FIELD_SIZE}), HTTP-response-transfer-coding(option<string>), "
    "HTTP-response-content-coding(option<string>), HTTP-response-timeout, HTTP-upgrade-failed, "
    "HTTP-protocol-error, loop-detected, configuration-error, internal-error(option<string>)}"
)
"""The variant's type, as bindings write it."""
