"""The pages of the examples, in a browser: what a person types, clicks and reads."""

from __future__ import annotations

from pathlib import Path

import pytest

from apps.browser import Page, needs_chromium, page
from apps.held_answer import holding
from apps.serving import copied, needs, running

pytestmark = needs_chromium


@pytest.fixture
def tab(tmp_path: Path):
    with page(tmp_path / "profile") as opened:
        yield opened


@needs("sentiment")
def test_a_sentence_is_judged(environment: dict[str, str], tmp_path: Path, tab: Page) -> None:
    with running(environment, copied("sentiment", tmp_path), sign="judges it\n") as up:
        tab.open(up.url)
        for sentence, verdict in (
            ("What a wonderful day!", "positive"),
            ("I hate this, it broke twice.", "negative"),
        ):
            tab.evaluate("document.querySelector('#sentence').value = ''")
            tab.type("#sentence", sentence)
            tab.click("button")
            tab.wait_for(
                "!document.querySelector('button').disabled && document.querySelector('#verdict').className"
            )
            assert tab.text("#verdict") == verdict
        assert up.end() == 0


@needs("chat-stream")
def test_an_answer_arrives_in_pieces(environment: dict[str, str], tmp_path: Path, tab: Page) -> None:
    folder = copied("chat-stream", tmp_path)
    with (
        holding(folder, "The capital", " of", " Italy", " is Rome", ".") as go_on,
        running(environment, folder, sign="piece by piece\n") as up,
    ):
        tab.open(up.url)
        tab.type("#question", "What is the capital of Italy?")
        tab.click("form button")
        tab.wait_for("document.querySelectorAll('#answer span').length")
        assert tab.text("#answer") == "The capital"  # while the guest waits for the next piece
        go_on.set()
        tab.wait_for("document.querySelector('#figures').textContent.includes('pieces')")
        assert tab.text("#answer") == "The capital of Italy is Rome."
        pieces = tab.evaluate("document.querySelectorAll('#answer span').length")
        assert pieces > 1
        assert tab.text("#figures").startswith(f"{pieces} pieces: the first after ")
        assert up.end() == 0
