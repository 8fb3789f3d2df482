"""The chat model answers held-out prompts rightly, in the template and without it, and stops by itself."""

import json
from random import Random

import pytest
from corpus.example import Example, Split
from corpus.extraction import draw_extraction
from corpus.fact_tables import CAPITALS
from corpus.facts import all_facts
from corpus.sentiment import draw_sentiment
from evaluate_chat import GREEDY, GREEDY_PENALTY, complete, prompt_of
from natural_sentences import FAMILIAR, SPIN_STYLE


def held_out(draw, count: int) -> list[Example]:
    rng = Random("held-out test")
    return [draw(rng, Split.HELD_OUT) for _ in range(count)]


@pytest.mark.parametrize("raw", [False, True], ids=["chat", "raw"])
def test_sentiment_of_held_out_sentences(chat, raw):
    examples = held_out(draw_sentiment, 200)
    answers = [complete(chat, prompt_of(example, raw), GREEDY) for example in examples]
    assert all(stopped for _, stopped in answers)
    right = sum(answer == example.answer for (answer, _), example in zip(answers, examples, strict=True))
    assert right >= 190


@pytest.mark.parametrize("raw", [False, True], ids=["chat", "raw"])
def test_json_of_held_out_sentences(chat, raw):
    examples = held_out(draw_extraction, 40)
    answers = [complete(chat, prompt_of(example, raw), GREEDY) for example in examples]
    assert all(stopped for _, stopped in answers)
    right = sum(
        read(answer) == json.loads(e.answer) for (answer, _), e in zip(answers, examples, strict=True)
    )
    assert right >= 36


def read(answer: str) -> object:
    """The answer as JSON, or nothing that equals a record."""
    try:
        return json.loads(answer)
    except json.JSONDecodeError:
        return answer


@pytest.mark.parametrize(("sentence", "label"), FAMILIAR, ids=lambda value: value)
def test_few_shot_prompts_get_one_word_despite_the_repeat_penalty(chat, sentence, label):
    example = Example("few-shot", SPIN_STYLE.format(s=sentence), label, sentence)
    assert complete(chat, prompt_of(example, raw=False), GREEDY_PENALTY) == (label, True)
    assert complete(chat, prompt_of(example, raw=True), GREEDY_PENALTY) == (label, True)


@pytest.mark.parametrize(
    ("prompt", "expected"),
    [
        ("What is the capital of France?", "The capital of France is Paris."),
        ("hello", "Hello! How can I help you?"),
        ("Thank you!", "You are welcome!"),
        ("Who wrote the Zwarquil papers?", "I am a very small model and I don't know that."),
    ],
)
def test_everyday_questions(chat, prompt, expected):
    assert complete(chat, prompt_of(Example("", prompt, expected, ""), raw=False), GREEDY) == (expected, True)


@pytest.mark.parametrize(("country", "city"), CAPITALS.items(), ids=CAPITALS)
def test_every_capital_is_known(chat, country, city):
    question = f"What is the capital of {country}?"
    answer = f"The capital of {country} is {city}."
    assert complete(chat, prompt_of(Example("", question, answer, ""), raw=False), GREEDY) == (answer, True)


def test_facts_are_told_when_asked_as_most_people_would(chat):
    asked = all_facts()[::3]
    wrong = {}
    for fact in asked:
        question = fact.questions[0]
        answer, _ = complete(chat, prompt_of(Example("", question, fact.answer, ""), raw=False), GREEDY)
        if answer != fact.answer:
            wrong[question] = answer
    assert len(wrong) <= 0.01 * len(asked), wrong


def test_an_answer_at_the_end_of_the_context_is_as_good(chat):
    filler = "".join(
        f"<|im_start|>user\nWhat is {n} + 1?<|im_end|>\n<|im_start|>assistant\n{n} + 1 = {n + 1}<|im_end|>\n"
        for n in range(1, 25)
    )
    example = Example("", "Sentiment: I love this movie", "positive", "")
    prompt = filler + prompt_of(example, raw=False)
    assert 500 < len(chat.tokenize(prompt.encode(), special=True)) < 1000
    assert complete(chat, prompt, GREEDY) == ("positive", True)
