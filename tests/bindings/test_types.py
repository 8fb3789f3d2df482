"""Types describe themselves as WIT would, compare by structure, and name what cannot cross."""

from __future__ import annotations

import pytest
from wasmtime import component as wasm

from spinfer.bindings import introspection
from spinfer.bindings import types as t
from spinfer.bindings.types import Scalar

TEXTS = [
    (Scalar.U8, "u8"),
    (t.ListOf(t.ListOf(Scalar.F32)), "list<list<f32>>"),
    (t.TupleOf((Scalar.STRING, t.ListOf(Scalar.U8))), "tuple<string, list<u8>>"),
    (
        t.RecordOf((("max-tokens", Scalar.U32), ("text", Scalar.STRING))),
        "record{max-tokens: u32, text: string}",
    ),
    (t.VariantOf((("closed", None), ("failed", Scalar.STRING))), "variant{closed, failed(string)}"),
    (t.EnumOf(("get", "post")), "enum{get, post}"),
    (t.FlagsOf(("read", "write")), "flags{read, write}"),
    (t.OptionOf(Scalar.CHAR), "option<char>"),
    (t.ResultOf(None, None), "result"),
    (t.ResultOf(Scalar.U8, None), "result<u8>"),
    (t.ResultOf(None, Scalar.U8), "result<_, u8>"),
    (t.ResultOf(Scalar.U8, Scalar.STRING), "result<u8, string>"),
    (t.HandleOf("fields", 1, owned=True), "own<fields>"),
    (t.HandleOf("fields", None, owned=False), "borrow<fields>"),
]


@pytest.mark.parametrize(("type_", "text"), TEXTS, ids=[text for _, text in TEXTS])
def test_a_type_is_written_as_in_wit(type_, text):
    assert str(type_) == text


@pytest.mark.parametrize(("type_", "text"), TEXTS[:-2], ids=[text for _, text in TEXTS[:-2]])
def test_a_component_says_the_same_of_its_types(echo, type_, text):
    assert str(echo(type_).export("echo").type) == f"func(x: {text}) -> {text}"


def test_functions_that_are_written_alike_are_equal():
    def function(*, is_async: bool) -> t.FunctionType:
        return t.FunctionType((("x", t.ListOf(Scalar.U8)),), None, is_async)

    assert function(is_async=False) == function(is_async=False)
    assert hash(function(is_async=False)) == hash(function(is_async=False))
    assert str(function(is_async=True)) == "async func(x: list<u8>)"


def test_what_cannot_cross_is_named_wherever_it_hides():
    stream = t.Opaque("stream")
    whole = t.RecordOf(
        (
            ("a", t.ListOf(t.OptionOf(stream))),
            ("b", t.VariantOf((("x", None), ("y", t.ResultOf(None, t.Opaque("future")))))),
            ("c", t.TupleOf((t.HandleOf("theirs", None, owned=True), t.HandleOf("ours", 1, owned=True)))),
        )
    )
    assert t.opaque_parts(whole) == {"stream", "future", "resource `theirs`"}
    assert t.opaque_parts(t.RecordOf((("a", Scalar.U8),))) == set()


def test_streams_and_futures_are_read_as_opaque(engine):
    component = wasm.Component(
        engine,
        '(component (import "x" (func (param "s" (stream u8)) (result (future string)))))',
    )
    (items,) = introspection.imported(engine, component)
    type_ = introspection.function_type(items.functions["x"], introspection.KnownResources())
    assert str(type_) == "func(s: stream) -> future"
