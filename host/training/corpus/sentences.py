"""Draws one sentence with a known feeling: positive, negative or neutral."""

from dataclasses import dataclass
from random import Random

from corpus import lexicon, remarks, scenes, statements
from corpus.example import Split, belongs, templates_for
from corpus.names import CITIES, DAYS, JOBS, draw_city, draw_first_name

LABELS = ("positive", "negative", "neutral")

ADJECTIVES = {
    "positive": lexicon.GOOD_ADJECTIVES,
    "negative": lexicon.BAD_ADJECTIVES,
    "neutral": lexicon.PLAIN_ADJECTIVES,
}
DONE = {
    "positive": lexicon.GOOD_THINGS_DONE,
    "negative": lexicon.BAD_THINGS_DONE,
    "neutral": lexicon.PLAIN_THINGS_DONE,
}
VERBS = {"positive": lexicon.LIKES, "negative": lexicon.DISLIKES, "neutral": lexicon.PLAIN_ACTS}
FEELINGS = {"positive": lexicon.GOOD_FEELINGS, "negative": lexicon.BAD_FEELINGS}
WHOLE = {
    "positive": remarks.GOOD_SENTENCES,
    "negative": remarks.BAD_SENTENCES,
    "neutral": statements.PLAIN_SENTENCES,
}
OPPOSITE = {"positive": "negative", "negative": "positive"}

DESCRIBED = [
    "{owner} {thing} {is} {adj}",
    "{owner} {thing} {is} {adj}",
    "{owner} {thing} {is} {adj}",
    "{owner} {thing} in {city} {is} {adj}",
    "it {is} {adj}",
    "this {is} {adj}",
    "that {is} {adj}",
    "{owner} {thing} turned out to be {adj}",
    "in the end {owner} {thing} {is} {adj}",
    "everything about {owner} {thing} {is} {adj}",
    "I think {owner} {thing} {is} {adj}",
    "I found {owner} {thing} {adj}",
    "I must say {owner} {thing} {is} {adj}",
    "{adj} {thing}",
    "{adj}",
    "how {adj}",
    "{owner} {thing} and {owner} {thing} were {adj}",
    "if you ask me, {owner} {thing} {is} {adj}",
    "{owner} {thing} seems {adj}",
    "{owner} {thing} looks {adj}",
    "{owner} {thing} I bought {is} {adj}",
    "{owner} {thing} at the {thing} {is} {adj}",
    "you are {adj}",
    "{name} {is} {adj}",
    "everything {is} {adj}",
    "today {is} {adj}",
    "she said {owner} {thing} {is} {adj}",
    "{owner} {thing} has become {adj}",
]
JUDGED = [
    "what {a} {adj} {thing}",
    "such {a} {adj} {thing}",
    "this is {a} {adj} {thing}",
    "it was {a} {adj} {thing}",
    "{name} is {a} {adj} person",
    "we had {a} {adj} {thing}",
    "I had {a} {adj} day",
    "they have {a} {adj} {thing}",
    "the {thing} has {a} {adj} {thing}",
    "{a} {adj} {thing}",
    "overall {a} {adj} {thing}",
    "{adj} {thing}, {adj} {thing}",
    "I had {a} {adj} time at the {thing}",
    "{name} did {a} {adj} job",
]
COMPARED = {
    "positive": [
        "the best {thing} I have ever had",
        "this is the best {thing} ever",
        "I have never seen a better {thing}",
        "best {thing} ever",
        "{owner} {thing} is much better than before",
        "{owner} {thing} is better than I thought",
        "I can't wait for {owner} {thing}",
        "thank you for {owner} {thing}",
        "one of the best in {city}",
        "you have to try {owner} {thing}",
    ],
    "negative": [
        "the worst {thing} I have ever had",
        "this is the worst {thing} ever",
        "I have never seen a worse {thing}",
        "worst {thing} ever",
        "{owner} {thing} is much worse than before",
        "{owner} {thing} is worse than I thought",
        "there is something wrong with {owner} {thing}",
        "I want my money back for {owner} {thing}",
        "one of the worst in {city}",
        "stay away from {owner} {thing}",
    ],
}
FELT = [
    "I am {int} {feel}",
    "I am {feel}",
    "I'm {feel}",
    "I am {int} {feel} today",
    "I feel {feel}",
    "I was {int} {feel} with {owner} {thing}",
    "we were {feel}",
    "{name} is {feel}",
    "{name} was {int} {feel} about {owner} {thing}",
    "{owner} {thing} made me {feel}",
    "{feel}",
    "{owner} {thing} left me {feel}",
    "she looks {feel}",
    "today I am {feel}",
    "I am feeling {feel}",
    "my {relative} is {feel}",
    "I have been {feel} all day",
    "everyone was {feel}",
]
JOINS = ["{a} and {b}", "{a}. {B}", "{a}, {b}", "{a}! {B}", "{a} because {b}", "{a} and also {b}"]
TURNS = [
    "{a} but {b}",
    "{a}, but {b}",
    "{a}. But {b}",
    "{a}. However, {b}",
    "although {a}, {b}",
    "even though {a}, {b}",
    "{a}, yet {b}",
]
RELATIVES = [
    "mother",
    "father",
    "sister",
    "brother",
    "son",
    "daughter",
    "wife",
    "husband",
    "friend",
    "dog",
    "boss",
]
COPULAS = ["is", "is", "was", "was", "'s", "has been"]
NOT_COPULAS = [
    "is not",
    "isn't",
    "was not",
    "wasn't",
    "is never",
    "was not at all",
    "is hardly",
    "is not very",
]


@dataclass(frozen=True)
class Sentence:
    """A sentence, what it feels like, and the key that holds it out (its own text)."""

    text: str
    label: str


def draw_sentence(rng: Random, split: Split, label: str | None = None) -> Sentence:
    """A sentence of the given side; the label is drawn too unless asked for."""
    while True:
        wanted = label or rng.choice(LABELS)
        text = _sentence(rng, split, wanted)
        if belongs(text, split):
            return Sentence(_dress(text, wanted, rng), wanted)


def _sentence(rng: Random, split: Split, label: str) -> str:
    style = rng.random()
    if style < 0.66:
        return _clause(rng, split, label)
    if label == "neutral":
        return _join(JOINS[:3], _clause(rng, split, label), _clause(rng, split, label), rng)
    if style < 0.80:
        return _join(JOINS, _clause(rng, split, label), _clause(rng, split, label), rng)
    if style < 0.93:
        return _join(TURNS, _clause(rng, split, OPPOSITE[label]), _clause(rng, split, label), rng)
    both = [_clause(rng, split, label), _clause(rng, split, "neutral")]
    rng.shuffle(both)
    return _join(JOINS[1:2], both[0], both[1], rng)


def _join(patterns: list[str], a: str, b: str, rng: Random) -> str:
    lowered = b if b.startswith(("I ", "I'", "{")) else b[:1].lower() + b[1:]
    return rng.choice(patterns).format(a=a, b=lowered, B=b[:1].upper() + b[1:])


def _clause(rng: Random, split: Split, label: str) -> str:
    style = rng.random()
    if label == "neutral":
        if style < 0.33:
            return _fill(rng.choice(WHOLE[label]), label, rng)
        if style < 0.58:
            return _when(
                _fill(f"{rng.choice(statements.PEOPLE)} {rng.choice(statements.PLAIN_ACTIONS)}", label, rng),
                rng,
            )
        if style < 0.76:
            return _fill("{owner} {thing} " + rng.choice(statements.PLAIN_STATES), label, rng)
        if style < 0.84:
            return _described(rng, split, label)
    else:
        if style < 0.16:
            return rng.choice(WHOLE[label])
        if style < 0.40:
            return _described(rng, split, label)
        if style < 0.48:
            return _negated(rng, split, label)
        if style < 0.57:
            return _fill(rng.choice(templates_for(JUDGED, split)), label, rng)
        if style < 0.63:
            return _fill(rng.choice(templates_for(COMPARED[label], split)), label, rng)
        if style < 0.76:
            return _fill(rng.choice(templates_for(FELT, split)), label, rng)
    if rng.random() < 0.5:
        subject = "it" if rng.random() < 0.15 else f"{rng.choice(scenes.OWNERS)} {rng.choice(scenes.THINGS)}"
        return _when(f"{subject} {rng.choice(DONE[label])}", rng)
    obj = rng.choice(["it", "this", "that"]) if rng.random() < 0.1 else _fill("{owner} {thing}", label, rng)
    return _when(f"{rng.choice(scenes.OPINION_HOLDERS)} {rng.choice(VERBS[label])} {obj}", rng)


def _when(clause: str, rng: Random) -> str:
    """The clause, sometimes with a time or a place."""
    return f"{clause} {rng.choice(statements.WHEN)}" if rng.random() < 0.2 else clause


def _described(rng: Random, split: Split, label: str) -> str:
    templates = templates_for(DESCRIBED, split)
    return _fill(rng.choice(templates), label, rng)


def _negated(rng: Random, split: Split, label: str) -> str:
    """Says the opposite and denies it: "not good" is negative, "not bad at all" positive."""
    adjective = _single(OPPOSITE[label], rng)
    if rng.random() < 0.25:
        ending = " at all" if rng.random() < 0.5 else ""
        return f"not {adjective}{ending}"
    if rng.random() < 0.15:
        return _fill("I don't think {owner} {thing} is ", label, rng) + adjective
    subject = _fill(rng.choice(["{owner} {thing}", "{owner} {thing}", "it", "this", "that"]), label, rng)
    ending = " at all" if rng.random() < 0.3 else ""
    return f"{subject} {rng.choice(NOT_COPULAS)} {adjective}{ending}"


def _single(label: str, rng: Random) -> str:
    """An adjective that can stand before a noun."""
    while True:
        adjective = rng.choice(ADJECTIVES[label])
        if " " not in adjective:
            return adjective


def _adjective(template: str, label: str, rng: Random) -> str:
    attributive = template in JUDGED or template == "{adj} {thing}"
    adjective = _single(label, rng) if attributive else rng.choice(ADJECTIVES[label])
    bare = label == "neutral" or adjective.split()[0] in {
        "a",
        "an",
        "the",
        "out",
        "so",
        "not",
        "worse",
        "better",
    }
    if bare or rng.random() < 0.6:
        return (
            f"{adjective} and {_single(label, rng)}"
            if " " not in adjective and rng.random() < 0.12
            else adjective
        )
    return f"{rng.choice(scenes.INTENSIFIERS)} {adjective}"


def _fill(template: str, label: str, rng: Random) -> str:
    """Fill every slot of a template, each with a fresh draw."""
    text = template
    while "{" in text:
        start = text.index("{")
        end = text.index("}", start)
        before, slot, after = text[:start], text[start + 1 : end], text[end + 1 :]
        if slot == "a":
            adjective = _adjective(template, label, rng)
            article = "an" if adjective[0] in "aeiou" else "a"
            text = f"{before}{article} {adjective}{after.replace(' {adj}', '', 1)}"
        else:
            text = f"{before}{_slot(slot, template, label, rng)}{after}"
    return text.replace(" 's ", "'s ")


def _slot(slot: str, template: str, label: str, rng: Random) -> str:
    match slot:
        case "thing":
            return rng.choice(scenes.THINGS)
        case "owner":
            return rng.choice(scenes.OWNERS)
        case "is":
            return rng.choice(COPULAS)
        case "adj":
            return _adjective(template, label, rng)
        case "feel":
            return rng.choice(FEELINGS[label])
        case "int":
            return rng.choice(scenes.INTENSIFIERS)
        case "relative":
            return rng.choice(RELATIVES)
        case "name":
            return draw_first_name(rng)
        case "city":
            return rng.choice(CITIES) if rng.random() < 0.7 else draw_city(rng)
        case "day":
            return rng.choice(DAYS)
        case "job":
            return rng.choice(JOBS)
        case "year":
            return str(rng.randint(1800, 2026))
        case "number":
            return str(rng.choice([rng.randint(2, 12), rng.randint(2, 99)]))
    raise ValueError(f"no slot {slot!r} in template {template!r}")


QUESTIONS = (
    "What time",
    "What day",
    "Where ",
    "How do",
    "How much",
    "How old",
    "When does",
    "Who ",
    "Which ",
    "Can ",
)


def _dress(text: str, label: str, rng: Random) -> str:
    """Casing and closing punctuation, as people type them."""
    text = text[:1].upper() + text[1:]
    if text.startswith((*QUESTIONS, "Do you", "Is the", "Are you")):
        end = rng.choice(["?", "?", "?", ""])
    elif label == "neutral":
        end = rng.choice([".", ".", ".", "", "", "!"])
    else:
        end = rng.choice([".", ".", ".", "", "", "!", "!", "!!", "..."])
    style = rng.random()
    if style < 0.18:
        text = text.lower()
    elif style < 0.21:
        text = text.upper()
    smile = {"positive": " :)", "negative": " :("}.get(label, "") if rng.random() < 0.015 else ""
    return text + end + smile
