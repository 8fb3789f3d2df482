"""Takes the large core modules out of a component, so that each can be compiled by itself.

What stays is the *shell*: the same component, which imports those modules. A builder puts an interpreter into
modules that are the same in each app and each build, and what differs, mostly data, into others.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from spinfer.runtime.module_types import code_bytes, module_type
from spinfer.runtime.wasm_binary import COMPONENT, Malformed, Section, name, number, section, sections

CODE_BYTES = 64 << 10
"""Whatever has less code is compiled in a moment, and is instantiated quicker within the shell."""

_CUSTOM, _CORE_MODULE, _CORE_TYPE, _IMPORT, _EXPORT = 0, 1, 3, 10, 11
_KNOWN = frozenset(range(_CUSTOM, _EXPORT + 1))

_A_MODULE = b"\x00\x11"
"""How an import's description begins: something of the core, a module."""
_PLAIN_NAME = b"\x00"


@dataclass(frozen=True, slots=True)
class Split:
    """A component in parts."""

    shell: bytes
    modules: Mapping[str, memoryview]
    """By the name under which the shell imports them: views of the component."""


def split(component: bytes, min_code_bytes: int = CODE_BYTES) -> Split | None:
    """The component's core modules with at least so much code, and the shell that imports them.

    None where there are none, and for a component with anything in it that is not known here. What is not
    valid stays so, in the shell or in a module; the shell of a component that itself imports something by the
    name of one of our modules is not valid either, as no two imports may have one name.
    """
    try:
        modules, shell = _split(memoryview(component), min_code_bytes)
    except Malformed:
        return None
    return Split(shell, MappingProxyType(modules)) if modules else None


def _split(component: memoryview, min_code_bytes: int) -> tuple[dict[str, memoryview], bytes]:
    modules: dict[str, memoryview] = {}
    shell: list[bytes | memoryview] = [COMPONENT]
    for part in sections(component, COMPONENT):
        # types of its own would be counted on from those that are added here
        if part.id not in _KNOWN or part.id == _CORE_TYPE:
            raise Malformed(f"section {part.id} is not known here")
        content = component[part.body : part.end]
        if part.id == _CORE_MODULE and code_bytes(content) >= min_code_bytes:
            shell.append(_import(f"spinfer-core-module{len(modules)}", len(modules), content))
            modules[f"spinfer-core-module{len(modules)}"] = content
        else:
            shell.append(_whole(component, part))
    return modules, b"".join(shell)


def _whole(component: memoryview, part: Section) -> memoryview:
    return component[part.start : part.end]


def _import(as_: str, index: int, module: memoryview) -> bytes:
    """What stands in the module's place, so that modules keep their numbers: its type and its import."""
    import_ = _PLAIN_NAME + name(as_) + _A_MODULE + number(index)
    return section(_CORE_TYPE, number(1) + module_type(module)) + section(_IMPORT, number(1) + import_)
