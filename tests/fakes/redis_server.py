"""A real Redis server on loopback, as long as a block lasts."""

from __future__ import annotations

import shutil
import socket
import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

FAR_S = 60.0

needs_redis = pytest.mark.skipif(
    shutil.which("redis-server") is None, reason="redis-server is not installed: apt-get install redis-server"
)


@contextmanager
def redis_server(folder: Path, *options: str, port: int = 0) -> Iterator[int]:
    """Its port, a free one for 0. It keeps nothing; what it says is in `redis.log` of the folder."""
    for _ in range(5):
        process, at = _started(folder, port, *options)
        if _answers(process, at):
            break
        process.wait()  # somebody else took the port in between
    else:
        raise RuntimeError((folder / "redis.log").read_text())
    try:
        yield at
    finally:
        process.terminate()
        process.wait()


@contextmanager
def breaking_off(port: int, command: bytes) -> Iterator[int]:
    """A port that leads to the server's, and whose connections end before the reply to such a command."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        ends = [listener]

        def serve() -> None:
            with suppress(OSError):
                while True:
                    client, _ = listener.accept()
                    ends.append(client)
                    with client, socket.create_connection(("127.0.0.1", port)) as server:
                        while asked := client.recv(65536):
                            server.sendall(asked)
                            answer = server.recv(65536)
                            if command in asked:
                                break
                            client.sendall(answer)

        serving = threading.Thread(target=serve)
        serving.start()
        try:
            yield listener.getsockname()[1]
        finally:
            for end in ends:
                with suppress(OSError):
                    end.shutdown(socket.SHUT_RDWR)
            serving.join()


def _started(folder: Path, port: int, *options: str) -> tuple[subprocess.Popen[bytes], int]:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", port))
        port = probe.getsockname()[1]
    with (folder / "redis.log").open("ab") as said:
        command = ["redis-server", "--bind", "127.0.0.1", "--port", str(port), "--save", "", *options]
        return subprocess.Popen(command, cwd=folder, stdout=said, stderr=said), port


def _answers(process: subprocess.Popen[bytes], port: int) -> bool:
    """Whether it came up; False once it has ended."""
    end = time.monotonic() + FAR_S
    while process.poll() is None:
        try:
            socket.create_connection(("127.0.0.1", port)).close()
        except ConnectionRefusedError:
            assert time.monotonic() < end, "redis-server does not listen"
            time.sleep(0.01)
        else:
            return True
    return False
