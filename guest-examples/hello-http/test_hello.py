"""The app's own tests: `pytest`, once it is built."""


def test_everybody_is_greeted_by_name(spinfer_app):
    answer = spinfer_app().get("/hello/Ada%20Lovelace")
    assert (answer.status, answer.text) == (200, "Hello, Ada Lovelace!\n")
    assert answer.headers["content-type"] == "text/plain; charset=utf-8"


def test_other_paths(spinfer_app):
    assert spinfer_app().get("/other").status == 404
