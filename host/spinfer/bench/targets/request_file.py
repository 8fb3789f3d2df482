"""An HTTP request as text, with places for the prompt: what is sent to an app. Pure.

    POST /api/sentiment
    content-type: application/json

    {"text": {{prompt:json}}}

`{{prompt}}` is the prompt as it is, `{{prompt:json}}` as a JSON string, `{{prompt:url}}` percent-encoded; in
the path it is percent-encoded in any case.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from urllib.parse import quote

from spinfer.errors import ConfigError

_PLACE = re.compile(r"\{\{\s*prompt\s*(?::\s*(\w+)\s*)?\}\}")
_START = re.compile(r"(?P<method>[A-Z]+)\s+(?P<path>/\S*)(?:\s+HTTP/1\.[01])?")
_FORMS = ("json", "url")


@dataclass(frozen=True, slots=True)
class RequestTemplate:
    """`path` begins with a slash; `headers` are as they were written."""

    method: str
    path: str
    headers: tuple[tuple[str, str], ...]
    body: str

    def fill(self, prompt: str) -> tuple[str, str, dict[str, str], bytes]:
        """Method, path, headers and body of the request for a prompt."""
        path = _PLACE.sub(lambda _: quote(prompt, safe=""), self.path)
        body = _PLACE.sub(lambda found: _form(prompt, found[1]), self.body)
        return self.method, path, dict(self.headers), body.encode("utf-8", "replace")


def parse(text: str) -> RequestTemplate:
    """Raises ConfigError."""
    head, _, body = text.replace("\r\n", "\n").lstrip("\n").partition("\n\n")
    first, *lines = head.split("\n")
    start = _START.fullmatch(first.strip())
    if start is None:
        raise _mistake(f"`{first[:60]}` begins no request", "Begin with POST /path, then headers.")
    headers = []
    for line in filter(str.strip, lines):
        name, colon, value = line.partition(":")
        if not colon or not name.strip():
            raise _mistake(
                f"`{line[:60]}` is no header", "Write name: value; an empty line ends the headers."
            )
        headers.append((name.strip(), value.strip()))
    for found in _PLACE.finditer(text):
        if found[1] is not None and found[1] not in _FORMS:
            raise _mistake(f"`{found[0]}` is no place for the prompt", "Write {{prompt}} or {{prompt:json}}.")
    if not _PLACE.search(text):
        raise _mistake("there is no place for the prompt in it", "Write {{prompt}} where it is to stand.")
    return RequestTemplate(start["method"], start["path"], tuple(headers), body.removesuffix("\n"))


def _form(prompt: str, form: str | None) -> str:
    match form:
        case "json":
            return json.dumps(prompt)
        case "url":
            return quote(prompt, safe="")
    return prompt


def _mistake(what: str, cure: str) -> ConfigError:
    return ConfigError(what, where="--request-file", cure=cure)
