"""wasmtime's reports, taken apart."""

from __future__ import annotations

import pytest

from spinfer.bindings import layout
from spinfer.bindings.traps import Trapped, from_error, sentences_of

REPORTS = [
    ("plain", ["plain"]),
    ("plain\nand more\n", ["plain"]),
    (
        "error while executing at wasm backtrace:\n    0:   0x54 - M!deep\n    1:   0x5d - M!main\n"
        "\nCaused by:\n    wasm trap: interrupt",
        ["wasm trap: interrupt"],
    ),
    (
        "component imports instance `a:b/c`, but a matching one was not found in the linker\n"
        "\nCaused by:\n    0: instance export `f` has the wrong type\n    1: it is missing",
        [
            "component imports instance `a:b/c`, but a matching one was not found in the linker",
            "instance export `f` has the wrong type",
            "it is missing",
        ],
    ),
    (
        "outer\n\nCaused by:\n    0: one\n       goes on\n    1: two\n       12: no cause",
        ["outer", "one", "two"],
    ),
    (
        "outer\n\nCaused by:\n    BUG: one\n    location: x.rs:1\n\n    and a long story",
        ["outer", "BUG: one"],
    ),
    ("error while executing at wasm backtrace:\n    0: x", ["error while executing at wasm backtrace:"]),
]


@pytest.mark.parametrize(("report", "sentences"), REPORTS)
def test_a_report_is_its_sentences(report, sentences):
    assert sentences_of(report) == sentences


def test_an_error_of_our_own_making_comes_back_as_a_trap_without_a_code():
    trapped = from_error(layout.new_error(b"the disk is full"))
    assert isinstance(trapped, Trapped)
    assert (trapped.message, trapped.code, trapped.frames) == ("the disk is full", None, ())
