"""What is declared of `wasi:http` against what a guest of Spin's SDK imports: all of it, type for type."""

import pytest

from guests import COMPILED, guest, lacks
from spinfer.bindings.imports import known_resources
from spinfer.bindings.introspection import function_type, imported
from spinfer.factors.wasi_http.factor import WasiHttpFactor
from spinfer.runtime.compile_cache import CompileCache
from spinfer.runtime.compiler import Compiler

GUEST = "hello-http"


@pytest.mark.skipif(bool(lacks(GUEST)), reason=lacks(GUEST))
def test_everything_is_declared_as_the_sdk_imports_it() -> None:
    with Compiler() as compiler:
        cache = CompileCache(compiler, COMPILED)
        interfaces = imported(compiler.engine, cache.compile(guest(GUEST).read_bytes()))
    resources = known_resources(interfaces, ())
    wanted = {
        f"{interface.name}#{name}": str(function_type(type_, resources))
        for interface in interfaces
        for name, type_ in interface.functions.items()
        if interface.name.startswith("wasi:http/")
    }
    declared = {
        f"{interface.name}@0.2.0#{function.name}": function.type
        for interface in WasiHttpFactor(sender=None).interfaces()
        if "0.2.0" in interface.versions
        for function in interface.functions
    }
    assert {name: "".join(type_.split()) for name, type_ in wanted.items()} == {
        name: "".join(type_.split()) for name, type_ in declared.items()
    }
