"""What may stand in an HTTP message, and what may not."""

import pytest

from spinfer.bindings.values import Case
from spinfer.factors.wasi_http import syntax


@pytest.mark.parametrize("name", ["a", "Content-Type", "x_y.z", "!#$%&'*+-.^_`|~9"])
def test_names(name: str) -> None:
    assert syntax.is_name(name)


@pytest.mark.parametrize(
    "name", ["", " a", "a b", "a:", "a\r\nb", "a\n", "a\0", "é", "(a)", "a,b", "a/b", "a@b", '"a"']
)
def test_what_is_no_name(name: str) -> None:
    assert not syntax.is_name(name)


@pytest.mark.parametrize("value", [b"", b"a", b"a b\tc", "é".encode(), b"\xff", b'"a"; b=c', b"!"])
def test_values(value: bytes) -> None:
    assert syntax.is_value(value)


@pytest.mark.parametrize(
    "value", [b"a\r\nset-cookie: b", b"a\n", b"\n", b"a\r", b"a\0b", b"\x7f", b"a\x01", b" a", b"a ", b"\t"]
)
def test_what_is_no_value(value: bytes) -> None:
    assert not syntax.is_value(value)


@pytest.mark.parametrize("name", ["Host", "connection", "TRANSFER-ENCODING", "upgrade", "keep-alive"])
def test_what_belongs_to_the_connection(name: str) -> None:
    assert syntax.is_forbidden(name)
    assert not syntax.is_forbidden(f"x-{name}")


@pytest.mark.parametrize(
    ("text", "case"),
    [
        ("GET", Case("get")),
        ("PATCH", Case("patch")),
        ("get", Case("other", "get")),
        ("PURGE", Case("other", "PURGE")),
    ],
)
def test_methods(text: str, case: Case) -> None:
    assert syntax.method_case(text) == case
    assert syntax.method_text(case) == text


@pytest.mark.parametrize("text", ["", "A B", "GET\r\n", "G(E)T"])
def test_what_is_no_method(text: str) -> None:
    assert syntax.method_text(Case("other", text)) is None


@pytest.mark.parametrize(
    ("text", "case"),
    [("http", Case("HTTP")), ("https", Case("HTTPS")), ("ftp+x", Case("other", "ftp+x"))],
)
def test_schemes(text: str, case: Case) -> None:
    assert syntax.scheme_case(text) == case
    assert syntax.scheme_text(case) == text


@pytest.mark.parametrize("text", ["", "1a", "a b", "a:", "é"])
def test_what_is_no_scheme(text: str) -> None:
    assert syntax.scheme_text(Case("other", text)) is None


@pytest.mark.parametrize("target", ["", "/", "/a?b=c", "?a", "*", "/a/../%zz?x={y}|z"])
def test_targets(target: str) -> None:
    assert syntax.is_target(target)


@pytest.mark.parametrize(
    "target", ["a", "/a b", "/a\r\nX: y", "/a#b", "/é", "//a\t", "**", "http://a/", "/\x7f", "/a\n"]
)
def test_what_is_no_target(target: str) -> None:
    assert not syntax.is_target(target)


@pytest.mark.parametrize(
    ("authority", "parts"),
    [
        ("Example.com", ("example.com", None)),
        ("example.com:80", ("example.com", 80)),
        ("example.com:", ("example.com", None)),
        ("user:secret@a:1", ("a", 1)),
        ("[::1]:8080", ("::1", 8080)),
        ("127.0.0.1", ("127.0.0.1", None)),
    ],
)
def test_authorities(authority: str, parts: tuple[str, int | None]) -> None:
    assert syntax.host_and_port(authority) == parts


@pytest.mark.parametrize(
    "authority", ["", ":80", "a b", "a:x", "a:65536", "a/b", "a\r\n", "[::1", "é", "a@b@c:1", "a?b", "::1"]
)
def test_what_is_no_authority(authority: str) -> None:
    assert syntax.host_and_port(authority) is None


@pytest.mark.parametrize(
    ("values", "length"), [([], None), ([b"0"], 0), ([b"12"], 12), ([b"12", b"12"], 12), ([b"5, 5"], 5)]
)
def test_content_length(values: list[bytes], length: int | None) -> None:
    assert syntax.content_length(values) == length


@pytest.mark.parametrize("values", [[b""], [b"-1"], [b"+1"], [b"1", b"2"], [b"0x1"], [b"1 2"], [b"9" * 20]])
def test_a_content_length_that_is_none(values: list[bytes]) -> None:
    with pytest.raises(ValueError, match="content-length"):
        syntax.content_length(values)


@pytest.mark.parametrize(
    ("code", "good"), [(99, False), (100, True), (200, True), (999, True), (1000, False)]
)
def test_statuses(code: int, good: bool) -> None:
    assert syntax.is_status(code) is good
