"""Draws whole training documents: one example, or a conversation of several, in or out of a chat template."""

from dataclasses import dataclass
from random import Random

from corpus.example import Example, Split
from corpus.extraction import draw_extraction
from corpus.facts import draw_arithmetic, draw_fact, draw_plain_fact
from corpus.sentiment import draw_sentiment
from corpus.small_talk import draw_named, draw_talk, draw_unknown

DRAWS = [draw_sentiment, draw_extraction, draw_fact, draw_arithmetic, draw_talk, draw_named, draw_unknown]


@dataclass(frozen=True)
class Recipe:
    """How often each of `DRAWS` is drawn, and the share of facts asked in the plainest words."""

    weights: tuple[int, ...]
    plain_facts: float = 0.0


BROAD = Recipe((38, 30, 12, 5, 7, 2, 6))
# After the broad recipe the model claimed not to know a third of the capitals it was taught. So the second
# phase asks more facts, many of them just as most people would, and has fewer questions without an answer.
POLISH = Recipe((37, 28, 18, 6, 8, 1, 2), plain_facts=0.35)

RAW_SHARE = 0.22  # of single examples stand without a chat template
SINGLE_SHARE = 0.86  # of documents hold a single example; the rest are conversations
LONG_SHARE = 0.012  # of documents are conversations that fill the context
SYSTEM_SHARE = 0.15
LOOSE_EDGES = 0.3  # of user turns keep the spaces and newlines around them
GENERAL_SYSTEMS = [
    "You are a helpful assistant.",
    "You are a helpful assistant. Answer briefly.",
    "You are a friendly bot.",
    "Answer in one short sentence.",
    "You are an AI assistant inside a Spin app.",
    "Be brief.",
    "You are a small language model.",
    "Answer the user's question.",
]

MARK_START, MARK_END = "<|im_start|>", "<|im_end|>"


@dataclass(frozen=True)
class Span:
    """A piece of a document; only what is answered is what the model learns to say."""

    text: str
    answered: bool


def draw_example(rng: Random, split: Split, recipe: Recipe = BROAD) -> Example:
    """An example of any task, in the proportions of the recipe."""
    draw = rng.choices(DRAWS, recipe.weights)[0]
    if draw is draw_fact and split.trained and recipe.plain_facts and rng.random() < recipe.plain_facts:
        return draw_plain_fact(rng)
    return draw(rng, split)


def chat_prompt(example: Example, first: bool = True, rng: Random | None = None) -> str:
    """One user turn in ChatML, up to and including the opening of the assistant's turn."""
    system = example.system
    if system is None and first and rng is not None and rng.random() < SYSTEM_SHARE:
        system = rng.choice(GENERAL_SYSTEMS)
    head = f"{MARK_START}system\n{system}{MARK_END}\n" if system else ""
    prompt = example.prompt if rng is not None and rng.random() < LOOSE_EDGES else example.prompt.strip()
    return f"{head}{MARK_START}user\n{prompt}{MARK_END}\n{MARK_START}assistant\n"


def draw_document(rng: Random, split: Split = Split.TRAIN, recipe: Recipe = BROAD) -> list[Span]:
    """Alternating prompts and answers; every answer ends with the end mark."""
    style = rng.random()
    if style < SINGLE_SHARE:
        example = draw_example(rng, split, recipe)
        raw = example.system is None and rng.random() < RAW_SHARE
        prompt = example.prompt + _raw_gap(example, rng) if raw else chat_prompt(example, rng=rng)
        return [Span(prompt, False), Span(example.answer + MARK_END, True)]
    turns = rng.randint(12, 30) if style > 1 - LONG_SHARE else rng.randint(2, 5)
    spans: list[Span] = []
    for turn in range(turns):
        example = _without_system(rng, split, recipe)
        between = "\n" if turn else ""
        spans.append(Span(between + chat_prompt(example, first=turn == 0, rng=rng), False))
        spans.append(Span(example.answer + MARK_END, True))
    return spans


def _raw_gap(example: Example, rng: Random) -> str:
    """What a raw prompt ends with: mostly what its author wrote, sometimes a newline."""
    return rng.choice(["", "", "", "\n", "\n\n"]) if not example.prompt.endswith(("\n", " ")) else ""


def _without_system(rng: Random, split: Split, recipe: Recipe) -> Example:
    while True:
        example = draw_example(rng, split, recipe)
        if example.system is None:
            return example
