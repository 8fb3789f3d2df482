"""Files that all apps share, by their digests."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from fakes.hub import Garbled, Hub
from spinfer.downloads.verified import VerifiedFiles
from spinfer.errors import DownloadError

CONTENT = b"\0asm"
SHA256 = hashlib.sha256(CONTENT).hexdigest()


def test_a_file_is_fetched_once(server: Hub, tmp_path: Path) -> None:
    files = VerifiedFiles(tmp_path / "sources")
    url = server.file("app.wasm", CONTENT)
    path = files.fetch(url, SHA256, "app.wasm")
    assert path.read_bytes() == CONTENT
    assert files.fetch("http://127.0.0.1:9/another/address", SHA256, "app.wasm") == path
    assert len(server.downloads()) == 1


def test_a_damaged_file_is_fetched_again(
    server: Hub, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    files = VerifiedFiles(tmp_path)
    url = server.file("app.wasm", CONTENT)
    files.fetch(url, SHA256, "app.wasm").write_bytes(b"evil")
    assert files.fetch(url, SHA256, "app.wasm").read_bytes() == CONTENT
    assert "is damaged" in caplog.text


def test_another_content_than_promised(server: Hub, tmp_path: Path) -> None:
    url = server.file("app.wasm", CONTENT)
    server.fail("app.wasm", Garbled())
    with pytest.raises(DownloadError, match=f"where {SHA256} is expected"):
        VerifiedFiles(tmp_path).fetch(url, SHA256, "app.wasm")
    assert list(tmp_path.iterdir()) == []
