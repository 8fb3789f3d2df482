"""The packages of JavaScript guests: installed once per lock file, and lent to each build.

They are hundreds of megabytes, so a build gets hard links, and keeps none of them.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from guests.locks import locked

LOCK = "package-lock.json"
PACKAGES = "node_modules"


@contextmanager
def lent(folder: Path, store: Path) -> Iterator[None]:
    """While it lasts, `folder` has what its lock file names; nothing happens where there is no such file.

    Installed into `store` the first time: once, whoever asks. Raises RuntimeError.
    """
    if not (folder / LOCK).exists():
        yield
        return
    packages = _installed(folder, store) / PACKAGES
    shutil.copytree(packages, folder / PACKAGES, symlinks=True, copy_function=os.link)
    try:
        yield
    finally:
        shutil.rmtree(folder / PACKAGES)


def _installed(folder: Path, store: Path) -> Path:
    home = store / _digest(folder / LOCK)
    with locked(home.with_suffix(".lock")):
        if not home.exists():
            partial = home.with_suffix(".partial")
            shutil.rmtree(partial, ignore_errors=True)
            shutil.copytree(folder, partial)  # whole: a package may be one of its folders
            _install(partial)
            partial.rename(home)
    return home


def _install(folder: Path) -> None:
    done = subprocess.run(
        ["npm", "ci", "--no-audit", "--no-fund"],
        cwd=folder,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    if done.returncode:
        raise RuntimeError(f"`npm ci` ended with {done.returncode} in {folder}:\n{done.stdout}")


def _digest(lock: Path) -> str:
    """Over all packages but the app itself, so that apps with the same ones share them."""
    packages = json.loads(lock.read_text("utf-8"))["packages"]
    wanted = {name: package for name, package in packages.items() if name}
    return hashlib.sha256(json.dumps(wanted, sort_keys=True).encode()).hexdigest()[:16]
