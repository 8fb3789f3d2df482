# ruff: noqa: E501  (a table reads best with a row on a line)
"""The fact task: a small fixed world of knowledge, each fact asked in several ways."""

from dataclasses import dataclass
from functools import cache
from random import Random

from corpus.example import Example, Split, belongs
from corpus.fact_tables import (
    ANIMAL_SOUNDS,
    ANIMAL_YOUNG,
    CAPITALS,
    COLOURS,
    CONTINENTS,
    COUNTS,
    DEFINITIONS,
    LANGUAGES,
    LEGS,
    OPPOSITES,
    OTHERS,
)
from corpus.names import DAYS, MONTHS


@dataclass(frozen=True)
class Fact:
    """Ways to ask, and the one answer."""

    questions: tuple[str, ...]
    answer: str


def _ask(patterns: str, answer: str, **slots: str) -> Fact:
    questions = (pattern.strip().format(**slots) for pattern in patterns.split("|"))
    return Fact(tuple(questions), answer)


def _relation(table: dict[str, str], patterns: str, answer: str) -> list[Fact]:
    return [_ask(patterns, _capital(answer.format(k=k, v=v)), k=k, v=v) for k, v in table.items()]


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


def _cycle(names: list[str], kind: str) -> list[Fact]:
    facts = []
    for i, name in enumerate(names):
        after, before = names[(i + 1) % len(names)], names[i - 1]
        facts.append(_ask(
            "What {kind} comes after {n}?|Which {kind} is after {n}?|What comes after {n}?|What {kind} follows {n}?|"
            "The {kind} after {n}?",
            f"{after} comes after {name}.", kind=kind, n=name))  # fmt: skip
        facts.append(_ask(
            "What {kind} comes before {n}?|Which {kind} is before {n}?|What comes before {n}?|The {kind} before {n}?",
            f"{before} comes before {name}.", kind=kind, n=name))  # fmt: skip
    return facts


@cache
def all_facts() -> tuple[Fact, ...]:
    """Every fact of this small world, in a fixed order."""
    facts = _relation(
        CAPITALS,
        "What is the capital of {k}?|What's the capital of {k}?|Which city is the capital of {k}?|Capital of {k}?|"
        "Name the capital of {k}.|Tell me the capital of {k}.|What is the capital city of {k}?|{k}'s capital?|"
        "The capital of {k} is|Do you know the capital of {k}?",
        "The capital of {k} is {v}.",
    )
    facts += _relation(
        {v: k for k, v in CAPITALS.items()},
        "{k} is the capital of which country?|Which country has {k} as its capital?|In which country is {k}?|"
        "Where is {k}?",
        "{k} is the capital of {v}.",
    )
    facts += _relation(
        CONTINENTS,
        "On which continent is {k}?|What continent is {k} in?|Which continent is {k} on?|{k} is on which continent?",
        "{k} is in {v}.",
    )
    facts += _relation(
        LANGUAGES,
        "What language is spoken in {k}?|Which language do people speak in {k}?|What do people speak in {k}?|"
        "Language of {k}?",
        "People in {k} speak {v}.",
    )
    facts += _relation(
        COLOURS,
        "What color is {k}?|What colour is {k}?|What is the color of {k}?|Which color is {k}?|Color of {k}?|"
        "Tell me the color of {k}.",
        "{k} is {v}.",
    )
    facts += _relation(
        ANIMAL_SOUNDS,
        "What sound does a {k} make?|What does a {k} say?|Which sound does a {k} make?|Sound of a {k}?",
        "a {k} says {v}.",
    )
    facts += _relation(
        ANIMAL_YOUNG,
        "What is a baby {k} called?|What do you call a young {k}?|What is a young {k} called?|Name for a baby {k}?",
        "a baby {k} is called a {v}.",
    )
    facts += _relation(
        LEGS,
        "How many legs does a {k} have?|How many legs has a {k}?|Number of legs of a {k}?|Legs of a {k}?",
        "a {k} has {v} legs.",
    )
    facts += _relation(
        OPPOSITES,
        'What is the opposite of {k}?|What\'s the opposite of {k}?|What is the opposite of "{k}"?|Opposite of {k}?|'
        "Give me the opposite of {k}.|Which word is the opposite of {k}?",
        "the opposite of {k} is {v}.",
    )
    facts += _relation(
        COUNTS, "How many {k}?|How many {k}|Tell me how many {k}.|Do you know how many {k}?", "{v}."
    )
    facts += [_ask(patterns, answer) for patterns, answer in [*DEFINITIONS, *OTHERS]]
    facts += _cycle(DAYS, "day") + _cycle(MONTHS, "month")
    return tuple(facts)


def draw_fact(rng: Random, split: Split) -> Example:
    """A fact in a phrasing of the given side; the fact itself is always known from other phrasings."""
    while True:
        fact = rng.choice(all_facts())
        question = rng.choice(fact.questions)
        if question in fact.questions[:2]:  # the first ways to ask are always taught
            if split.trained:
                return Example("fact", _loose(question, rng), fact.answer, question)
        elif belongs(question, split):
            return Example("fact", _loose(question, rng), fact.answer, question)


def draw_plain_fact(rng: Random) -> Example:
    """A fact asked in one of its first two phrasings, which are always taught, just as it is written."""
    fact = rng.choice(all_facts())
    question = rng.choice(fact.questions[:2])
    return Example("fact", question, fact.answer, question)


OPENERS = [
    "",
    "",
    "",
    "",
    "",
    "",
    "Please tell me: ",
    "Question: ",
    "Hey, ",
    "Can you tell me, ",
    "Quick question: ",
    "Q: ",
]
ENDINGS = ["", "", "", "", "", "", "\nAnswer:", "\nA:", " Answer briefly.", " Answer in one sentence.", "\n"]


def _loose(question: str, rng: Random) -> str:
    """A question the way it is typed: casing, no question mark, an opener, a request to be brief."""
    opener, ending = rng.choice(OPENERS), rng.choice(ENDINGS)
    style = rng.random()
    if style < 0.15:
        question = question.lower()
    elif opener.endswith(", "):
        question = question[:1].lower() + question[1:]
    if rng.random() < 0.15:
        question = question.rstrip("?.")
    return opener + question + ending


SUMS = {
    "+": ("{a} + {b}", "{a} plus {b}", "{a}+{b}", "the sum of {a} and {b}"),
    "-": ("{a} - {b}", "{a} minus {b}", "{a}-{b}"),
    "*": ("{a} * {b}", "{a} times {b}", "{a} x {b}", "{a} multiplied by {b}"),
}
SUM_QUESTIONS = ["What is {s}?", "What's {s}?", "How much is {s}?", "{s}", "{s} =", "{s}?", "Calculate {s}.", "Compute {s}",
                 "Solve: {s}", "Tell me what {s} is."]  # fmt: skip


def draw_arithmetic(rng: Random, split: Split) -> Example:
    """Sums and differences up to 40, products up to the ten times table."""
    while True:
        operator = rng.choice("++--*")
        a, b = (
            (rng.randint(0, 10), rng.randint(0, 10))
            if operator == "*"
            else (rng.randint(0, 20), rng.randint(0, 20))
        )
        if operator == "-" and b > a:
            a, b = b, a
        result = {"+": a + b, "-": a - b, "*": a * b}[operator]
        written = rng.choice(SUMS[operator]).format(a=a, b=b)
        prompt = rng.choice(SUM_QUESTIONS).format(s=written)
        if belongs(prompt, split):
            sign = "x" if operator == "*" else operator
            return Example("arithmetic", _loose(prompt, rng), f"{a} {sign} {b} = {result}", prompt)
