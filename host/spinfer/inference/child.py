"""Work that is done in a process of its own: it can be interrupted at any time, and may crash.

llama.cpp cannot be stopped while it quantizes, and ends the process over some files that it cannot take.
A request goes in and news come out as lines of JSON; the child ends when its parent does.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable, Mapping
from typing import IO, Any

News = Mapping[str, Any]


class ChildFailed(Exception):
    """The child ended without an answer; the text says how, and what it said last."""


def call(module: str, request: News, heard: Callable[[News], None]) -> News:
    """Run `module`, which calls serve(), and wait: its answer, after `heard` heard what it told meanwhile.

    An exception ends the child, be it KeyboardInterrupt or one of `heard`. Raises ChildFailed.
    """
    command = [sys.executable, "-P", "-m", module]
    environment = {**os.environ, "GGML_NO_BACKTRACE": "1"}  # so that an assertion is what it says last
    with (
        tempfile.TemporaryFile() as said,
        subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=said, env=environment
        ) as child,
    ):
        assert child.stdin is not None
        assert child.stdout is not None
        try:
            child.stdin.write(json.dumps(request).encode() + b"\n")
            child.stdin.flush()
            for line in child.stdout:
                news: News = json.loads(line)
                if "answer" in news:
                    answer: News = news["answer"]
                    return answer
                heard(news)
            raise ChildFailed(_ending(child.wait(), said))
        except BrokenPipeError as e:
            raise ChildFailed(_ending(child.wait(), said)) from e
        finally:
            child.kill()


def serve(work: Callable[[News, Callable[[News], None]], News]) -> None:
    """In the child: do what is asked, tell news by the function it is given, and return the answer."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the parent hears Ctrl-C too, and ends us
    lock = threading.Lock()
    out = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # whatever else is printed is no news

    def tell(news: News) -> None:
        with lock:
            out.write(json.dumps(news).encode() + b"\n")
            out.flush()

    request = json.loads(sys.stdin.buffer.readline())
    threading.Thread(target=_end_with_parent, daemon=True).start()
    tell({"answer": work(request, tell)})
    os._exit(0)  # the answer is out; nobody waits for what llama.cpp would free


def _end_with_parent() -> None:
    while os.read(0, 1024):
        pass
    os._exit(1)


def _ending(code: int, said: IO[bytes]) -> str:
    said.seek(0)
    lines = [line.strip() for line in said.read().decode("utf-8", "replace").splitlines() if line.strip()]
    last = f": {lines[-1]}" if lines else ""
    if code < 0:
        return f"the process was ended by {signal.Signals(-code).name}{last}"
    return f"the process ended with code {code}{last}"
