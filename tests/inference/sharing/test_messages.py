"""Errors that go from one process to another."""

from __future__ import annotations

import inspect
import pickle

import pytest

from spinfer import errors
from spinfer.errors import Busy, InferenceError, ModelError, Problem
from spinfer.inference.sharing.messages import Failed

KINDS = [kind for _, kind in inspect.getmembers(errors, inspect.isclass) if issubclass(kind, InferenceError)]


@pytest.mark.parametrize("kind", KINDS)
def test_an_error_keeps_its_kind_and_its_text(kind: type[InferenceError]) -> None:
    error = _crossed(kind("model 'größer': \ud800 {x}"))
    assert type(error) is kind
    assert str(error) == "model 'größer': \ud800 {x}"


def test_there_are_some_kinds() -> None:
    assert Busy in KINDS


def test_an_operators_error_keeps_its_problems() -> None:
    problems = (Problem("no such file", "a.gguf", "Put it there."), Problem("another"))
    error = _crossed(ModelError.listing(problems))
    assert type(error) is ModelError
    assert error.problems == problems


def test_an_error_of_elsewhere_becomes_the_nearest_that_is_known() -> None:
    class Particular(Busy):
        def __init__(self, one: int, two: int) -> None:
            super().__init__(f"{one} of {two}")

    error = _crossed(Particular(1, 2))
    assert type(error) is Busy
    assert str(error) == "1 of 2"


def _crossed(error):
    return pickle.loads(pickle.dumps(Failed.of(error))).error
