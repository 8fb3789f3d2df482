"""A guest that hands every value back: made, as WAT, for any type.

It imports `echo: func(x: T) -> T` from `test:pkg/host@1.0.0` and exports `echo` of the same type; what it is
given it passes to the import, and what that returns it returns. So one call lowers an argument, lifts it on
the other side, lowers a result and lifts it again. Post-return empties its heap, so it can run for ever.
"""

from __future__ import annotations

from spinfer.bindings import types as t

INTERFACE = "test:pkg/host"
VERSION = "1.0.0"

_RESETS = "\n".join(
    f'    (func (export "reset-{core}") (param {core}) (global.set $top (i32.const 65536)))'
    for core in ("i32", "i64", "f32", "f64")
)
HEAP = f"""
  (core module $Heap
    (memory (export "mem") 2)
    (global $top (mut i32) (i32.const 65536))
{_RESETS}
    (func (export "realloc") (param i32 i32 i32 i32) (result i32) (local $at i32)
      (local.set $at (i32.and (i32.add (global.get $top) (i32.const 15)) (i32.const -16)))
      (global.set $top (i32.add (local.get $at) (local.get 3)))
      (loop $grow
        (if (i32.lt_u (i32.shl (memory.size) (i32.const 16)) (global.get $top))
          (then (br_if $grow (i32.ne (memory.grow (i32.const 64)) (i32.const -1))) unreachable)))
      (local.get $at)))
  (core instance $heap (instantiate $Heap))
"""
"""A memory with a heap that only grows until it is reset."""
OPTIONS = '(memory (core memory $heap "mem")) (realloc (core func $heap "realloc"))'
_RESULT_AREA = "(i32.const 1024)"


def echo_wat(type_: t.Type) -> str:
    """The component, as text. Handles are not among the types it can do."""
    named: dict[t.Type, str] = {}
    text = _text(type_, named)
    flat = _flat(type_)
    by_pointer = len(flat) > 1
    result = "i32" if by_pointer else flat[0]
    return f"""(component
  (import "{INTERFACE}@{VERSION}" (instance $host
{_declared(named)}
    (export "echo" (func (param "x" {text}) (result {text})))))
{_aliased(named)}
{HEAP}
  (core func $echo (canon lower (func $host "echo") {OPTIONS}))
{_main(flat, result, by_pointer)}
  (core instance $main (instantiate $Main (with "host" (instance (export "echo" (func $echo))))))
  (func (export "echo") (param "x" {text}) (result {text})
    (canon lift (core func $main "echo") {OPTIONS} (post-return (core func $heap "reset-{result}")))))"""


def _main(flat: list[str], result: str, by_pointer: bool) -> str:
    """The core module that passes on: a result of several core values is left in memory."""
    parameters = flat if len(flat) <= 16 else ["i32"]
    passed = " ".join(f"(local.get {at})" for at in range(len(parameters)))
    imported = " ".join(parameters) + (" i32)" if by_pointer else f") (result {result})")
    call = f"(call $echo {passed} {_RESULT_AREA}) {_RESULT_AREA}" if by_pointer else f"(call $echo {passed})"
    return f"""  (core module $Main
    (import "host" "echo" (func $echo (param {imported}))
    (func (export "echo") (param {" ".join(parameters)}) (result {result}) {call}))"""


def _declared(named: dict[t.Type, str]) -> str:
    return "\n".join(
        f'    (type $raw{name} {_definition(part, named)}) (export "t{name}" (type $t{name} (eq $raw{name})))'
        for part, name in named.items()
    )


def _aliased(named: dict[t.Type, str]) -> str:
    return "\n".join(f'  (alias export $host "t{name}" (type $t{name}))' for name in named.values())


def _text(type_: t.Type, named: dict[t.Type, str]) -> str:
    """How a use of the type is written; what WIT must name is named, parts before wholes."""
    match type_:
        case t.Scalar():
            return type_.value
        case t.ListOf(part):
            return f"(list {_text(part, named)})"
        case t.TupleOf(parts):
            return f"(tuple {' '.join(_text(part, named) for part in parts)})"
        case t.OptionOf(part):
            return f"(option {_text(part, named)})"
        case t.ResultOf(ok, err):
            good = "" if ok is None else f" {_text(ok, named)}"
            bad = "" if err is None else f" (error {_text(err, named)})"
            return f"(result{good}{bad})"
        case t.RecordOf() | t.VariantOf() | t.EnumOf() | t.FlagsOf():
            _definition(type_, named)
            return f"$t{named.setdefault(type_, str(len(named)))}"
    raise AssertionError(f"an echo of {type_} is not written yet")


def _definition(type_: t.Type, named: dict[t.Type, str]) -> str:
    match type_:
        case t.RecordOf(fields):
            return f"(record {' '.join(_member('field', name, part, named) for name, part in fields)})"
        case t.VariantOf(cases):
            return f"(variant {' '.join(_member('case', name, part, named) for name, part in cases)})"
        case t.EnumOf(names):
            return f"(enum {' '.join(map(_quoted, names))})"
        case t.FlagsOf(names):
            return f"(flags {' '.join(map(_quoted, names))})"
    raise AssertionError(f"{type_} needs no name")


def _member(word: str, name: str, part: t.Type | None, named: dict[t.Type, str]) -> str:
    return f"({word} {_quoted(name)}{'' if part is None else ' ' + _text(part, named)})"


def _quoted(name: str) -> str:
    return f'"{name}"'


def _flat(type_: t.Type | None) -> list[str]:
    """The core types that a value becomes, by the canonical ABI's rules."""
    match type_:
        case None:
            return []
        case t.Scalar.S64 | t.Scalar.U64:
            return ["i64"]
        case t.Scalar.F32:
            return ["f32"]
        case t.Scalar.F64:
            return ["f64"]
        case t.Scalar.STRING | t.ListOf():
            return ["i32", "i32"]
        case t.TupleOf(parts):
            return [core for part in parts for core in _flat(part)]
        case t.RecordOf(fields):
            return [core for _, part in fields for core in _flat(part)]
        case t.VariantOf(cases):
            return _flat_cases([part for _, part in cases])
        case t.OptionOf(part):
            return _flat_cases([None, part])
        case t.ResultOf(ok, err):
            return _flat_cases([ok, err])
        case _:
            return ["i32"]


def _flat_cases(payloads: list[t.Type | None]) -> list[str]:
    joined: list[str] = []
    for payload in payloads:
        for at, core in enumerate(_flat(payload)):
            if at == len(joined):
                joined.append(core)
            elif joined[at] != core:
                joined[at] = "i32" if {joined[at], core} == {"i32", "f32"} else "i64"
    return ["i32", *joined]
