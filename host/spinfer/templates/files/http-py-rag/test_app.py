"""The app's tests, with models that answer by script: `pytest`, once it is built."""

import pytest

from spinfer.testing import Scripted

FACTS = [
    "The office opens at eight.",
    "Lunch is at noon.",
    "The lift is out of order.",
    "Bread is baked daily.",
]


@pytest.fixture
def chat():
    return Scripted({"open": "At eight."})


@pytest.fixture
def app(spinfer_app, chat):
    return spinfer_app(models={"llama2-chat": chat, "all-minilm-l6-v2": Scripted(dimensions=16)})


def test_an_answer_comes_from_what_was_kept(app, chat):
    assert app.post("PROJECT_BASE/documents", "\n".join(FACTS)).json() == {"kept": 4}
    answer = app.post("PROJECT_BASE/ask", "When does the office open?").json()
    assert answer["answer"] == "At eight."
    assert len(answer["facts"]) == 3
    assert set(answer["facts"]) < set(FACTS)
    (prompt,) = chat.prompts
    assert all(fact in prompt for fact in answer["facts"])


def test_documents_are_kept_once(app):
    for _ in range(2):
        app.post("PROJECT_BASE/documents", FACTS[0])
    assert app.sqlite("SELECT text FROM documents") == [(FACTS[0],)]


def test_other_requests(app):
    assert app.post("PROJECT_BASE/ask", " ").status == 400
    assert app.get("PROJECT_BASE/documents").status == 400
