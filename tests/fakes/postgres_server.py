"""A real PostgreSQL server on loopback, as long as a block lasts.

PostgreSQL refuses to run as root, so root runs it as the user `postgres`, or `nobody`.
"""

from __future__ import annotations

import os
import pwd
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import pytest

FAR_S = 60.0
PASSWORD = "p4ss word/"


@dataclass(frozen=True, slots=True)
class PostgresServer:
    """A running server."""

    port: int
    process: subprocess.Popen[bytes]

    def address(self, host: str = "127.0.0.1", database: str = "postgres") -> str:
        return f"postgres://tester:p4ss%20word%2F@{host}:{self.port}/{database}"


@cache
def binaries() -> Path | None:
    """The folder of the newest server that is installed."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda path: int(path.parts[-2]))
    on_path = shutil.which("initdb")
    if found:
        return found[-1]
    return Path(on_path).resolve().parent if on_path else None


needs_postgres = pytest.mark.skipif(
    binaries() is None, reason="PostgreSQL is not installed: apt-get install postgresql"
)


@contextmanager
def postgres_server() -> Iterator[PostgresServer]:
    """It keeps nothing, and wants a password. Raises RuntimeError with its words where it does not start."""
    bin_folder = binaries()
    assert bin_folder is not None, "needs_postgres stands before the test"
    with tempfile.TemporaryDirectory(prefix="spinfer-postgres-") as folder:
        home = Path(folder)
        user = _user()
        if user is not None:
            os.chown(home, user.pw_uid, user.pw_gid)
        (home / "password").write_text(PASSWORD)
        (home / "password").chmod(0o644)
        as_user = {} if user is None else {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []}
        options = {"cwd": home, "env": {"PATH": os.environ["PATH"], "LC_ALL": "C.UTF-8"}, **as_user}
        _initialise(bin_folder, home, options)
        server = _started(bin_folder, home, options)
        try:
            yield server
        finally:
            server.process.send_signal(signal.SIGINT)  # ends its connections; SIGTERM would wait for them
            server.process.wait()


def _user() -> pwd.struct_passwd | None:
    """None: nobody else is needed."""
    if os.geteuid() != 0:
        return None
    try:
        return pwd.getpwnam("postgres")
    except KeyError:
        return pwd.getpwnam("nobody")


def _initialise(bin_folder: Path, home: Path, options: dict[str, object]) -> None:
    command = [
        *(bin_folder / "initdb", "-D", home / "data", "--no-sync", "-U", "tester"),
        *("--auth=scram-sha-256", f"--pwfile={home / 'password'}", "-E", "UTF8", "--no-locale"),
    ]
    done = subprocess.run(command, capture_output=True, text=True, check=False, **options)  # type: ignore[call-overload]
    if done.returncode:
        raise RuntimeError(done.stdout + done.stderr)


def _started(bin_folder: Path, home: Path, options: dict[str, object]) -> PostgresServer:
    for _ in range(5):
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        settings = {
            "port": port,
            "listen_addresses": "127.0.0.1",
            "unix_socket_directories": "",
            "fsync": "off",
            "shared_buffers": "16MB",
            "timezone": "UTC",
        }
        flags = [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]
        with (home / "postgres.log").open("ab") as said:
            process = subprocess.Popen(  # type: ignore[call-overload]
                [bin_folder / "postgres", "-D", home / "data", *flags], stdout=said, stderr=said, **options
            )
        if _ready(process, home):
            return PostgresServer(port, process)
        process.wait()  # somebody else took the port in between
    raise RuntimeError((home / "postgres.log").read_text())


def _ready(process: subprocess.Popen[bytes], home: Path) -> bool:
    """Whether it came up, by the word of its own file; False once it has ended."""
    end = time.monotonic() + FAR_S
    while process.poll() is None:
        pid_file = home / "data" / "postmaster.pid"
        if pid_file.exists() and pid_file.read_text().rstrip().endswith("ready"):
            return True
        assert time.monotonic() < end, "PostgreSQL does not come up"
        time.sleep(0.01)
    return False
