"""Draws pairs of sentences that mean the same, for the embedding model."""

from dataclasses import dataclass
from random import Random

from corpus import scenes
from corpus.example import Split, belongs
from corpus.extraction import GOODS, SCHEMAS, draw_value
from corpus.facts import all_facts
from corpus.intents import INTENTS, SYNONYMS
from corpus.names import DAYS, JOBS, draw_city, draw_full_name
from corpus.sentences import ADJECTIVES, FEELINGS, draw_sentence
from corpus.small_talk import DEEDS, TALK, TOPICS

TOPIC_FRAMES = [
    "{a}",
    "I think {a}",
    "please note: {a}",
    "they said that {a}",
    "it seems that {a}",
    "did you know that {a}",
    "question: {a}",
    "{a}, as I said",
]
SYNONYM_FRAMES = [
    "the {thing} is {w}",
    "{w}",
    "this {w} {thing}",
    "I saw a {w} today",
    "my {thing} and the {w}",
    "{name} talks about {w}",
    "a {w} in {city}",
    "it was very {w}",
]
Meant = tuple[str, str, str]  # two sentences and what they mean


@dataclass(frozen=True)
class Pair:
    """Two sentences of one meaning, and the key that holds the pair out.

    `meaning` is equal for pairs that say much the same, which must not stand as each other's counterexamples.
    """

    first: str
    second: str
    key: str
    meaning: str


def draw_pair(rng: Random, split: Split) -> Pair:
    """A pair whose key falls on the given side."""
    while True:
        maker = rng.choices([_intent, _fact, _record, _opinion, _synonym, _talk], [34, 16, 20, 14, 12, 4])[0]
        first, second, meaning = maker(rng)
        key = "|".join(sorted((first.casefold(), second.casefold())))
        if first.casefold() != second.casefold() and belongs(key, split):
            return Pair(_dress(first, rng), _dress(second, rng), key, meaning or key)


def _two(options: list[str] | tuple[str, ...], rng: Random) -> tuple[str, str]:
    first, second = rng.sample(list(options), 2)
    return first, second


def _intent(rng: Random) -> Meant:
    """Two phrasings of one intent, or an intent and itself inside a frame."""
    phrases = rng.choice(INTENTS) if rng.random() < 0.5 else rng.choice(INTENTS[-24:])
    first, second = _two(phrases, rng)
    slots = {
        "name": draw_full_name(rng),
        "city": draw_city(rng),
        "job": rng.choice(JOBS),
        "day": rng.choice(DAYS),
        "thing": rng.choice(GOODS),
        "deed": rng.choice(DEEDS),
        "topic": rng.choice(TOPICS),
    }
    meaning = phrases[0].format(**slots)
    first, second = first.format(**slots), second.format(**slots)
    return first, rng.choice(TOPIC_FRAMES).format(a=second) if rng.random() < 0.2 else second, meaning


def _fact(rng: Random) -> Meant:
    """Two ways to ask for a fact, or a question and its answer."""
    fact = rng.choice(all_facts())
    return *_two([*fact.questions, fact.answer], rng), fact.answer


def _record(rng: Random) -> Meant:
    """Two sentences that say the same of the same people, things and places."""
    templates = SCHEMAS[rng.choice(list(SCHEMAS))]
    while True:
        first, second = _two(templates, rng)
        shared = _slots(first) & _slots(second)
        if len(shared) * 2 > len(_slots(first) | _slots(second)):
            break
    values: dict[str, str] = {}
    for slot in sorted(_slots(first) | _slots(second), key=lambda s: (s != "name", s)):
        values[slot] = draw_value(slot, values, rng)
    return first.format(**values), second.format(**values), ""


def _slots(template: str) -> set[str]:
    return {part.split("}")[0] for part in template.split("{")[1:]}


def _opinion(rng: Random) -> Meant:
    """One thing judged alike in different words."""
    label = rng.choice(["positive", "negative"])
    thing, owner = rng.choice(scenes.THINGS), rng.choice(scenes.OWNERS)
    if rng.random() < 0.2:
        feelings = rng.sample(FEELINGS[label], 2)
        return f"I am {feelings[0]}", f"I feel {feelings[1]}", f"I feel {label}"
    patterns = [
        "{o} {t} is {a}",
        "{o} {t} was {a}",
        "I find {o} {t} {a}",
        "{a}, that is what {o} {t} was",
        "I think {o} {t} is {a}",
    ]
    first, second = rng.choice(patterns), rng.choice(patterns)
    adjectives = rng.sample(ADJECTIVES[label], 2)
    first, second = (
        first.format(o=owner, t=thing, a=adjectives[0]),
        second.format(o=owner, t=thing, a=adjectives[1]),
    )
    return first, second, f"{thing} {label}"


def _synonym(rng: Random) -> Meant:
    """A sentence, and itself with one word changed for another of the same meaning."""
    group = rng.choice(SYNONYMS)
    old, new = rng.sample(group, 2)
    frame = rng.choice(SYNONYM_FRAMES)
    slots = {"thing": rng.choice(scenes.THINGS), "name": draw_full_name(rng), "city": draw_city(rng)}
    if rng.random() < 0.3:
        sentence = draw_sentence(rng, Split.TRAIN).text
        return f"{sentence} {old}", f"{new}: {sentence}", ""
    return frame.format(w=old, **slots), frame.format(w=new, **slots), group[0]


def _talk(rng: Random) -> Meant:
    phrases, reply = rng.choice(TALK)
    return *_two(phrases.split("|"), rng), reply


def _dress(text: str, rng: Random) -> str:
    text = text[:1].upper() + text[1:] if rng.random() < 0.6 else text
    return text.rstrip(".?!") + rng.choice(["", "", ".", "?", "!"]) if rng.random() < 0.5 else text
