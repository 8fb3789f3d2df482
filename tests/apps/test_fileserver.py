"""Static files from a component that asks its host for what Spin's published file server asks."""

from __future__ import annotations

import hashlib
import shutil
import urllib.error
import urllib.request
from collections.abc import Iterator
from http.client import HTTPResponse
from pathlib import Path

import pytest

from apps.serving import FAR, Running, needs, running
from guests import app

LARGE = bytes(range(256)) * 4096
"""1 MiB: sixteen pieces, more than fits between the guest and a client."""

pytestmark = needs("hello-http")  # the same tools


@pytest.fixture(scope="module")
def up(environment: dict[str, str], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    folder = tmp_path_factory.mktemp("fileserver") / "app"
    shutil.copytree(app(Path(__file__).with_name("fileserver")), folder)
    (folder / "assets" / "large.bin").write_bytes(LARGE)
    with running(environment, folder, sign="what is mounted\n") as served:
        yield served
        assert served.end() == 0


def get(up: Running, path: str, **headers: str) -> HTTPResponse:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    request = urllib.request.Request(f"{up.url}{path}", headers=named)
    response: HTTPResponse = urllib.request.urlopen(request, timeout=FAR)
    return response


@pytest.mark.parametrize(
    ("path", "content", "kind"),
    [
        ("/static", "<h1>Home</h1>\n", "text/html"),
        ("/static/", "<h1>Home</h1>\n", "text/html"),
        ("/static/style.css", "body {}\n", "text/css"),
        ("/static/sub", "<h1>Sub</h1>\n", "text/html"),
        ("/static/sub/index.html", "<h1>Sub</h1>\n", "text/html"),
    ],
)
def test_what_is_there(up: Running, path: str, content: str, kind: str) -> None:
    with get(up, path) as response:
        assert response.read().decode() == content
        assert response.headers["content-type"] == kind
        assert response.headers["cache-control"] == "max-age=7"


@pytest.mark.parametrize(
    "path",
    ["/static/gone", "/static/secret.txt", "/static/../../../../etc/passwd", "/static/sub/../../spin.toml"],
)
def test_what_is_not_there_gets_the_fallback(up: Running, path: str) -> None:
    with get(up, path) as response:
        assert response.read() == b"<h1>Home</h1>\n"


def test_elsewhere_is_nothing(up: Running) -> None:
    with pytest.raises(urllib.error.HTTPError, match="404"):
        get(up, "/other")


def test_a_large_file_arrives_whole(up: Running) -> None:
    with get(up, "/static/large.bin") as response:
        assert response.headers["transfer-encoding"] == "chunked"
        assert response.read() == LARGE


def test_what_the_client_has_is_not_sent_again(up: Running) -> None:
    etag = hashlib.sha256(b"body {}\n").hexdigest()
    with pytest.raises(urllib.error.HTTPError) as answered:
        get(up, "/static/style.css", if_none_match=etag)
    with answered.value as response:
        assert (response.code, response.headers["etag"], response.read()) == (304, etag, b"")
