"""A page in headless Chromium, used as a person would: over the DevTools protocol, on a pair of pipes."""

from __future__ import annotations

import json
import os
import select
import shutil
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)

needs_chromium = pytest.mark.skipif(
    CHROMIUM is None, reason="chromium is missing, which opens pages: install your system's package of it"
)

_FAR_S = 120.0
_OPTIONS = (
    "--headless=new",
    "--remote-debugging-pipe",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-dev-shm-usage",  # small in containers
    "--disable-gpu",
)


class Page:
    """One tab. Every wait ends after two minutes, with an AssertionError."""

    def __init__(self, commands: int, events: int) -> None:
        self._commands = commands
        self._events = events
        self._read = b""
        self._count = 0
        self._session: dict[str, str] = {}
        target = self.call("Target.createTarget", url="about:blank")["targetId"]
        attached = self.call("Target.attachToTarget", targetId=target, flatten=True)
        self._session = {"sessionId": attached["sessionId"]}

    def open(self, url: str) -> None:
        self.call("Page.navigate", url=url)
        self.wait_for(f"location.href.startsWith({json.dumps(url)}) && document.readyState == 'complete'")

    def type(self, selector: str, text: str) -> None:
        self.click(selector)
        self.call("Input.insertText", text=text)

    def click(self, selector: str) -> None:
        box = f"{_element(selector)}.getBoundingClientRect()"
        x, y = self.evaluate(f"(box => [box.x + box.width / 2, box.y + box.height / 2])({box})")
        for kind in ("mousePressed", "mouseReleased"):
            self.call("Input.dispatchMouseEvent", type=kind, x=x, y=y, button="left", clickCount=1)

    def text(self, selector: str) -> str:
        return str(self.evaluate(f"{_element(selector)}.textContent"))

    def evaluate(self, expression: str) -> Any:
        """The value of some JavaScript; what it throws fails the test."""
        said = self.call("Runtime.evaluate", expression=expression, returnByValue=True, awaitPromise=True)
        assert "exceptionDetails" not in said, said["exceptionDetails"]
        return said["result"].get("value")

    def wait_for(self, condition: str) -> None:
        """Until some JavaScript is true of the page."""
        end = time.monotonic() + _FAR_S
        while not self.evaluate(f"Boolean({condition})"):
            assert time.monotonic() < end, f"never true: {condition}"
            time.sleep(0.02)

    def call(self, method: str, **params: object) -> dict[str, Any]:
        """One command of the protocol, to its answer; events that come in between are dropped."""
        self._count += 1
        command = {"id": self._count, "method": method, "params": params, **self._session}
        os.write(self._commands, json.dumps(command).encode() + b"\0")
        while (said := self._next()).get("id") != self._count:
            pass
        assert "error" not in said, f"{method}: {said['error']}"
        result: dict[str, Any] = said["result"]
        return result

    def _next(self) -> dict[str, Any]:
        while b"\0" not in self._read:
            assert select.select([self._events], [], [], _FAR_S)[0], "the browser says nothing"
            data = os.read(self._events, 1 << 16)
            assert data, "the browser has ended"
            self._read += data
        message, _, self._read = self._read.partition(b"\0")
        said: dict[str, Any] = json.loads(message)
        return said


@contextmanager
def page(profile: Path) -> Iterator[Page]:
    """An empty page of a browser of its own, which keeps what it knows in the folder `profile`."""
    commands_in, commands = os.pipe()
    events, events_out = os.pipe()
    # the protocol's descriptors are 3 and 4
    shell = f'exec "$@" 3<&{commands_in} 4>&{events_out}'
    root = ["--no-sandbox"] if os.geteuid() == 0 else []  # Chromium's own does not work for root
    process = subprocess.Popen(
        ["bash", "-c", shell, "bash", str(CHROMIUM), *_OPTIONS, *root, f"--user-data-dir={profile}"],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        pass_fds=(commands_in, events_out),
        env={**os.environ, "TMPDIR": "/tmp"},  # for a socket, whose path has to be short
    )
    os.close(commands_in)
    os.close(events_out)
    try:
        yield Page(commands, events)
    finally:
        os.close(commands)  # which ends it, and its children
        try:
            process.wait(_FAR_S)
        finally:
            process.kill()
            process.wait()
            os.close(events)


def _element(selector: str) -> str:
    return f"document.querySelector({json.dumps(selector)})"
