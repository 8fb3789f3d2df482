"""Reads what a compiled component says of itself: its imports, exports, and their types as our own values."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from wasmtime import Engine
from wasmtime import _ffi as ffi
from wasmtime import component as wasm

from spinfer.bindings import types as t

_SCALARS: dict[type[Any], t.Scalar] = {
    wasm.Bool: t.Scalar.BOOL,
    wasm.S8: t.Scalar.S8,
    wasm.U8: t.Scalar.U8,
    wasm.S16: t.Scalar.S16,
    wasm.U16: t.Scalar.U16,
    wasm.S32: t.Scalar.S32,
    wasm.U32: t.Scalar.U32,
    wasm.S64: t.Scalar.S64,
    wasm.U64: t.Scalar.U64,
    wasm.F32: t.Scalar.F32,
    wasm.F64: t.Scalar.F64,
    wasm.Char: t.Scalar.CHAR,
    wasm.String: t.Scalar.STRING,
}


class KnownResources:
    """The resource types of one component, each with its name and, where it is ours, the host's number."""

    def __init__(self) -> None:
        self._known: list[tuple[wasm.ResourceType, str, int | None]] = []

    def add(self, type_: wasm.ResourceType, name: str, type_id: int | None) -> None:
        """The first name given to a type stays; a number may come later, with its name."""
        for at, (known, _, known_id) in enumerate(self._known):
            if known == type_:
                if known_id is None and type_id is not None:
                    self._known[at] = (known, name, type_id)
                return
        self._known.append((type_, name, type_id))

    def handle(self, type_: wasm.ResourceType, owned: bool) -> t.HandleOf:
        for known, name, type_id in self._known:
            if known == type_:
                return t.HandleOf(name, type_id, owned)
        return t.HandleOf("?", None, owned)


@dataclass(frozen=True)
class InterfaceItems:
    """One imported or exported instance. `version` and `package` are part of `name`: `wasi:cli/run@0.2.3`."""

    name: str
    functions: dict[str, wasm.FuncType]
    resources: dict[str, wasm.ResourceType]


def imported(engine: Engine, component: wasm.Component) -> list[InterfaceItems]:
    """What the component imports; functions that stand alone come as an interface without a name."""
    return _interfaces(engine, component.type.imports(engine))


def exported(engine: Engine, component: wasm.Component) -> list[InterfaceItems]:
    """What the component exports; functions that stand alone come as an interface without a name."""
    return _interfaces(engine, component.type.exports(engine))


def _interfaces(engine: Engine, items: dict[str, Any]) -> list[InterfaceItems]:
    alone = InterfaceItems("", {}, {})
    interfaces = []
    for name, item in items.items():
        type_ = item.ty
        if isinstance(type_, wasm.ComponentInstanceType):
            interface = InterfaceItems(name, {}, {})
            for inner, part in type_.exports(engine).items():
                _sort_in(interface, inner, part.ty)
            interfaces.append(interface)
        else:
            _sort_in(alone, name, type_)
    return [*interfaces, alone] if alone.functions or alone.resources else interfaces


def _sort_in(interface: InterfaceItems, name: str, type_: object) -> None:
    if isinstance(type_, wasm.FuncType):
        interface.functions[name] = type_
    elif isinstance(type_, wasm.ResourceType):
        interface.resources[name] = type_


def function_type(type_: wasm.FuncType, resources: KnownResources) -> t.FunctionType:
    """The signature as a value; see `str(FunctionType)` for its canonical text."""
    result = type_.result
    return t.FunctionType(
        tuple((name, _value_type(part, resources)) for name, part in type_.params),
        None if result is None else _value_type(result, resources),
        is_async(type_),
    )


def is_async(type_: wasm.FuncType) -> bool:
    """Whether the function is a WASI 0.3 one, which the synchronous API refuses to call."""
    return bool(ffi.wasmtime_component_func_type_async(type_.ptr()))


def _value_type(type_: wasm.ValType, resources: KnownResources) -> t.Type:  # noqa: PLR0911 - a case a kind
    scalar = _SCALARS.get(type(type_))
    if scalar is not None:
        return scalar

    def inner(part: wasm.ValType) -> t.Type:
        return _value_type(part, resources)

    def maybe(part: wasm.ValType | None) -> t.Type | None:
        return None if part is None else inner(part)

    match type_:
        case wasm.ListType():
            return t.ListOf(inner(type_.element))
        case wasm.TupleType():
            return t.TupleOf(tuple(map(inner, type_.elements)))
        case wasm.RecordType():
            return t.RecordOf(tuple((name, inner(part)) for name, part in type_.fields))
        case wasm.VariantType():
            return t.VariantOf(tuple((name, maybe(part)) for name, part in type_.cases))
        case wasm.EnumType():
            return t.EnumOf(tuple(type_.names))
        case wasm.FlagsType():
            return t.FlagsOf(tuple(type_.names))
        case wasm.OptionType():
            return t.OptionOf(inner(type_.payload))
        case wasm.ResultType():
            return t.ResultOf(maybe(type_.ok), maybe(type_.err))
        case wasm.OwnType():
            return resources.handle(type_.ty, owned=True)
        case wasm.BorrowType():
            return resources.handle(type_.ty, owned=False)
        case _:
            return t.Opaque(type(type_).__name__.removesuffix("Type").lower())


def functions(interfaces: list[InterfaceItems]) -> Iterator[tuple[InterfaceItems, str, wasm.FuncType]]:
    """Every function with its name and the interface it belongs to."""
    for interface in interfaces:
        for name, type_ in interface.functions.items():
            yield interface, name, type_
