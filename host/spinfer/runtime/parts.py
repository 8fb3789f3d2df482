"""Compiles a component in parts, of which only those are new that no component before it had.

A Python app whose source has changed is compiled in half a second and not in five: its interpreter is known.
But wasmtime looks up what the parts have of each other by name whenever it makes an instance, so an instance
takes longer to make: for an app that is built anew every minute, not for one that is served.
"""

from __future__ import annotations

import logging
import os
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from wasmtime import Module
from wasmtime.component import Component

from spinfer.runtime.compile_cache import CompileCache
from spinfer.runtime.compiler import CompileError
from spinfer.runtime.splitting import CODE_BYTES, Split, split

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Parts:
    """A component of which the largest modules were compiled by themselves."""

    shell: Component
    modules: Mapping[str, Module]
    """By the name under which the shell imports them."""


def compile_in_parts(cache: CompileCache, component: bytes, min_code_bytes: int = CODE_BYTES) -> Parts | None:
    """The component's parts, each from the cache or fresh; None for what is better compiled whole.

    That is what has no module with so much code, what is not understood, and what cannot be compiled:
    compiling it whole says why.
    """
    divided = split(component, min_code_bytes)
    if divided is None:
        return None
    try:
        # first, as it is soon said what is wrong with it
        shell = cache.compile(divided.shell)
        return Parts(shell, _modules(cache, divided))
    except CompileError as e:
        log.debug("a component cannot be compiled in parts: %s", e)
        return None


def _modules(cache: CompileCache, divided: Split) -> Mapping[str, Module]:
    """All at once: wasmtime compiles on every core, but no module keeps them busy from beginning to end."""
    with ThreadPoolExecutor(os.cpu_count(), thread_name_prefix="spinfer-compile") as threads:
        modules = threads.map(cache.compile_module, divided.modules.values())
        return dict(zip(divided.modules, modules, strict=True))
