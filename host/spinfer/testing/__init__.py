"""Tests of apps: an app served in this process, with models that answer by script and stores in memory.

    from spinfer.testing import App, Scripted

    def test_a_good_review() -> None:
        model = Scripted({"wonderful": "positive"})
        with App("spin.toml", models={"llama2-chat": model}) as app:
            answer = app.post("/api/sentiment", "What a wonderful day!")
            assert answer.json() == {"sentiment": "positive"}
            assert model.prompts[0].endswith("What a wonderful day!")

pytest has the fixture `spinfer_app`, which makes such apps and ends them with the test. What is here is
public: names and behaviour stay.
"""

from spinfer.testing.app import App
from spinfer.testing.client import Response
from spinfer.testing.scripted import Failure, Reply, Scripted

__all__ = ["App", "Failure", "Reply", "Response", "Scripted"]
