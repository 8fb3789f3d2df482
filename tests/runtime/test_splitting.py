"""Which modules leave a component, and what stays in their place."""

import pytest
from wasmtime.component import Component

from spinfer.runtime.compiler import Compiler, from_text
from spinfer.runtime.module_types import code_bytes
from spinfer.runtime.splitting import split
from spinfer.runtime.wasm_binary import COMPONENT, CORE_MODULE, section, sections

SMALL = "(core module $small (func))"
LARGE = '(core module $large (func (export "f") {}))'.format("i32.const 1 drop " * 20)
NESTED = "(component $nested (core module $inner (func) {}))".format("(func)" * 50)


def component(*parts: str) -> bytes:
    return from_text("(component {})".format("\n".join(parts)).encode())


def ids(shell: bytes) -> list[int]:
    return [part.id for part in sections(memoryview(shell), COMPONENT)]


def test_large_modules_are_imported_in_their_places() -> None:
    whole = component(SMALL, LARGE, SMALL.replace("small", "other"), LARGE.replace("large", "again"))
    divided = split(whole, 50)
    assert divided is not None
    assert list(divided.modules) == ["spinfer-core-module0", "spinfer-core-module1"]
    for module in divided.modules.values():
        assert bytes(module).startswith(CORE_MODULE)
        assert code_bytes(module) > 50
        assert bytes(module) in whole
    assert ids(divided.shell)[:6] == [1, 3, 10, 1, 3, 10]
    assert ids(divided.shell)[6:] == ids(whole)[4:]


def test_all_else_stays_as_it_is(compiler: Compiler) -> None:
    custom = section(0, b"\x09producers and more")
    whole = component(SMALL, NESTED, LARGE, "(core instance $i (instantiate $large))") + custom
    divided = split(whole, 50)
    assert divided is not None
    assert len(divided.modules) == 1
    assert divided.shell.endswith(custom)
    assert ids(divided.shell) == [1, 4, 3, 10, *ids(whole)[3:]]
    Component(compiler.engine, divided.shell)


@pytest.mark.parametrize(
    "wasm",
    [
        pytest.param(component(SMALL), id="only a small one"),
        pytest.param(component(NESTED), id="one within a nested component"),
        pytest.param(component("(core type (module))", LARGE), id="core types of its own"),
        pytest.param(component(LARGE)[:-40], id="cut short"),
        pytest.param(component(LARGE) + b"\x1f\x00", id="a section of the future"),
        pytest.param(component(LARGE).replace(b"\x01f\x00\x00", b"\x01f\x00\x01"), id="damaged within"),
        pytest.param(COMPONENT + section(1, component(LARGE)), id="a component for a module"),
        pytest.param(b"\0asm\x0c\0\1\0" + component(LARGE)[8:], id="an older component"),
        pytest.param(from_text(b"(module)"), id="a module"),
        pytest.param(b"", id="nothing"),
    ],
)
def test_what_is_left_whole(wasm: bytes) -> None:
    assert split(wasm, 50) is None


def test_whatever_a_byte_becomes_it_is_split_or_left_whole() -> None:
    whole = component(SMALL, LARGE, "(core instance $i (instantiate $large))")
    left = 0
    for at in range(len(whole)):
        for value in (0x00, 0x7F, 0x80, 0xFF):
            left += split(whole[:at] + bytes([value]) + whole[at + 1 :], 50) is None
    assert 0 < left < 4 * len(whole)
