"""Apps under test, with real guests: what is theirs alone, what can be seen of them, how they end."""

from __future__ import annotations

import json
import threading
from pathlib import Path

import pytest

from apps.serving import needs
from fakes import wat_http, wat_http_llm
from guests import COMPILED, SDK_ENVIRONMENT, app, example
from spinfer.errors import ComponentError, ConfigError
from spinfer.testing import App, Failure, Reply, Scripted

CACHE = COMPILED
STORES = Path(__file__).parents[1] / "apps" / "stores"
MANIFEST = """
spin_manifest_version = 2
application.name = "app"
[[trigger.http]]
route = "/hello"
component = "hello"
[component.hello]
source = "hello.wat"
ai_models = ["words", "story"]
[[trigger.http]]
route = "/trap"
component = "trap"
[component.trap]
source = "trap.wat"
[[trigger.http]]
route = "/tea"
static_response = { status_code = 418, headers = { x-tea = "green" }, body = "short" }
"""
needs_sdk = pytest.mark.skipif(not SDK_ENVIRONMENT.is_dir(), reason=f"{SDK_ENVIRONMENT.name}: `make guests`")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "spin.toml").write_text(MANIFEST)
    (tmp_path / "hello.wat").write_bytes(wat_http_llm.asking("words", "a text", "story", "Go on"))
    (tmp_path / "trap.wat").write_bytes(wat_http.guest("unreachable", b""))
    return tmp_path


def test_scripted_models(folder: Path) -> None:
    words, story = Scripted(dimensions=3), Scripted({"Go on": "and on"})
    with App(folder, models={"words": words, "story": story}, cache=CACHE) as app:
        body = app.get("/hello").body
    assert (len(body), body[12:]) == (3 * 4 + len("and on"), b"and on")
    assert (words.embedded, story.prompts) == ((("a text",),), ("Go on",))
    assert story.requests[0].params.max_tokens == 40


def test_a_failure_and_a_trap(folder: Path, caplog: pytest.LogCaptureFixture) -> None:
    models = {"words": Scripted(), "story": Scripted(Failure("enough"))}
    with App(folder, models=models, cache=CACHE) as app:
        assert app.get("/hello").status == 500
        assert app.get("/trap").status == 500
    assert "component `trap`, route `/trap`: it trapped" in caplog.text


def test_a_response(folder: Path) -> None:
    with App(folder / "spin.toml", models={"*": "builtin"}, cache=CACHE) as app:
        tea = app.get("/tea")
        assert (tea.status, tea.text, tea.headers["X-Tea"]) == (418, "short", "green")
        assert app.get("/nothing").status == 404
        assert app.url.startswith("http://127.0.0.1:")


def test_a_client_without_patience(folder: Path) -> None:
    models = {"words": Scripted(), "story": Scripted(Reply("late", delay_s=600))}
    with App(folder, models=models, cache=CACHE) as app, pytest.raises(TimeoutError):
        app.get("/hello", timeout_s=0.3)


def test_closing_ends_what_is_under_way(folder: Path) -> None:
    before = set(threading.enumerate())
    story = Scripted(Reply("late", delay_s=600))
    app = App(folder, models={"words": Scripted(), "story": story}, cache=CACHE)
    failed: list[object] = []

    def ask() -> None:
        try:
            failed.append(app.get("/hello").status)
        except ConnectionError as e:
            failed.append(e)

    asking = threading.Thread(target=ask)
    asking.start()
    while not story.requests:
        asking.join(0.01)
    app.close()
    asking.join(60)
    assert failed
    app.close()
    left = [thread for thread in threading.enumerate() if thread not in before]
    assert not [thread for thread in left if thread.name.startswith("spinfer")], left


def test_an_app_that_cannot_be_loaded(tmp_path: Path) -> None:
    (tmp_path / "spin.toml").write_text(MANIFEST)
    with pytest.raises(ComponentError, match=r"hello.wat: component `hello` does not exist"):
        App(tmp_path)


@needs_sdk
def test_stores_are_new_and_can_be_looked_into() -> None:
    folder = app(STORES)
    with App(folder, key_value={"a": "1"}, sqlite=["CREATE TABLE t (x)"], cache=CACHE) as first:
        assert first.get("/key/a").text == "1"
        assert first.post("/key/b", b"\xff").body == b"\xff"
        assert sorted(first.key_value().keys()) == ["a", "b"]
        assert first.key_value().get("b") == b"\xff"
        first.key_value().set("c", b"3")
        assert first.get("/keys").json() == ["a", "b", "c"]
        assert json.loads(first.post("/sql", "INSERT INTO t VALUES (1), ('two')").body) == [[], []]
        assert first.sqlite("SELECT x FROM t WHERE x <> ?", 1) == [("two",)]
        with App(folder, cache=CACHE) as second:
            assert second.get("/keys").json() == []
        with pytest.raises(ConfigError, match="no component was granted a database `other`"):
            first.sqlite("SELECT 1", label="other")
        with pytest.raises(TypeError, match="name one of the components: stores, poor"):
            first.stdout()
        assert first.stdout("poor") == ""
    assert not (folder / ".spin").exists()


@needs("sentiment")
def test_what_a_component_prints() -> None:
    model = Scripted({"wonderful": "positive"})
    with App(example("sentiment"), models={"llama2-chat": model}, cache=CACHE) as app:
        answer = app.post("/api/sentiment", "What a wonderful day!")
        assert answer.json() == {"sentiment": "positive"}
        assert app.stdout() == "positive: What a wonderful day!\n"
        assert app.post("/api/sentiment", json={"a": 1}).status == 500
        assert "has no reply to this prompt" in app.stderr()


@needs("sentiment")
def test_what_a_component_prints_is_waited_for() -> None:
    model = Scripted(Reply("positive", delay_s=0.3))
    with App(example("sentiment"), models={"llama2-chat": model}, cache=CACHE) as app:
        asking = threading.Thread(target=app.post, args=("/api/sentiment", "A day, at last!"))
        asking.start()
        while not model.prompts:
            asking.join(0.01)
        assert app.stdout() == "positive: A day, at last!\n"
        asking.join()


def test_one_body(folder: Path) -> None:
    with App(folder, cache=CACHE) as app, pytest.raises(TypeError, match="one body"):
        app.post("/tea", "a", json=1)
