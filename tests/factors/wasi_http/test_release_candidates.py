"""What guests of 2023 call otherwise, and that everything else is as it came to be."""

from types import SimpleNamespace

import pytest

from spinfer.bindings.traps import Trapped
from spinfer.bindings.values import Case, Err, Ok, Some
from spinfer.factors.wasi_http import error_code, release_candidates
from spinfer.factors.wasi_http.bodies import FutureTrailers, IncomingBody
from spinfer.factors.wasi_http.error_code import HttpError
from spinfer.factors.wasi_http.fields import Fields
from spinfer.factors.wasi_http.handles import FIELDS, FUTURE_TRAILERS, INCOMING_BODY, RESPONSE_OUTPARAM
from spinfer.factors.wasi_http.messages import Response, empty_body
from spinfer.factors.wasi_http.promise import Promise
from spinfer.factors.wasi_http.received import Answer, Refused, ResponseOutparam
from spinfer.factors.wasi_http.sending import Timeouts

OCTOBER, NOVEMBER, DECEMBER = (f"0.2.0-rc-2023-{day}" for day in ("10-18", "11-10", "12-05"))


def in_version(version: str) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("version", [version])


def fields(guest, *entries: tuple[str, bytes]) -> int:
    return guest.resources.own(FIELDS, Fields(entries))


def answered(guest, response: Ok[int] | Err[Case]) -> Answer:
    answer: Promise[Answer] = Promise()
    outparam = guest.resources.own(RESPONSE_OUTPARAM, ResponseOutparam(answer))
    guest("[static]response-outparam.set", outparam, response)
    kept = answer.peek()
    assert kept is not None
    return kept.value


@pytest.mark.parametrize("version", ["0.2.0", DECEMBER])
def test_december_is_what_came_to_be(guest) -> None:
    final = {function.name: function.call for function in release_candidates.FINAL}
    assert final.items() <= guest.functions.items()


@in_version(NOVEMBER)
class TestNovember:
    def test_a_response_borrows_its_headers(self, guest) -> None:
        headers = fields(guest, ("a", b"1"))
        response = guest("[constructor]outgoing-response", headers)
        guest("[method]fields.append", headers, "b", b"2")
        answer = answered(guest, Ok(response))
        assert isinstance(answer, Response)
        assert answer.headers == (("a", b"1"),)
        guest.resources.drop(headers)

    def test_timeouts_have_other_names(self, guest, sender) -> None:
        options = guest("[constructor]request-options")
        for name in ("connect", "first-byte", "between-bytes"):
            assert guest(f"[method]request-options.set-{name}-timeout-ms", options, Some(10**9)) == Ok(None)
            assert guest(f"[method]request-options.{name}-timeout-ms", options) == Some(10**9)
        request = guest("[constructor]outgoing-request", fields(guest))
        guest.resources.drop(guest.made("handle", request, Some(options)))
        assert sender.sent[0][2] == Timeouts(1.0, 1.0, 1.0)

    def test_trailers(self, guest) -> None:
        trailers = guest.resources.own(FUTURE_TRAILERS, FutureTrailers(Promise.kept(Ok(()))))
        assert guest("[method]future-trailers.get", trailers) == Some(Ok(None))
        with pytest.raises(Trapped, match="the same trailers twice"):
            guest("[method]future-trailers.get", trailers)
        guest.resources.drop(trailers)


@in_version(OCTOBER)
class TestOctober:
    def test_fields_are_made_of_a_list(self, guest) -> None:
        made = guest("[constructor]fields", [("a", b"1")])
        guest("[method]fields.set", made, "b", [b"2", b"3"])
        guest("[method]fields.append", made, "a", b"4")
        guest("[method]fields.delete", made, "b")
        assert guest("[method]fields.entries", made) == (("a", b"1"), ("a", b"4"))
        guest.resources.drop(made)

    @pytest.mark.parametrize(
        ("call", "arguments"),
        [("append", ("a", b"1\r\nb: 2")), ("set", ("a b", [b"1"])), ("delete", ("connection",))],
    )
    def test_what_it_cannot_be_told_ends_the_guest(self, guest, call: str, arguments: tuple) -> None:
        made = guest("[constructor]fields", [])
        with pytest.raises(Trapped, match="in a way that no message allows"):
            guest(f"[method]fields.{call}", made, *arguments)
        guest.resources.drop(made)

    def test_a_request_is_made_whole(self, guest, sender) -> None:
        headers = guest("[constructor]fields", [("a", b"1")])
        line = (Case("post"), Some("/x"), Some(Case("HTTP")), Some("b:1"))
        request = guest("[constructor]outgoing-request", *line, headers)
        options = SimpleNamespace(
            connect_timeout_ms=Some(1500), first_byte_timeout_ms=None, between_bytes_timeout_ms=Some(1)
        )
        handled = guest.made("handle", request, Some(options))
        [(_, sent, timeouts)] = sender.sent
        assert (sent.method, sent.scheme, sent.authority, sent.path_with_query) == (
            "POST",
            "http",
            "b:1",
            "/x",
        )
        assert sent.headers == (("a", b"1"),)
        assert (timeouts.connect_s, timeouts.between_bytes_s) == (1.5, 0.001)
        guest.resources.drop(handled)
        with pytest.raises(Trapped, match="request line"):
            guest("[constructor]outgoing-request", *line[:3], Some("b\r\n"), headers)
        guest.resources.drop(headers)

    def test_its_errors_are_four(self, guest, sender) -> None:
        headers = fields(guest)
        line = (Case("get"), None, None, Some("b"))
        handled = guest.made("handle", guest("[constructor]outgoing-request", *line, headers), None)
        sender.outcomes[0].keep(Err(error_code.CONNECTION_REFUSED))
        expected = Err(Case("unexpected-error", "connection-refused"))
        assert guest("[method]future-incoming-response.get", handled) == Some(Ok(expected))
        assert guest("[method]future-incoming-response.get", handled) == Some(Err(None))
        sender.refusal = HttpError(error_code.REQUEST_DENIED)
        request = guest("[constructor]outgoing-request", *line, headers)
        assert guest("handle", request, None) == Err(Case("unexpected-error", "HTTP-request-denied"))
        for rep in (handled, headers):
            guest.resources.drop(rep)

    def test_a_response_is_made_whole(self, guest) -> None:
        headers = fields(guest, ("a", b"1"))
        response = guest("[constructor]outgoing-response", 201, headers)
        body = guest.made("[method]outgoing-response.write", response)
        answer = answered(guest, Ok(response))
        assert isinstance(answer, Response)
        assert (answer.status, answer.headers) == (201, (("a", b"1"),))
        assert guest("[static]outgoing-body.finish", body, None) is None
        assert answer.body.ending.peek() == Some(Ok(()))
        with pytest.raises(Trapped, match="a status, 7"):
            guest("[constructor]outgoing-response", 7, headers)
        guest.resources.drop(headers)

    def test_an_error_for_an_answer(self, guest) -> None:
        answer = answered(guest, Err(Case("timeout-error", "late")))
        assert answer == Refused(error_code.internal_error("timeout-error: late"))

    def test_trailers_are_there_even_if_they_are_not(self, guest) -> None:
        body = guest.resources.own(INCOMING_BODY, IncomingBody(empty_body()))
        trailers = guest("[static]incoming-body.finish", body)
        answer = guest("[method]future-trailers.get", trailers)
        assert guest("[method]fields.entries", answer.value.value) == ()
        for rep in (answer.value.value, trailers):
            guest.resources.drop(rep)
