"""The app's tests, with a model that answers by script: `pytest`, once it is built."""

import pytest

from spinfer.testing import Failure, Scripted


@pytest.fixture
def model():
    return Scripted({"capital of Italy": " Rome.", "capital of France": Failure("out of memory")})


@pytest.fixture
def app(spinfer_app, model):
    return spinfer_app(models={"llama2-chat": model})


def test_a_question(app, model):
    answer = app.post("PROJECT_BASE/", "What is the capital of Italy?\n")
    assert (answer.status, answer.text) == (200, "Rome.\n")
    assert model.prompts == ("What is the capital of Italy?",)


def test_without_a_question(app, model):
    assert app.get("PROJECT_BASE/").status == 400
    assert model.prompts == ()


def test_a_model_that_fails(app):
    assert app.post("PROJECT_BASE/", "What is the capital of France?").status == 500
    assert "out of memory" in app.stdout()
