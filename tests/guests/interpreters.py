"""Compiled interpreters, kept from one test run to the next: compiling one takes seconds."""

from __future__ import annotations

import hashlib
import shutil
from pathlib import Path

from guests import COMPILED
from spinfer.runtime.compile_cache import CompileCache
from spinfer.runtime.compiler import Compiler
from spinfer.runtime.parts import compile_in_parts
from spinfer.runtime.splitting import split

_KEPT = COMPILED


def cache_with(component: bytes, folder: Path) -> Path:
    """Make `folder`, a cache that knows the component's large modules and nothing else."""
    divided = split(component)
    assert divided is not None, "it has large modules"
    with Compiler() as compiler:
        assert compile_in_parts(CompileCache(compiler, _KEPT), component) is not None
    folder.mkdir(mode=0o700)
    for module in divided.modules.values():
        for file in _KEPT.glob(f"{hashlib.sha256(module).hexdigest()}-*"):
            shutil.copy2(file, folder)
    return folder
