"""llama.cpp's own tools, built from the sources that the installed llama-cpp-python was built from."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tarfile
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path

from bench.engine.say import Unmeasurable, say

NAMES = ("llama-bench", "llama-batched-bench", "llama-server")

_OPTIONS = {
    "CMAKE_BUILD_TYPE": "Release",
    "GGML_NATIVE": "ON",  # as `make setup` builds llama-cpp-python
    "CMAKE_C_FLAGS": "-U__AMX_INT8__",
    "CMAKE_CXX_FLAGS": "-U__AMX_INT8__",
    "LLAMA_CURL": "OFF",
    "LLAMA_OPENSSL": "OFF",
    "LLAMA_BUILD_UI": "OFF",
    "LLAMA_USE_PREBUILT_UI": "OFF",
    "LLAMA_BUILD_TESTS": "OFF",
    "LLAMA_BUILD_EXAMPLES": "OFF",
    "LLAMA_BUILD_TOOLS": "ON",
    "LLAMA_BUILD_SERVER": "ON",
}

_ASK_FOR_FEATURES = """
import ctypes, sys
library = ctypes.CDLL(sys.argv[1])
library.llama_print_system_info.restype = ctypes.c_char_p
print(library.llama_print_system_info().decode())
"""


@dataclass(frozen=True, slots=True)
class Tools:
    """The folder that the tools lie in. `repack`: whether they may lay out weights anew for this CPU."""

    folder: Path
    repack: bool = True

    def path(self, name: str) -> str:
        return str(self.folder / name)

    def run(self, name: str, *arguments: str) -> str:
        """What the tool prints. Raises Unmeasurable when it fails."""
        done = _run([self.path(name), *arguments])
        if done.returncode:
            end = done.stderr.strip().splitlines()[-1:] or ["it said nothing"]
            raise Unmeasurable(f"{name} ended with {done.returncode}: {end[0]}")
        return done.stdout

    def features(self) -> str | None:
        """The CPU features that the tools were built for; None where the library is not beside them."""
        return _features(self.folder / "libllama.so")


def installed_features() -> str | None:
    """The CPU features that the installed llama-cpp-python was built for."""
    package = find_spec("llama_cpp")
    assert package is not None and package.origin is not None
    return _features(Path(package.origin).parent / "lib" / "libllama.so")


def prepare(cache: Path, given: Path | None) -> Tools:
    """The tools in `given`, or built in `cache` (once: ten minutes on two cores). Raises Unmeasurable."""
    folder = given or _built(cache)
    missing = [name for name in NAMES if not (folder / name).is_file()]
    if missing:
        raise Unmeasurable(f"{folder}: there is no {' and no '.join(missing)}")
    return Tools(folder)


def without_crashing(tools: Tools, model: Path) -> Tools:
    """The tools as they are if they survive this model, otherwise without repacking.

    Repacking is what chooses AMX, and GCC 12 compiles llama.cpp's AMX code such that it crashes.
    """
    try:
        tools.run("llama-bench", "-m", str(model), "-p", "32", "-n", "1", "-r", "1", "-o", "jsonl")
    except Unmeasurable as e:
        say(f"with repacked weights, {e}; all of llama.cpp's tools run without them")
        return Tools(tools.folder, repack=False)
    return tools


def _built(cache: Path) -> Path:
    release = version("llama-cpp-python")
    folder = cache / f"llama.cpp-{release}"
    made = folder / "bin"
    if not all((made / name).is_file() for name in NAMES):
        sources = _sources(cache, release)
        say(f"building {', '.join(NAMES)} in {folder}: once, some ten minutes on two cores")
        options = [f"-D{key}={value}" for key, value in _OPTIONS.items()]
        cmake = _cmake(cache)
        _do([cmake, "-S", str(sources), "-B", str(folder), *options])
        jobs = str(os.cpu_count() or 1)
        _do([cmake, "--build", str(folder), "--config", "Release", "-j", jobs, "--target", *NAMES])
    return made


def _sources(cache: Path, release: str) -> Path:
    folder = cache / f"llama_cpp_python-{release}"
    if not folder.is_dir():
        say(f"fetching the source package of llama-cpp-python {release}")
        wanted = f"llama-cpp-python=={release}"
        pip = [sys.executable, "-m", "pip", "download", "--disable-pip-version-check", "--no-binary", ":all:"]
        _do([*pip, "--no-deps", "--dest", str(cache), wanted])
        with tarfile.open(cache / f"{folder.name}.tar.gz") as package:
            package.extractall(cache, filter="data")
    return folder / "vendor" / "llama.cpp"


def _cmake(cache: Path) -> str:
    """The one on the path, or one of our own from the package index."""
    if found := shutil.which("cmake"):
        return found
    target = cache / "cmake"
    pip = [sys.executable, "-m", "pip", "install", "--disable-pip-version-check"]
    _do([*pip, "--target", str(target), "cmake"])
    return str(target / "cmake" / "data" / "bin" / "cmake")


def _features(library: Path) -> str | None:
    if not library.is_file():
        return None
    done = _run([sys.executable, "-c", _ASK_FOR_FEATURES, str(library)])
    return done.stdout.strip() or None


def _run(command: Sequence[str]) -> subprocess.CompletedProcess[str]:
    return subprocess.run(command, check=False, capture_output=True, stdin=subprocess.DEVNULL, text=True)


def _do(command: Sequence[str]) -> None:
    """What it prints goes to a terminal as it comes; this takes minutes."""
    done = subprocess.run(command, check=False, stdin=subprocess.DEVNULL, stdout=sys.stderr)
    if done.returncode:
        raise Unmeasurable(f"this failed with {done.returncode}: {' '.join(command)}")
