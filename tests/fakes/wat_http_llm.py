"""A guest that asks two models for each request: it embeds a text with one and asks the other a question."""

from __future__ import annotations

from fakes.wat_http import FINISH, START, guest
from fakes.wat_run_llm import TYPES

_LOWERED = """(memory (core memory $memory "memory")) (realloc (core func $memory "realloc"))"""
_TEXTS, _EMBEDDED, _ANSWERED = 512, 544, 576
"""Where the list of texts lies, and where both results go."""


def asking(embedder: str, text: str, speaker: str, question: str) -> bytes:
    """It answers with the text's vector, as float32 values, and then with the answer to the question.

    It traps where a model does not answer. The question is asked with temperature 0.
    """
    data = b"".join(each.encode() for each in (embedder, text, speaker, question))
    places = []
    at = 1024
    for each in (embedder, text, speaker, question):
        places.append(f"(i32.const {at}) (i32.const {len(each.encode())})")
        at += len(each.encode())
    text_at, text_length = places[1].split(") (")
    program = f"""
      (i32.store (i32.const {_TEXTS}) {text_at}))
      (i32.store (i32.const {_TEXTS + 4}) ({text_length})
      (call $embed {places[0]} (i32.const {_TEXTS}) (i32.const 1) (i32.const {_EMBEDDED}))
      (if (i32.load8_u (i32.const {_EMBEDDED})) (then unreachable))
      (call $infer {places[2]} {places[3]} (i32.const 1) (i32.const 40) (f32.const 1) (i32.const 0)
        (f32.const 0) (i32.const 40) (f32.const 1) (i32.const {_ANSWERED}))
      (if (i32.load8_u (i32.const {_ANSWERED})) (then unreachable))
      {START}
      (call $write (local.get $out) (i32.load (i32.load (i32.const {_EMBEDDED + 4})))
        (i32.mul (i32.const 4) (i32.load offset=4 (i32.load (i32.const {_EMBEDDED + 4})))) (i32.const 32))
      (call $write (local.get $out) (i32.load (i32.const {_ANSWERED + 4}))
        (i32.load (i32.const {_ANSWERED + 8})) (i32.const 32))
      {FINISH}
    """
    component = guest(program, data).decode()
    for before, after in (
        (
            "(core module $Memory",
            f'(import "fermyon:spin/llm@2.0.0" (instance $llm {TYPES}))\n(core module $Memory',
        ),
        (
            "(core instance $memory (instantiate $Memory))",
            f"""(core instance $memory (instantiate $Memory))
            (core func $infer (canon lower (func $llm "infer") {_LOWERED}))
            (core func $embed (canon lower (func $llm "generate-embeddings") {_LOWERED}))""",
        ),
        (
            '(import "memory" "memory" (memory 1))',
            """(import "memory" "memory" (memory 1))
            (import "" "infer" (func $infer (param i32 i32 i32 i32 i32 i32 f32 i32 f32 i32 f32 i32)))
            (import "" "embed" (func $embed (param i32 i32 i32 i32 i32)))""",
        ),
        (
            '(with "" (instance ',
            '(with "" (instance (export "infer" (func $infer)) (export "embed" (func $embed)) ',
        ),
    ):
        assert component.count(before) == 1, before
        component = component.replace(before, after)
    return component.encode()
