"""`fermyon:spin/http`: whole requests, whole responses, redirects, and its own errors."""

from types import SimpleNamespace

import pytest

from spinfer.bindings.values import Case, Err, Ok, Some
from spinfer.errors import Cancelled
from spinfer.factors.outbound_http import legacy
from spinfer.factors.wasi_http import error_code
from spinfer.factors.wasi_http.error_code import HttpError
from spinfer.factors.wasi_http.messages import BodyWriter, Request, Response, full_body
from spinfer.factors.wasi_http.promise import Promise
from spinfer.factors.wasi_http.sending import Outcome, Sending, Timeouts
from spinfer.inference.cancellation import Cancellation


class Web:
    """URL → what is answered there; notes what it is asked."""

    def __init__(self, answers: dict[str, Response | Case | HttpError | None]) -> None:
        self._answers = answers
        self.asked: list[tuple[Request, bytes]] = []
        self.cancelled = 0

    def send(self, component: str, request: Request, timeouts: Timeouts) -> Sending:
        assert component == "component"
        content = request.body.stream.read(1 << 20)
        self.asked.append((request, content if isinstance(content, bytes) else b""))
        outcome: Promise[Outcome] = Promise()
        match self._answers[f"{request.scheme}://{request.authority}{request.path_with_query}"]:
            case HttpError() as refusal:
                raise refusal
            case Case() as code:
                outcome.keep(Err(code))
            case Response() as response:
                outcome.keep(Ok(response))
        return Sending(outcome, self._cancel)

    def _cancel(self) -> None:
        self.cancelled += 1

    @property
    def requests(self) -> list[str]:
        return [f"{r.method} {r.scheme}://{r.authority}{r.path_with_query}" for r, _ in self.asked]


def ask(web: Web, uri: str, method: str = "get", headers=(), body: bytes | None = None, cancellation=None):
    state = legacy.OutboundState("component", web, cancellation or Cancellation())
    request = SimpleNamespace(
        method=method, uri=uri, headers=list(headers), params=[], body=None if body is None else Some(body)
    )
    return legacy.send_request(state, request)


def redirect(location: str, status: int = 302) -> Response:
    return Response(status, (("Location", location.encode()),))


def test_the_whole_response() -> None:
    web = Web({"http://a/x?y": Response(201, (("x", b"1"), ("raw", b"\xff")), full_body(b"content"))})
    answer = ask(web, "http://a/x?y", "post", [("X-A", "1"), ("Host", "b"), ("Content-Length", "99")], b"abc")
    assert answer == Ok((201, Some([("x", "1")]), Some(b"content")))
    [(request, content)] = web.asked
    assert (request.method, request.headers, content) == ("POST", (("X-A", b"1"),), b"abc")


def test_a_uri_that_begins_with_a_slash_is_the_apps_own() -> None:
    web = Web({"http:///a?b": Response(200)})
    assert isinstance(ask(web, "/a?b"), Ok)


@pytest.mark.parametrize(
    "uri",
    ["", "a", "a/b", "ftp://a/", "http:/a", "http://", "//a/b", "http://a/b c", "http://[::1/", "https:///x"],
)
def test_what_is_no_url(uri: str) -> None:
    web = Web({"http:////a/b": HttpError(error_code.REQUEST_URI_INVALID)})
    assert ask(web, uri) == Err("invalid-url")


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        (HttpError(error_code.REQUEST_DENIED), "destination-not-allowed"),
        (HttpError(error_code.REQUEST_URI_INVALID), "invalid-url"),
        (error_code.CONNECTION_REFUSED, "runtime-error"),
        (error_code.dns_error("NXDOMAIN"), "runtime-error"),
    ],
)
def test_failures(answer: object, error: str) -> None:
    assert ask(Web({"http://a/": answer}), "http://a") == Err(error)


@pytest.mark.parametrize("header", [("a b", "x"), ("a", "x\r\ny: z"), ("a", "x\n")])
def test_a_malformed_header(header: tuple[str, str]) -> None:
    web = Web({})
    assert ask(web, "http://a/", headers=[header]) == Err("runtime-error")
    assert web.asked == []


@pytest.mark.parametrize(
    ("method", "status", "then", "content"),
    [
        ("get", 301, "GET", b""),
        ("head", 302, "HEAD", b""),
        ("post", 301, "GET", b""),
        ("post", 302, "GET", b""),
        ("put", 303, "GET", b""),
        ("post", 307, "POST", b"abc"),
        ("put", 308, "PUT", b"abc"),
    ],
)
def test_redirects_are_followed(method: str, status: int, then: str, content: bytes) -> None:
    web = Web({"http://a/x/y": redirect("../z?q", status), "http://a/z?q": Response(200)})
    body = b"abc" if method not in ("get", "head") else None
    assert isinstance(
        ask(web, "http://a/x/y", method, [("content-type", "text/plain"), ("x", "1")], body), Ok
    )
    request, sent = web.asked[1]
    assert (request.method, sent) == (then, content)
    kept = {"content-type", "x"} if then.lower() == method else {"x"}
    assert {name for name, _ in request.headers} == kept


@pytest.mark.parametrize(
    ("location", "kept"), [("http://a/y", True), ("http://b/", False), ("https://a/", False), ("//b/", False)]
)
def test_credentials_stay_with_their_host(location: str, kept: bool) -> None:
    targets = ("http://a/y", "http://b/", "https://a/")
    web = Web({"http://a/": redirect(location), **{target: Response(200) for target in targets}})
    ask(web, "http://a/", headers=[("Authorization", "secret"), ("cookie", "c"), ("x", "1")])
    names = {name.lower() for name, _ in web.asked[1][0].headers}
    assert names == ({"authorization", "cookie", "x"} if kept else {"x"})


def test_a_redirect_must_be_allowed_too() -> None:
    web = Web({"http://a/": redirect("http://b/"), "http://b/": HttpError(error_code.REQUEST_DENIED)})
    assert ask(web, "http://a/") == Err("destination-not-allowed")


def test_redirects_end() -> None:
    web = Web({"http://a/": redirect("http://a/")})
    assert ask(web, "http://a/") == Err("runtime-error")
    assert len(web.asked) == legacy.MAX_REDIRECTS + 1


def test_a_redirect_without_a_location_is_an_answer() -> None:
    assert ask(Web({"http://a/": Response(304)}), "http://a/").value.status == 304
    assert ask(Web({"http://a/": Response(302)}), "http://a/").value.status == 302


def test_a_body_that_breaks_off() -> None:
    writer = BodyWriter()
    writer.pipe.writer.write(b"half")
    writer.abort(error_code.RESPONSE_INCOMPLETE)
    assert ask(Web({"http://a/": Response(200, (), writer.body)}), "http://a/") == Err("runtime-error")


def test_a_response_that_is_too_long(monkeypatch) -> None:
    monkeypatch.setattr(legacy, "MAX_BODY_BYTES", 4)
    assert ask(Web({"http://a/": Response(200, (), full_body(b"12345"))}), "http://a/") == Err(
        "runtime-error"
    )


@pytest.mark.parametrize("answer", [None, Response(200, (), BodyWriter().body)])
def test_a_caller_that_goes_away(answer: Response | None) -> None:
    web = Web({"http://a/": answer})
    cancellation = Cancellation()
    cancellation.cancel()
    with pytest.raises(Cancelled):
        ask(web, "http://a/", cancellation=cancellation)
    assert web.cancelled == (1 if answer is None else web.cancelled)
