"""Where a component's request may go."""

import logging

import pytest

from spinfer.factors.outbound_http.app import Origin
from spinfer.factors.outbound_http.client import ClientConfig
from spinfer.factors.outbound_http.sender import OutboundSender
from spinfer.factors.outbound_networking.hosts import AllowedHosts
from spinfer.factors.outbound_networking.networks import BlockedNetworks
from spinfer.factors.wasi_http import error_code
from spinfer.factors.wasi_http.error_code import HttpError
from spinfer.factors.wasi_http.messages import Request
from spinfer.factors.wasi_http.promise import Promise
from spinfer.factors.wasi_http.sending import Sending, Timeouts


class Recorder:
    """Stands for the network and for the app: whoever is asked notes it."""

    def __init__(self, *blocked: str) -> None:
        self.config = ClientConfig(blocked=BlockedNetworks.parse(blocked))
        self.sent: list[tuple[str, str, str]] = []
        self.chained: list[tuple[str, str]] = []
        self.origin: Origin | None = Origin("http", "127.0.0.1:3000")

    def send(self, request: Request, _timeouts: Timeouts, _tls: object = None) -> Sending:
        self.sent.append((request.scheme, request.authority, request.path_with_query))
        return Sending(Promise(), lambda: None)

    def call(self, component: str, request: Request) -> Sending:
        self.chained.append((component, request.path_with_query))
        return Sending(Promise(), lambda: None)


def asking(allowed: list[str], *urls: str, blocked: tuple[str, ...] = ()) -> Recorder:
    recorder = Recorder(*blocked)
    sender = OutboundSender(recorder, {"a": AllowedHosts.parse(allowed)})
    sender.app = recorder
    for url in urls:
        scheme, _, rest = url.partition("://")
        authority, _, path = rest.partition("/")
        sender.send("a", Request("GET", scheme, authority, f"/{path}"), Timeouts())
    return recorder


def refusal(allowed: list[str], url: str, **options) -> object:
    with pytest.raises(HttpError) as e:
        asking(allowed, url, **options)
    return e.value.code


def test_what_is_allowed_is_sent_as_it_is() -> None:
    urls = ("https://a.example.com/x?y", "https://A.Example.com:443/", "https://user:secret@a.example.com/")
    sent = asking(["https://a.example.com"], *urls).sent
    assert [f"{scheme}://{authority}{path}" for scheme, authority, path in sent] == list(urls)


@pytest.mark.parametrize(
    ("allowed", "url", "entry"),
    [
        ([], "https://a.example.com/", "https://a.example.com"),
        (["https://a.example.com"], "http://a.example.com/", "http://a.example.com"),
        (["https://a.example.com"], "https://a.example.com:8443/", "https://a.example.com:8443"),
        (["http://127.0.0.1"], "http://[::1]:9/", "http://[::1]:9"),
        (["http://127.0.0.1:3000"], "http://self/", "http://self"),
        (["http://self.example.com"], "http:///relative", "http://self"),
        (["http://b.spin.internal"], "http://c.spin.internal/", "http://c.spin.internal"),
    ],
)
def test_what_is_not_allowed_is_denied_with_the_entry_to_add(caplog, allowed, url, entry) -> None:
    with caplog.at_level(logging.WARNING):
        assert refusal(allowed, url) == error_code.REQUEST_DENIED
    [record] = caplog.records
    assert "component `a`" in record.getMessage()
    assert f'add "{entry}" to its `allowed_outbound_hosts`' in record.getMessage()
    asking([entry], url)


def test_a_denied_destination_is_logged_once(caplog) -> None:
    recorder = Recorder()
    sender = OutboundSender(recorder, {})
    for _ in range(3):
        with pytest.raises(HttpError):
            sender.send("a", Request("GET", "http", "b", "/"), Timeouts())
    assert len(caplog.records) == 1
    assert recorder.sent == []


@pytest.mark.parametrize(
    "url", ["http://self/a?b", "https://self.alt/a?b", "http://SELF:99/a?b", "http:///a?b"]
)
def test_the_app_itself_is_where_it_was_bound(url: str) -> None:
    assert asking(["http://self"], url).sent == [("http", "127.0.0.1:3000", "/a?b")]


def test_an_app_that_is_not_served_cannot_be_asked() -> None:
    sender = OutboundSender(Recorder(), {"a": AllowedHosts.parse(["*://*:*"])})
    with pytest.raises(HttpError) as e:
        sender.send("a", Request("GET", "http", "self", "/"), Timeouts())
    assert e.value.code == error_code.REQUEST_URI_INVALID
    with pytest.raises(HttpError) as e:
        sender.send("a", Request("GET", "http", "b.spin.internal", "/"), Timeouts())
    assert e.value.code == error_code.DESTINATION_NOT_FOUND


def test_a_component_of_the_app_is_asked_in_memory() -> None:
    recorder = asking(["http://*.spin.internal"], "http://back-end.spin.internal/a?b")
    assert recorder.chained == [("back-end", "/a?b")]
    assert recorder.sent == []


@pytest.mark.parametrize("host", ["10.0.0.1", "[::ffff:10.0.0.1]", "[::1]", "[64:ff9b::a00:1]"])
def test_an_address_in_a_blocked_network(host: str) -> None:
    code = refusal(["*://*:*"], f"http://{host}/", blocked=("private",))
    assert code == error_code.DESTINATION_IP_PROHIBITED
    assert len(asking(["*://*:*"], f"http://{host}/").sent) == 1


def test_the_app_itself_is_in_no_blocked_network() -> None:
    assert len(asking(["http://self"], "http://self/", blocked=("private",)).sent) == 1


@pytest.mark.parametrize("authority", ["a b", "a:99999", "a\r\nx"])
def test_what_is_no_authority(authority: str) -> None:
    assert refusal(["*://*:*"], f"http://{authority}/") == error_code.REQUEST_URI_INVALID
