"""What is declared against WASI 0.2.12 as its WIT files state it, type for type.

`wasi-0.2.12.types` lists the functions of a component that imports everything; the methods of sockets are
left out, as no socket is ever made. WASI 0.2.0 states the same, without `exit-with-code`.
"""

from pathlib import Path

import pytest

from spinfer.factors.wasi.factor import WasiFactor
from spinfer.factors.wasi_io.factor import WasiIoFactor


def stated():
    text = (Path(__file__).parent / "wasi-0.2.12.types").read_text("utf-8")
    names, _, functions = text.partition("\n\n")
    for name, type_ in (line.split(" = ") for line in names.splitlines()):
        functions = functions.replace(name, type_)
    return dict(line.split(": ", 1) for line in functions.splitlines())


DECLARED = {
    f"{interface.name}#{function.name}": "".join(function.type.split())
    for factor in (WasiIoFactor(), WasiFactor({}))
    for interface in factor.interfaces()
    if "0.2.0" in interface.versions
    for function in interface.functions
}
UNSTABLE = {"wasi:sockets/network#network-error-code"}
"""Behind a feature gate in WIT."""


@pytest.mark.parametrize("name", stated())
def test_it_is_declared_as_it_is_stated(name):
    assert DECLARED[name] == "".join(stated()[name].split())


def test_nothing_else_is_declared():
    assert DECLARED.keys() - stated().keys() == UNSTABLE
