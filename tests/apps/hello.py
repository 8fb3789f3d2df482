"""The smallest app, and what its guest can be made to do."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from apps.serving import FAR, Running
from fakes import wat_http

MANIFEST = """
spin_manifest_version = 2
[application]
name = "app"
version = "1.0.0"
[[trigger.http]]
route = "/hello/..."
component = "hello"
[[trigger.http]]
route = "/tea"
static_response = { status_code = 418, body = "short" }
[component.hello]
source = "hello.wat"
description = "Says hello"
"""


def hello_app(folder: Path) -> Path:
    """Its folder, below this one."""
    app = folder / "app"
    app.mkdir()
    (app / "spin.toml").write_text(MANIFEST)
    (app / "hello.wat").write_bytes(wat_http.saying(b"Hello"))
    return app


@contextmanager
def looping(up: Running) -> Iterator[None]:
    """A guest runs in a loop, and its client waits for more."""
    host, port = up.url.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port)), timeout=FAR) as client:
        client.sendall(b"GET /hello HTTP/1.1\r\nhost: a\r\n\r\n")
        assert client.recv(1000).startswith(b"HTTP/1.1 200")
        yield
