"""A command that does what its first argument names, and prints what came of it as JSON."""
# ruff: noqa: SIM115 - most files here must not open

import encodings.idna  # noqa: F401 - for sockets, and a guest imports only while it is built
import errno
import json
import os
import random
import secrets
import socket
import sys
import time

from componentize_py_types import Err
from wit_world import exports
from wit_world.imports import environment


def show():
    return {
        "arguments": environment.get_arguments(),
        "environment": environment.get_environment(),
        "cwd": environment.initial_cwd(),
    }


def shout():
    """Standard input, in capitals and to the end."""
    return sys.stdin.read().upper()


def complain():
    print("something is wrong", file=sys.stderr)


def clocks():
    before = time.monotonic_ns()
    time.sleep(0.002)
    return {"slept_ns": time.monotonic_ns() - before, "wall_s": time.time()}


def chance():
    return [secrets.token_hex(16), random.random()]


def files():
    """A folder's life from beginning to end."""
    seen = {}
    os.mkdir("/data/folder")
    with open("/data/folder/a.txt", "w") as file:
        seen["wrote"] = file.write("hello, " * 20_000)
    with open("/data/folder/a.txt", "a") as file:
        file.write("end")
    with open("/data/folder/a.txt") as file:
        seen["read"] = len(file.read())
        file.seek(140_000)
        seen["tail"] = file.read()
    seen["size"] = os.stat("/data/folder/a.txt").st_size
    os.utime("/data/folder/a.txt", (1, 2))
    seen["times"] = [os.stat("/data/folder/a.txt").st_atime, os.stat("/data/folder/a.txt").st_mtime]
    os.rename("/data/folder/a.txt", "/data/b.txt")
    os.link("/data/b.txt", "/data/c.txt")
    os.symlink("b.txt", "/data/folder-link")
    seen["link"] = os.readlink("/data/folder-link")
    seen["same"] = os.path.samefile("/data/b.txt", "/data/c.txt")
    os.truncate("/data/c.txt", 5)
    with open("/data/folder-link") as file:
        seen["through"] = file.read()
    seen["listed"] = sorted(os.listdir("/data"))
    os.unlink("/data/c.txt")
    os.rmdir("/data/folder")
    seen["walked"] = [[where, sorted(folders), sorted(names)] for where, folders, names in os.walk("/data")]
    return seen


def refused():
    """What each attempt ends with."""
    return {name: _outcome(attempt) for name, attempt in ATTEMPTS.items()}


def _outcome(attempt):
    try:
        attempt()
    except OSError as e:
        return errno.errorcode.get(e.errno, str(e))
    return "done"


ATTEMPTS = {
    "write where only reading is granted": lambda: open("/shown/a.txt", "w"),
    "create where only reading is granted": lambda: open("/shown/new.txt", "w"),
    "remove where only reading is granted": lambda: os.unlink("/shown/a.txt"),
    "rename out of there": lambda: os.rename("/shown/a.txt", "/data/a.txt"),
    "link out of there": lambda: os.link("/shown/a.txt", "/data/a.txt"),
    "go up": lambda: open("/data/../../etc/passwd"),
    "another root": lambda: open("/etc/passwd"),
    "through a link of the host's to a file": lambda: open("/data/passwd"),
    "through a link of the host's to a folder": lambda: open("/data/everything/etc/passwd"),
    "through a link that goes up": lambda: open("/data/up/etc/passwd"),
    "make a link to elsewhere": lambda: os.symlink("/etc/passwd", "/data/mine"),
    "a missing file": lambda: open("/data/none.txt"),
    "a folder as a file": lambda: open("/data", "w"),
    "a file as a folder": lambda: os.listdir("/shown/a.txt"),
    "a link to itself": lambda: open("/data/endless"),
    "a folder that is there": lambda: os.mkdir("/data/full"),
    "a folder that is not empty": lambda: os.rmdir("/data/full"),
    "a file's name that is too long": lambda: open("/data/" + "x" * 300, "w"),
    "a socket": lambda: socket.create_connection(("127.0.0.1", 1)),
    "an address": lambda: socket.getaddrinfo("localhost", 80),
}


def hoard():
    """Open the same file until that ends."""
    held = []
    try:
        while True:
            held.append(open("/shown/a.txt"))
    except OSError as e:
        return [len(held), errno.errorcode[e.errno]]


def fail():
    raise Err(None)


def leave():
    sys.exit(3)


class Run(exports.Run):
    def run(self):
        print(json.dumps(globals()[environment.get_arguments()[1]]()))
