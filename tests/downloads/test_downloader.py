"""Files come whole and verified, or not at all, whatever the server does."""

from __future__ import annotations

import errno
import hashlib
import os
import shutil
import signal
import subprocess
import sys
import threading
from collections import namedtuple
from collections.abc import Iterator
from pathlib import Path

import pytest

from downloads.conftest import Watcher
from fakes.hub import Cut, Garbled, Hold, Hub, Redirect, Status
from spinfer.downloads.downloader import ATTEMPTS, Downloader
from spinfer.downloads.partial import Partial, beside
from spinfer.downloads.transfer import Download
from spinfer.errors import DownloadError

CONTENT = bytes(range(256)) * 4096
"""A megabyte: more than what is written at once."""
SHA256 = hashlib.sha256(CONTENT).hexdigest()


@pytest.fixture
def downloader(watcher: Watcher) -> Iterator[Downloader]:
    with Downloader(watcher, pause=watcher.pauses.append) as made:
        yield made


@pytest.fixture
def wanted(server: Hub, tmp_path: Path) -> Download:
    return Download(
        server.file("m.gguf", CONTENT), tmp_path / "new" / "m.gguf", "m.gguf", SHA256, len(CONTENT)
    )


def whole(download: Download) -> bool:
    """The file is there, and nothing else."""
    folder = download.target.parent
    return [path.name for path in folder.iterdir()] == ["m.gguf"] and download.target.read_bytes() == CONTENT


def changed(download: Download, **changes: object) -> Download:
    fields = {name: getattr(download, name) for name in Download.__dataclass_fields__}
    return Download(**{**fields, **changes})


def test_a_file(downloader: Downloader, wanted: Download, watcher: Watcher) -> None:
    fetched = downloader.fetch(wanted)
    assert whole(wanted)
    assert (fetched.sha256, fetched.size) == (SHA256, len(CONTENT))
    assert watcher.seen[-1] == ("Downloading m.gguf", len(CONTENT), len(CONTENT))
    assert watcher.ended == ["Downloading m.gguf"]
    assert not watcher.notes


def test_a_file_of_unknown_content(downloader: Downloader, wanted: Download) -> None:
    assert downloader.fetch(changed(wanted, sha256=None, size=None)).sha256 == SHA256
    assert whole(wanted)


def test_an_empty_file(downloader: Downloader, server: Hub, tmp_path: Path) -> None:
    fetched = downloader.fetch(Download(server.file("empty", b""), tmp_path / "empty", "empty"))
    assert fetched.path.read_bytes() == b""
    assert list(tmp_path.iterdir()) == [fetched.path]


def test_a_file_that_is_there_is_not_fetched(downloader: Downloader, wanted: Download, server: Hub) -> None:
    first = downloader.fetch(wanted)
    assert downloader.fetch(wanted) == downloader.fetch(changed(wanted, sha256=None)) == first
    assert len(server.downloads()) == 1


def test_a_cut_connection_is_taken_up_where_it_broke(
    downloader: Downloader, wanted: Download, server: Hub, watcher: Watcher
) -> None:
    server.fail("m.gguf", Cut(0.6))
    downloader.fetch(wanted)
    assert whole(wanted)
    assert [asked.headers.get("range") for asked in server.downloads()] == [
        None,
        f"bytes={int(len(CONTENT) * 0.6)}-",
    ]
    assert len(watcher.pauses) == 1
    assert "the connection was cut after 629 kB: trying again in" in watcher.notes[0]


def test_a_server_that_ignores_ranges(downloader: Downloader, wanted: Download, server: Hub) -> None:
    server.ranges = False
    server.fail("m.gguf", Cut(0.6), Cut(0.8))
    downloader.fetch(wanted)
    assert whole(wanted)
    assert len(server.downloads()) == 3


def test_what_an_earlier_process_fetched_is_not_fetched_again(
    downloader: Downloader, wanted: Download, server: Hub, watcher: Watcher
) -> None:
    server.fail("m.gguf", Cut(0.5), *[Status(503)] * ATTEMPTS)
    with pytest.raises(DownloadError, match=f"503 Service Unavailable, {ATTEMPTS} times in a row"):
        downloader.fetch(wanted)
    assert not wanted.target.exists()
    downloader.fetch(wanted)
    assert whole(wanted)
    assert server.downloads()[-1].headers["range"] == f"bytes={len(CONTENT) // 2}-"
    assert "m.gguf: going on after 524 kB" in watcher.notes


@pytest.mark.parametrize("validators", [True, False])
def test_a_file_that_changed_meanwhile_is_fetched_anew(
    downloader: Downloader, wanted: Download, server: Hub, validators: bool
) -> None:
    server.validators = validators
    server.files["m.gguf"] = bytes(len(CONTENT))
    server.fail("m.gguf", Cut(0.5), *[Status(503)] * ATTEMPTS)
    with pytest.raises(DownloadError):
        downloader.fetch(wanted)
    server.files["m.gguf"] = CONTENT
    downloader.fetch(wanted)
    assert whole(wanted)


def test_a_file_that_became_shorter(downloader: Downloader, wanted: Download, server: Hub) -> None:
    wanted = changed(wanted, sha256=None, size=None)
    server.validators = False
    server.files["m.gguf"] = CONTENT * 2
    server.fail("m.gguf", Cut(0.9), *[Status(503)] * ATTEMPTS)
    with pytest.raises(DownloadError):
        downloader.fetch(wanted)
    server.files["m.gguf"] = CONTENT
    downloader.fetch(wanted)
    assert whole(wanted)


def test_a_process_that_ended_before_the_last_step(
    downloader: Downloader, wanted: Download, server: Hub
) -> None:
    server.fail("m.gguf", Cut(0.5), *[Status(503)] * ATTEMPTS)
    with pytest.raises(DownloadError):
        downloader.fetch(wanted)
    beside(wanted.target).write_bytes(CONTENT)
    downloader.fetch(wanted)
    assert whole(wanted)


def test_a_beginning_that_nobody_knows_is_not_trusted(downloader: Downloader, wanted: Download) -> None:
    wanted.target.parent.mkdir()
    beside(wanted.target).write_bytes(b"something")
    downloader.fetch(changed(wanted, sha256=None))
    assert whole(wanted)


def test_another_content_than_promised(downloader: Downloader, wanted: Download, server: Hub) -> None:
    server.fail("m.gguf", Garbled())
    with pytest.raises(DownloadError) as raised:
        downloader.fetch(wanted)
    assert f"where {SHA256} is expected" in str(raised.value)
    assert str(raised.value).startswith(
        f"{server.url}/files/m.gguf: m.gguf cannot be fetched: its SHA-256 is "
    )
    assert list(wanted.target.parent.iterdir()) == []
    downloader.fetch(wanted)
    assert whole(wanted)


def test_another_size_than_promised(downloader: Downloader, wanted: Download) -> None:
    with pytest.raises(DownloadError, match="it has 1048576 bytes, where 5 are expected"):
        downloader.fetch(changed(wanted, size=5))


@pytest.mark.parametrize("status", [401, 403, 404, 410])
def test_a_refusal_is_not_asked_again(
    downloader: Downloader, wanted: Download, server: Hub, status: int
) -> None:
    server.fail("m.gguf", Status(status))
    with pytest.raises(DownloadError, match=f"the server answers {status} ") as raised:
        downloader.fetch(wanted)
    assert raised.value.status == status
    assert len(server.downloads()) == 1
    assert list(wanted.target.parent.iterdir()) == []


def test_a_server_that_names_the_time_to_come_back(
    downloader: Downloader, wanted: Download, server: Hub, watcher: Watcher
) -> None:
    server.fail("m.gguf", Status(429, {"Retry-After": "7"}), Status(503, {"Retry-After": "nonsense"}))
    downloader.fetch(wanted)
    assert whole(wanted)
    assert watcher.pauses[0] == 7
    assert watcher.notes[0] == "m.gguf: the server answers 429 Too Many Requests: trying again in 7 s"
    assert 0 < watcher.pauses[1] < 2


def test_a_server_that_is_not_waited_for(downloader: Downloader, wanted: Download, server: Hub) -> None:
    server.fail("m.gguf", Status(429, {"Retry-After": "3600"}))
    with pytest.raises(DownloadError, match="come back in 60 minutes"):
        downloader.fetch(wanted)


def test_credentials_stay_with_their_host(downloader: Downloader, wanted: Download, server: Hub) -> None:
    server.fail("m.gguf", Redirect(f"{server.other_url}/files/m.gguf?Signature=secret"))
    downloader.fetch(changed(wanted, headers={"Authorization": "Bearer secret"}))
    assert whole(wanted)
    first, second = server.downloads()
    assert first.headers["authorization"] == "Bearer secret"
    assert first.port != second.port
    assert "authorization" not in second.headers


@pytest.mark.parametrize("location", ["/files/m.gguf", "ftp://127.0.0.1/m.gguf", "http://[", ""])
def test_redirects_that_lead_nowhere(
    downloader: Downloader, wanted: Download, server: Hub, location: str
) -> None:
    server.fail("m.gguf", *[Redirect(location)] * 60)
    with pytest.raises(DownloadError, match=r"m\.gguf cannot be fetched: "):
        downloader.fetch(wanted)


def test_a_server_that_is_not_there(downloader: Downloader, wanted: Download, watcher: Watcher) -> None:
    with pytest.raises(
        DownloadError, match=r"the server cannot be reached \(Connection refused\), 5 times in a row"
    ):
        downloader.fetch(changed(wanted, url="http://user:secret@127.0.0.1:9/m.gguf?token=secret"))
    assert len(watcher.pauses) == ATTEMPTS - 1
    assert not any("secret" in note for note in watcher.notes)


@pytest.mark.parametrize(
    "url", ["", "m.gguf", "ftp://host/file", "http://", "http://host/a b", "http://[::1", "file:///etc"]
)
def test_addresses(downloader: Downloader, wanted: Download, url: str) -> None:
    with pytest.raises(DownloadError, match="is no http or https address"):
        downloader.fetch(changed(wanted, url=url))


def test_room_is_asked_for_first(
    downloader: Downloader, wanted: Download, monkeypatch: pytest.MonkeyPatch
) -> None:
    usage = namedtuple("usage", "total used free")(100, 50, 10_000_000)
    monkeypatch.setattr(shutil, "disk_usage", lambda _: usage)
    with pytest.raises(
        DownloadError, match=r"m\.gguf needs 1\.0 MB, and 10 MB are free on this disk"
    ) as raised:
        downloader.fetch(wanted)
    assert str(wanted.target.parent) in str(raised.value)


def test_a_disk_that_fills(
    downloader: Downloader, wanted: Download, server: Hub, monkeypatch: pytest.MonkeyPatch
) -> None:
    append = Partial.append

    def full(partial: Partial, block: bytes) -> None:
        if partial.size > len(CONTENT) // 2:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        append(partial, block)

    with monkeypatch.context() as patch:
        patch.setattr(Partial, "append", full)
        with pytest.raises(DownloadError, match=r"m\.gguf cannot be written: No space left on device"):
            downloader.fetch(wanted)
    assert not wanted.target.exists()
    downloader.fetch(wanted)
    assert whole(wanted)
    assert "range" in server.downloads()[-1].headers


def test_a_folder_that_is_none(downloader: Downloader, wanted: Download, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(DownloadError, match="cannot be written"):
        downloader.fetch(changed(wanted, target=tmp_path / "file" / "m.gguf"))


def test_two_at_once_fetch_it_once(wanted: Download, server: Hub, watcher: Watcher) -> None:
    hold = Hold()
    server.fail("m.gguf", hold)
    results = []

    def fetch(progress: Watcher | None) -> None:
        with Downloader(progress) as downloader:
            results.append(downloader.fetch(wanted))

    first = threading.Thread(target=fetch, args=[None])
    first.start()
    hold.reached.wait(60)
    second = threading.Thread(target=fetch, args=[watcher])
    second.start()
    while not watcher.seen:
        second.join(0.01)
    hold.go.set()
    first.join()
    second.join()
    assert whole(wanted)
    assert results[0] == results[1]
    assert len(server.downloads()) == 1
    assert watcher.notes == ["m.gguf: somebody else is fetching it: waiting for them"]


PROGRAM = """
import sys
from pathlib import Path
from spinfer.downloads.downloader import Downloader
from spinfer.downloads.transfer import Download
with Downloader() as downloader:
    downloader.fetch(Download(sys.argv[1], Path(sys.argv[2]), "m.gguf"))
"""


@pytest.mark.parametrize("signum", [signal.SIGINT, signal.SIGKILL])
def test_an_interrupted_process_leaves_a_beginning(
    downloader: Downloader, wanted: Download, server: Hub, signum: signal.Signals
) -> None:
    hold = Hold()
    server.fail("m.gguf", hold)
    command = [sys.executable, "-c", PROGRAM, wanted.url, str(wanted.target)]
    process = subprocess.Popen(command, stderr=subprocess.DEVNULL)
    hold.reached.wait(60)
    while not beside(wanted.target).exists() or beside(wanted.target).stat().st_size < len(CONTENT) // 2:
        assert process.poll() is None
    process.send_signal(signum)
    assert process.wait() != 0
    hold.go.set()
    downloader.fetch(wanted)
    assert whole(wanted)
    assert server.downloads()[-1].headers["range"] == f"bytes={len(CONTENT) // 2}-"
