"""`wit/` against the host: what guests are built for is linked, and the other way round, type for type."""

from pathlib import Path

import pytest

from guests import COMPILED, ROOT, app, component
from spinfer.bindings.imports import known_resources
from spinfer.bindings.introspection import function_type, imported
from spinfer.factors.key_value.factor import KeyValueFactor
from spinfer.factors.llm.factor import LlmFactor
from spinfer.factors.outbound_http.factor import OutboundHttpFactor
from spinfer.factors.outbound_pg.factor import OutboundPgFactor
from spinfer.factors.outbound_redis.factor import OutboundRedisFactor
from spinfer.factors.refused.factor import RefusedFactor
from spinfer.factors.sqlite.factor import SqliteFactor
from spinfer.factors.variables.factor import VariablesFactor
from spinfer.runtime.compile_cache import CompileCache
from spinfer.runtime.compiler import Compiler

FACTORS = [
    LlmFactor(models={}, access={}),
    OutboundHttpFactor(sender=None),
    KeyValueFactor(stores={}, access={}),
    SqliteFactor(databases={}, access={}),
    VariablesFactor(None, {}),
    OutboundRedisFactor(gate=None, pool=None),
    OutboundPgFactor(gate=None, pool=None),
    RefusedFactor(),
]
"""All that serve Spin's own interfaces; what is WASI's is held against WASI by its factors' own tests."""
WASMTIMES = ("wasi:cli/", "wasi:clocks/", "wasi:filesystem/", "wasi:io/", "wasi:random/", "wasi:sockets/")
DEPENDENCIES = ROOT / "wit" / "deps"


def linked():
    """Everything the host defines: functions with their types, and resources."""
    items = {}
    for factor in FACTORS:
        for interface in factor.interfaces():
            for version in interface.versions:
                name = f"{interface.name}@{version}" if version else interface.name
                items |= {f"{name}#{function.name}": function.type for function in interface.functions}
                items |= {f"{name}#{resource.name}": "resource" for resource in interface.resources}
    return items


@pytest.fixture(scope="module")
def wanted():
    """Everything that a component imports whose world is all of `wit/`, but for wasmtime's own WASI."""
    wasm = component(app(Path(__file__).parent / "everything")).read_bytes()
    with Compiler() as compiler:
        compiled = CompileCache(compiler, COMPILED).compile(wasm)
        interfaces = imported(compiler.engine, compiled)
    resources = known_resources(interfaces, ())
    ours = [interface for interface in interfaces if not interface.name.startswith(WASMTIMES)]
    functions = {
        f"{interface.name}#{name}": str(function_type(type_, resources))
        for interface in ours
        for name, type_ in interface.functions.items()
    }
    return functions | {
        f"{interface.name}#{name}": "resource" for interface in ours for name in interface.resources
    }


@pytest.mark.parametrize("item", sorted(linked()))
def test_what_is_linked_stands_in_wit_with_that_type(item, wanted):
    assert wanted.get(item) == linked()[item]


def test_what_stands_in_wit_is_linked(wanted):
    assert wanted.keys() == linked().keys()


def test_both_versions_of_llm_read_alike():
    versioned = (DEPENDENCIES / "spin-2.0.0" / "llm.wit").read_text("utf-8")
    unversioned = (DEPENDENCIES / "spin-unversioned" / "llm.wit").read_text("utf-8")
    assert versioned.replace("package fermyon:spin@2.0.0;", "package fermyon:spin;") == unversioned
