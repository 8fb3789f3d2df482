"""The app's own tests, with a model that answers by script: `pytest`, once it is built."""

import pytest

from spinfer.testing import Failure, Scripted


@pytest.fixture
def model():
    return Scripted({"wonderful": "Positive.", "broke": Failure("out of memory")}, default="negative\n")


@pytest.fixture
def app(spinfer_app, model):
    return spinfer_app(models={"llama2-chat": model})


def judge(app, sentence):
    return app.post("/api/sentiment", sentence)


def test_a_good_day(app, model):
    assert judge(app, "What a  wonderful day!").json() == {"sentiment": "positive"}
    (asked,) = model.requests
    assert asked.prompt.endswith("neutral: What a wonderful day!")
    assert (asked.params.max_tokens, asked.params.temperature) == (8, 0)


def test_every_judgement_is_printed(app):
    for sentence in ("I hate this.", "What a wonderful day!"):
        judge(app, sentence)
    assert app.stdout() == "negative: I hate this.\npositive: What a wonderful day!\n"


def test_an_answer_that_is_no_verdict(spinfer_app):
    vague = spinfer_app(models={"llama2-chat": Scripted("Who knows?")})
    assert judge(vague, "It is Tuesday.").json() == {"sentiment": "unsure"}


def test_a_model_that_fails(app):
    assert judge(app, "It broke twice.").status == 500


def test_without_a_sentence(app, model):
    assert judge(app, " \n").status == 400
    assert app.get("/api/sentiment").status == 405
    assert model.prompts == ()


def test_the_page(app):
    page = app.get("/")
    assert page.headers["content-type"] == "text/html; charset=utf-8"
    assert '<form id="form">' in page.text
    assert app.get("/nothing").status == 404
