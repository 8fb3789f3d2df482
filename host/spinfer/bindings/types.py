"""What a component type is, as frozen values that compare, hash and describe themselves.

Knows nothing of wasmtime. Functions that are written alike in WIT, wherever they come from, are equal here.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum


class Scalar(Enum):
    """A type without parts, by its name in WIT."""

    BOOL = "bool"
    S8 = "s8"
    U8 = "u8"
    S16 = "s16"
    U16 = "u16"
    S32 = "s32"
    U32 = "u32"
    S64 = "s64"
    U64 = "u64"
    F32 = "f32"
    F64 = "f64"
    CHAR = "char"
    STRING = "string"

    @property
    def is_number(self) -> bool:
        return self not in (Scalar.BOOL, Scalar.CHAR, Scalar.STRING)

    def __str__(self) -> str:
        return self.value


@dataclass(frozen=True, slots=True)
class ListOf:
    element: Type

    def __str__(self) -> str:
        return f"list<{self.element}>"


@dataclass(frozen=True, slots=True)
class TupleOf:
    elements: tuple[Type, ...]

    def __str__(self) -> str:
        return f"tuple<{', '.join(map(str, self.elements))}>"


@dataclass(frozen=True, slots=True)
class RecordOf:
    fields: tuple[tuple[str, Type], ...]

    def __str__(self) -> str:
        return f"record{{{', '.join(f'{name}: {type_}' for name, type_ in self.fields)}}}"


@dataclass(frozen=True, slots=True)
class VariantOf:
    cases: tuple[tuple[str, Type | None], ...]

    def __str__(self) -> str:
        cases = (name if payload is None else f"{name}({payload})" for name, payload in self.cases)
        return f"variant{{{', '.join(cases)}}}"


@dataclass(frozen=True, slots=True)
class EnumOf:
    names: tuple[str, ...]

    def __str__(self) -> str:
        return f"enum{{{', '.join(self.names)}}}"


@dataclass(frozen=True, slots=True)
class FlagsOf:
    names: tuple[str, ...]

    def __str__(self) -> str:
        return f"flags{{{', '.join(self.names)}}}"


@dataclass(frozen=True, slots=True)
class OptionOf:
    payload: Type

    def __str__(self) -> str:
        return f"option<{self.payload}>"


@dataclass(frozen=True, slots=True)
class ResultOf:
    ok: Type | None
    err: Type | None

    def __str__(self) -> str:
        match self.ok, self.err:
            case None, None:
                return "result"
            case ok, None:
                return f"result<{ok}>"
            case ok, err:
                return f"result<{'_' if ok is None else ok}, {err}>"


@dataclass(frozen=True, slots=True)
class HandleOf:
    """`own<name>` or `borrow<name>`; `type_id` is the host's number, None when the resource is not ours."""

    name: str
    type_id: int | None
    owned: bool

    def __str__(self) -> str:
        return f"{'own' if self.owned else 'borrow'}<{self.name}>"


@dataclass(frozen=True, slots=True)
class Opaque:
    """A type whose values cannot cross yet: a stream, a future, an error context."""

    name: str

    def __str__(self) -> str:
        return self.name


Type = (
    Scalar
    | ListOf
    | TupleOf
    | RecordOf
    | VariantOf
    | EnumOf
    | FlagsOf
    | OptionOf
    | ResultOf
    | HandleOf
    | Opaque
)


@dataclass(frozen=True, slots=True)
class FunctionType:
    """Its text is the canonical form that declarations are compared with."""

    parameters: tuple[tuple[str, Type], ...]
    result: Type | None
    is_async: bool = False

    def __str__(self) -> str:
        parameters = ", ".join(f"{name}: {type_}" for name, type_ in self.parameters)
        result = "" if self.result is None else f" -> {self.result}"
        return f"{'async ' if self.is_async else ''}func({parameters}){result}"


def opaque_parts(type_: Type | None) -> frozenset[str]:  # noqa: PLR0911 - a case a kind
    """The names of everything inside `type_` that cannot cross."""
    match type_:
        case Opaque(name):
            return frozenset({name})
        case HandleOf(name, None):
            return frozenset({f"resource `{name}`"})
        case ListOf(part) | OptionOf(part):
            return opaque_parts(part)
        case TupleOf(parts):
            return _union(*parts)
        case RecordOf(fields):
            return _union(*(part for _, part in fields))
        case VariantOf(cases):
            return _union(*(part for _, part in cases))
        case ResultOf(ok, err):
            return _union(ok, err)
        case _:
            return frozenset()


def _union(*parts: Type | None) -> frozenset[str]:
    return frozenset().union(*map(opaque_parts, parts))
