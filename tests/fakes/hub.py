"""A server of files on this machine that speaks the Hugging Face hub's protocol, and fails as it is told to.

It answers what huggingface_hub asks about a repository, `/ORG/REPO/resolve/main/FILE` by a redirect to its
second address (as the hub does, to another host), and `/files/NAME` directly.
"""

from __future__ import annotations

import hashlib
import json
import re
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import UnionType
from typing import Any
from urllib.parse import unquote, urlsplit

import huggingface_hub.constants
import pytest

COMMIT = "0123456789abcdef0123456789abcdef01234567"
TOKEN = "hf_letmein"


@dataclass
class Repository:
    """A model repository: its files by path."""

    files: dict[str, bytes]
    licence: str | None = None
    gated: bool = False
    """Its list can be read by everybody; its files only with TOKEN."""
    private: bool = False


@dataclass(frozen=True)
class Status:
    """Answer with this status instead."""

    code: int
    headers: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Cut:
    """Hang up in the middle of the body, after this part of what was to be sent."""

    part: float = 0.6


@dataclass(frozen=True)
class Hold:
    """Stop after half of the body: `reached` is set, and the rest comes once `go` is."""

    reached: threading.Event = field(default_factory=threading.Event)
    go: threading.Event = field(default_factory=threading.Event)


@dataclass(frozen=True)
class Redirect:
    """Send whoever asks to another address."""

    url: str


@dataclass(frozen=True)
class Garbled:
    """Send as many bytes, and others."""


Fault = Status | Cut | Hold | Redirect | Garbled


@dataclass(frozen=True)
class Asked:
    """One request."""

    method: str
    port: int
    path: str
    headers: dict[str, str]
    """By lower-case names."""


class Hub:
    """Both servers; everything may be changed while they run."""

    def __init__(self) -> None:
        self.repositories: dict[str, Repository] = {}
        self.files: dict[str, bytes] = {}
        self.ranges = True
        """Whether a part of a file can be asked for."""
        self.validators = True
        """Whether files have ETags."""
        self.faults: list[tuple[str, Fault]] = []
        """Each happens once: to the next GET of a file whose path has that text in it, a Status also to the
        next question about a repository."""
        self.asked: list[Asked] = []
        self._lock = threading.Lock()
        self._servers = [_server(self), _server(self)]
        self._threads = [
            threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
            for server in self._servers
        ]
        for thread in self._threads:
            thread.start()

    @property
    def url(self) -> str:
        """For `HF_ENDPOINT`, and the beginning of every address."""
        return f"http://127.0.0.1:{self._servers[0].server_port}"

    @property
    def other_url(self) -> str:
        """Another host, which serves the same."""
        return f"http://127.0.0.1:{self._servers[1].server_port}"

    def file(self, name: str, content: bytes) -> str:
        """Serve it; its address."""
        self.files[name] = content
        return f"{self.url}/files/{name}"

    def fail(self, path: str, *faults: Fault) -> None:
        self.faults.extend((path, fault) for fault in faults)

    def downloads(self, path: str = "") -> list[Asked]:
        """Requests for the content of files."""
        return [
            each for each in self.asked
            if each.method == "GET" and path in each.path and each.path.startswith(("/cdn/", "/files/"))
        ]  # fmt: skip

    def reset(self) -> None:
        """As new."""
        self.ranges = self.validators = True
        for each in (self.repositories, self.files, self.faults, self.asked):
            each.clear()

    def take_fault(self, path: str, kinds: type | UnionType = Fault) -> Fault | None:
        with self._lock:
            for i, (text, fault) in enumerate(self.faults):
                if text in path and isinstance(fault, kinds):
                    del self.faults[i]
                    return fault
        return None

    def close(self) -> None:
        for server in self._servers:
            server.shutdown()
            server.server_close()
        for thread in self._threads:
            thread.join()


@contextmanager
def hub() -> Iterator[Hub]:
    running = Hub()
    try:
        yield running
    finally:
        running.close()


def instead_of_the_hub(hub: Hub, home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Have huggingface_hub ask this one, in this process, for somebody without models or tokens in `home`."""
    constants = huggingface_hub.constants
    monkeypatch.setattr(constants, "ENDPOINT", hub.url)
    template = hub.url + "/{repo_id}/resolve/{revision}/{filename}"
    monkeypatch.setattr(constants, "HUGGINGFACE_CO_URL_TEMPLATE", template)
    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", False)
    monkeypatch.setattr(constants, "HF_TOKEN_PATH", str(home / "token"))
    for variable in ("HF_TOKEN", "HUGGING_FACE_HUB_TOKEN", "HF_HOME", "HF_HUB_CACHE", "XDG_CACHE_HOME"):
        monkeypatch.delenv(variable, raising=False)
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.setenv("OLLAMA_MODELS", str(home / "ollama"))
    monkeypatch.setenv("SPINFER_MODELS", str(home / "store"))


def _server(hub: Hub) -> ThreadingHTTPServer:
    handler = type("Handler", (_Handler,), {"hub": hub})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    server.daemon_threads = False  # closing the server waits for its threads
    return server


class _Handler(BaseHTTPRequestHandler):
    hub: Hub
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        self._answer()

    def do_HEAD(self) -> None:
        self._answer()

    def end_headers(self) -> None:
        self.send_header("Connection", "close")
        super().end_headers()

    def log_message(self, *_: object) -> None:
        pass

    def _answer(self) -> None:
        self.close_connection = True
        path = unquote(urlsplit(self.path).path)
        headers = {name.lower(): value for name, value in self.headers.items()}
        self.hub.asked.append(Asked(self.command, self.server.server_port, path, headers))
        for pattern, answer in self._routes():
            if found := re.fullmatch(pattern, path):
                answer(*found.groups())
                return
        self._status(404)

    def _routes(self) -> list[tuple[str, Callable[..., None]]]:
        repo = r"([^/]+/[^/]+)"
        return [
            (rf"/api/models/{repo}(?:/revision/[^/]+)?", self._about),
            (rf"/api/models/{repo}/tree/[^/]+(?:/(.*))?", self._tree),
            (rf"/{repo}/resolve/[^/]+/(.+)", self._resolve),
            (r"/cdn/([^/]+/[^/]+)/(.+)", self._cdn),
            (r"/files/(.+)", self._file),
        ]

    def _about(self, name: str) -> None:
        repository = self._repository(name)
        if repository is None:
            return
        siblings = [{"rfilename": each["path"], **each} for each in _entries(repository)]
        card = {} if repository.licence is None else {"license": repository.licence}
        self._json({
            "_id": "0", "id": name, "modelId": name, "sha": COMMIT, "private": repository.private,
            "gated": "auto" if repository.gated else False, "disabled": False, "downloads": 0, "likes": 0,
            "tags": [f"license:{value}" for value in card.values()], "cardData": card, "siblings": siblings,
        })  # fmt: skip

    def _tree(self, name: str, _folder: str | None) -> None:
        repository = self._repository(name)
        if repository is not None:
            self._json([{"type": "file", "oid": each["blobId"], **each} for each in _entries(repository)])

    def _resolve(self, name: str, file: str) -> None:
        repository = self._repository(name)
        if repository is None:
            return
        if repository.gated and not self._trusted():
            self._status(
                401,
                {"X-Error-Code": "GatedRepo", "X-Error-Message": f"Access to model {name} is restricted."},
            )
        elif file not in repository.files:
            self._status(404, {"X-Error-Code": "EntryNotFound", "X-Error-Message": "Entry not found"})
        else:
            content = repository.files[file]
            digest = hashlib.sha256(content).hexdigest()
            location = f"{self.hub.other_url}/cdn/{name}/{file}?Signature=secret"
            self._status(302, {
                "Location": location, "X-Repo-Commit": COMMIT, "X-Linked-ETag": f'"{digest}"',
                "X-Linked-Size": str(len(content)), "ETag": f'"{digest}"',
            })  # fmt: skip

    def _cdn(self, name: str, file: str) -> None:
        self._content(self.hub.repositories[name].files[file])

    def _file(self, name: str) -> None:
        if name in self.hub.files:
            self._content(self.hub.files[name])
        else:
            self._status(404)

    def _content(self, content: bytes) -> None:
        fault = self.hub.take_fault(self.path) if self.command == "GET" else None
        match fault:
            case Status(code, headers):
                self._status(code, headers)
                return
            case Redirect(url):
                self._status(302, {"Location": url})
                return
        start, etag = 0, f'"{hashlib.sha256(content).hexdigest()[:16]}"'
        wanted = re.fullmatch(r"bytes=(\d+)-", self.headers.get("Range", ""))
        if wanted and self.hub.ranges and self.headers.get("If-Range", etag) == etag:
            start = int(wanted[1])
            if start >= len(content):
                self._status(416, {"Content-Range": f"bytes */{len(content)}"})
                return
        body = content[start:]
        self.send_response(206 if start else 200)
        if start:
            self.send_header("Content-Range", f"bytes {start}-{len(content) - 1}/{len(content)}")
        if self.hub.validators:
            self.send_header("ETag", etag)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command == "GET":
            self._send(body, fault)

    def _send(self, body: bytes, fault: Fault | None) -> None:
        half = len(body) // 2
        try:
            match fault:
                case Cut(part):
                    self.wfile.write(body[: int(len(body) * part)])
                case Hold(reached, go):
                    self.wfile.write(body[:half])
                    self.wfile.flush()
                    reached.set()
                    go.wait(60)
                    self.wfile.write(body[half:])
                case Garbled():
                    self.wfile.write(bytes(255 - byte for byte in body))
                case _:
                    self.wfile.write(body)
        except ConnectionError:
            pass  # whoever asked has gone

    def _repository(self, name: str) -> Repository | None:
        """None: an answer has been given."""
        if "/api/" in self.path and isinstance(fault := self.hub.take_fault(self.path, Status), Status):
            self._status(fault.code, fault.headers)
            return None
        repository = self.hub.repositories.get(name)
        if repository is None or (repository.private and not self._trusted()):
            code = 404 if self._trusted() else 401
            self._status(code, {"X-Error-Code": "RepoNotFound", "X-Error-Message": "Repository not found"})
            return None
        return repository

    def _trusted(self) -> bool:
        return self.headers.get("Authorization") == f"Bearer {TOKEN}"

    def _json(self, value: Any) -> None:
        content = json.dumps(value).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def _status(self, code: int, headers: dict[str, str] | None = None) -> None:
        self.send_response(code)
        for name, value in (headers or {}).items():
            self.send_header(name, value)
        self.send_header("Content-Length", "0")
        self.end_headers()


def _entries(repository: Repository) -> list[dict[str, Any]]:
    """Files as the hub lists them: what is large or binary has its SHA-256, the rest git's name for it."""
    entries = []
    for path, content in repository.files.items():
        oid = hashlib.sha1(b"blob %d\0" % len(content) + content).hexdigest()
        entry: dict[str, Any] = {"path": path, "size": len(content), "blobId": oid}
        if not path.endswith((".json", ".txt", ".md")):
            digest = hashlib.sha256(content).hexdigest()
            entry["lfs"] = {"oid": digest, "sha256": digest, "size": len(content), "pointerSize": 134}
        entries.append(entry)
    return entries
