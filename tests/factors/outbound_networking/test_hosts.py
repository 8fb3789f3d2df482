"""Whom `allowed_outbound_hosts` lets a component reach."""

import pytest

from spinfer.factors.outbound_networking.entry import InvalidEntry
from spinfer.factors.outbound_networking.hosts import AllowedHosts, Destination


def to(url: str) -> Destination:
    scheme, _, rest = url.partition("://")
    if rest.startswith("["):
        host, _, port = rest[1:].partition("]")
        port = port.removeprefix(":")
    else:
        host, _, port = rest.partition(":")
    return Destination(scheme, host, int(port) if port else None)


ALLOWED = [
    # entry, allowed, denied
    ("http://example.com", ["http://example.com", "http://example.com:80"], ["http://example.com:81"]),
    ("http://example.com/", ["http://example.com"], ["https://example.com", "http://www.example.com"]),
    ("HTTP://Example.COM", ["http://example.com"], ["http://example.org"]),
    ("https://example.com", ["https://example.com:443"], ["http://example.com:443", "https://example.com:80"]),
    ("https://example.com:8443/", ["https://example.com:8443"], ["https://example.com"]),
    ("http://example.com:*", ["http://example.com", "http://example.com:1"], ["https://example.com"]),
    ("*://example.com:443", ["https://example.com", "redis://example.com:443"], ["http://example.com"]),
    ("http://*", ["http://a", "http://a.b.c", "http://10.0.0.1"], ["http://a:81", "https://a"]),
    ("*://*:*", ["http://a", "https://b:1", "other://c:9", "http://[::1]:8080"], []),
    ("http://*.example.com", ["http://a.example.com", "http://a.b.example.com"], [
        "http://example.com", "http://badexample.com", "http://example.com.evil.org", "http://.example.com",
    ]),
    ("http://127.0.0.1", ["http://127.0.0.1"], ["http://127.0.0.2", "http://localhost"]),
    ("http://10.0.0.0/8", ["http://10.1.2.3"], ["http://11.0.0.1", "http://10.example.com", "http://10.0.0.1:8"]),
    ("http://10.1.2.3/8:8080", ["http://10.9.9.9:8080"], ["http://10.9.9.9"]),
    ("http://[::1]", ["http://[::1]", "http://[0:0:0:0:0:0:0:1]"], ["http://[::2]", "http://[::1]:81"]),
    ("http://[::1]:8080", ["http://[::1]:8080"], ["http://[::1]"]),
    ("http://[fd00::]/8:*", ["http://[fd12::1]:9"], ["http://[fe80::1]:9"]),
    ("http://fd00::/8:*", ["http://[fd12::1]:9"], ["http://[fe80::1]:9"]),
    ("http://a:8000..8010", ["http://a:8000", "http://a:8009"], ["http://a:8010", "http://a:7999", "http://a"]),
    ("redis://a", ["redis://a:6379", "redis://a"], ["redis://a:6380", "http://a:6379"]),
    ("mysql://a", ["mysql://a:3306"], ["mysql://a:1"]),
    ("postgres://a", ["postgres://a:5432"], ["postgres://a:1"]),
    ("mqtt://a", ["mqtt://a:1883"], ["mqtt://a:1"]),
    ("http://back.spin.internal", ["http://back.spin.internal"], ["http://front.spin.internal"]),
    ("http://*.spin.internal", ["http://back.spin.internal"], ["http://spin.internal"]),
    ("http://self", [], ["http://self", "http://self.alt", "http://127.0.0.1"]),
    ("other://a:9", ["other://a:9"], ["other://a", "http://a:9"]),
    ("  http://example.com  ", ["http://example.com"], []),
    ("", [], ["http://example.com"]),
]  # fmt: skip


@pytest.mark.parametrize(("entry", "allowed", "denied"), ALLOWED)
def test_an_entry_allows_what_it_says(entry: str, allowed: list[str], denied: list[str]) -> None:
    hosts = AllowedHosts.parse([entry])
    assert [url for url in allowed if not hosts.allow(to(url))] == []
    assert [url for url in denied if hosts.allow(to(url))] == []


@pytest.mark.parametrize(
    ("entry", "http", "https"),
    [
        ("http://self", True, False),
        ("http://self.alt", True, False),
        ("https://self", False, True),
        ("*://self:*", True, True),
        ("http://*", True, False),
        ("*://*:*", True, True),
        ("http://self.example.com", False, False),
        ("http://127.0.0.1", False, False),
        ("redis://self", False, False),
    ],
)
def test_the_app_itself(entry: str, http: bool, https: bool) -> None:
    hosts = AllowedHosts.parse([entry])
    assert (hosts.allow_self("http"), hosts.allow_self("https")) == (http, https)
    assert hosts.allow_self("http", "https") == (http or https)


@pytest.mark.parametrize(
    ("entry", "what", "cure"),
    [
        ("insecure:allow-all", "not allowed", "*://*:*"),
        ("example.com", "no scheme", "https://example.com"),
        ("*", "no scheme", "https://"),
        ("*:443", "no scheme", "https://"),
        ("http://example.com/path", "path", "whole host"),
        ("http://example.com:80/path", "path", "whole host"),
        ("http://example.com/path:80", "path", "whole host"),
        ("{http,https}://example.com", "several schemes", "each"),
        ("http://{a,b}.com", "several hosts", "each"),
        ("http://a:{80,81}", "several ports", "range"),
        ("ht-tp://a", "not a scheme", "letters"),
        ("://a", "not a scheme", "letters"),
        ("http://", "no valid host", "https://"),
        ("http://:80", "no valid host", "https://"),
        ("http://a b", "no valid host", "https://"),
        ("http://user@a", "no valid host", "https://"),
        ("http://a.*.com", "inside its host", "*.example.com"),
        ("http://a*.com", "inside its host", "*.example.com"),
        ("http://*.*.com", "inside its host", "*.example.com"),
        ("http://[::1", "IPv6", "[::1]"),
        ("other://a", "names no port", "other://a:*"),
        ("*://a", "names no port", "*://a:*"),
        ("*://self", "names no port", "*://self:*"),
        ("http://a:b", "not a port", "65535"),
        ("http://a:65536", "not a port", "65535"),
        ("http://a:-1", "not a port", "65535"),
        ("http://a:1..b", "not a port", "65535"),
        ("http://a:9..9", "no port at all", "smaller"),
        ("http://a:9..3", "no port at all", "smaller"),
    ],
)
def test_what_is_no_entry_is_refused_with_a_cure(entry: str, what: str, cure: str) -> None:
    with pytest.raises(InvalidEntry) as e:
        AllowedHosts.parse([entry])
    assert what in e.value.what
    assert cure in e.value.cure


@pytest.mark.parametrize(
    "entry", ["http://a", "https://a", "http://a:8080", "http://[::1]:81", "redis://a", "https://a:80"]
)
def test_a_denied_destination_is_written_as_the_entry_that_allows_it(entry: str) -> None:
    assert str(to(entry)) == entry
    assert AllowedHosts.parse([str(to(entry))]).allow(to(entry))


def test_entries_allow_together_and_nothing_by_default() -> None:
    hosts = AllowedHosts.parse(["http://a", "", "https://b:*"])
    assert len(hosts.entries) == 2
    assert hosts.allow(to("http://a"))
    assert hosts.allow(to("https://b:9"))
    assert not AllowedHosts().allow(to("http://a"))
    assert not AllowedHosts().allow_self("http")
