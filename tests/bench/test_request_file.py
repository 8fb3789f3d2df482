import pytest

from spinfer.bench.targets.request_file import parse
from spinfer.errors import ConfigError

TEXT = """POST /api?q={{prompt}} HTTP/1.1
Content-Type: application/json
X-Empty:

{"text": {{prompt:json}}, "raw": "{{ prompt }}", "url": "{{prompt:url}}"}
"""


def test_a_request_is_filled_with_the_prompt() -> None:
    method, path, headers, body = parse(TEXT).fill('say "hi" & bye')
    assert (method, path) == ("POST", "/api?q=say%20%22hi%22%20%26%20bye")
    assert headers == {"Content-Type": "application/json", "X-Empty": ""}
    assert body.decode() == (
        '{"text": "say \\"hi\\" & bye", "raw": "say "hi" & bye", "url": "say%20%22hi%22%20%26%20bye"}'
    )


def test_a_prompt_that_looks_like_a_place_or_a_pattern_stays_as_it_is() -> None:
    assert parse("POST /\n\n{{prompt}}").fill(r"{{prompt}} \1")[3] == rb"{{prompt}} \1"


def test_lines_may_end_as_http_ends_them() -> None:
    assert parse("POST /x\r\na: b\r\n\r\n{{prompt}}").fill("p") == ("POST", "/x", {"a": "b"}, b"p")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "begins no request"),
        ("post /", "begins no request"),
        ("POST api\n\n{{prompt}}", "begins no request"),
        ("POST /\nnonsense\n\n{{prompt}}", "`nonsense` is no header"),
        ("POST /\n\nhello", "no place for the prompt"),
        ("POST /\n\n{{prompt:xml}}", "is no place for the prompt"),
    ],
)
def test_what_is_no_request_is_refused(text: str, said: str) -> None:
    with pytest.raises(ConfigError, match=said):
        parse(text)
