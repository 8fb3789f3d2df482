"""The app's own tests, with an embedding model that answers by script: `pytest`, once it is built."""

import pytest

from spinfer.testing import Scripted

TEXTS = [
    "Bread is baked daily.",
    "Lunch is at noon.",
    "The lift is out of order.",
    "The office opens at eight.",
]


@pytest.fixture
def model():
    return Scripted(dimensions=16)


@pytest.fixture
def app(spinfer_app, model):
    return spinfer_app(models={"all-minilm-l6-v2": model})


def test_the_same_text_is_the_nearest(app, model):
    assert app.post("/documents", "\n".join(TEXTS)).json() == {"kept": 4}
    found = app.get("/search?q=Lunch+is+at+noon.").json()
    assert found[0] == {"likeness": 1.0, "text": "Lunch is at noon."}
    assert len(found) == 3
    assert model.embedded == (tuple(TEXTS), ("Lunch is at noon.",))


def test_documents_are_kept_once(app):
    for _ in range(2):
        app.post("/documents", TEXTS[0])
    assert app.sqlite("SELECT text FROM documents") == [(TEXTS[0],)]


def test_requests_without_texts(app, model):
    assert app.post("/documents", " \n").status == 400
    assert app.get("/search").status == 400
    assert app.get("/documents").status == 405
    assert model.embedded == ()
