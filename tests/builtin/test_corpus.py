"""The generator: the same from the same seed, true to its labels, and with a held-out side."""

import json
from random import Random

import pytest
from corpus.example import Split, belongs, templates_for
from corpus.extraction import NUMBERS, draw_extraction, draw_record
from corpus.facts import all_facts, draw_arithmetic, draw_fact
from corpus.intents import INTENTS, SYNONYMS
from corpus.mix import BROAD, POLISH, Recipe, draw_document, draw_example
from corpus.pairs import draw_pair
from corpus.sentences import LABELS, draw_sentence
from natural_pairs import NATURAL_PAIRS
from natural_sentences import NATURAL

RULES = {"+": int.__add__, "-": int.__sub__, "x": int.__mul__}
TRAIN, HELD_OUT = Split.TRAIN, Split.HELD_OUT


def examples(split: Split, count: int, seed: int = 4, recipe: Recipe = BROAD) -> list:
    rng = Random(seed)
    return [draw_example(rng, split, recipe) for _ in range(count)]


def test_a_seed_always_says_the_same():
    assert examples(TRAIN, 200) == examples(TRAIN, 200)
    assert examples(TRAIN, 200, seed=5) != examples(TRAIN, 200, seed=6)
    assert [draw_document(Random(i)) for i in range(30)] == [draw_document(Random(i)) for i in range(30)]


@pytest.mark.parametrize("recipe", [BROAD, POLISH], ids=["broad", "polish"])
def test_held_out_examples_are_never_trained_on(recipe):
    trained = {example.key for example in examples(TRAIN, 6000, recipe=recipe)}
    held_out = {example.key for example in examples(HELD_OUT, 1500)}
    assert trained and held_out
    assert not trained & held_out


def test_held_out_pairs_are_never_trained_on():
    rng = Random(3)
    trained = {draw_pair(rng, TRAIN).key for _ in range(4000)}
    held_out = {draw_pair(rng, HELD_OUT).key for _ in range(300)}
    assert not trained & held_out


def test_some_templates_of_a_long_list_are_never_taught():
    templates = [f"template {i}" for i in range(20)]
    taught, strange = templates_for(templates, TRAIN), templates_for(templates, Split.STRANGE)
    assert sorted(taught + strange) == sorted(templates)
    assert len(strange) == 2
    assert templates_for(templates, HELD_OUT) == templates


def test_about_one_key_in_twenty_is_held_out():
    keys = [f"key {i}" for i in range(4000)]
    assert 0.03 < sum(belongs(key, HELD_OUT) for key in keys) / len(keys) < 0.07
    assert all(belongs(key, TRAIN) != belongs(key, HELD_OUT) for key in keys)
    assert all(belongs(key, Split.STRANGE) == belongs(key, HELD_OUT) for key in keys)


def test_every_label_is_drawn():
    rng = Random(0)
    assert {draw_sentence(rng, TRAIN).label for _ in range(100)} == set(LABELS)


def test_an_extraction_answer_is_json_of_what_the_text_says():
    rng = Random(8)
    for _ in range(500):
        example = draw_extraction(rng, TRAIN)
        for field, value in json.loads(example.answer).items():
            assert value is None or str(value) in example.key or f"{value}0" in example.key
            assert value is None or isinstance(value, int | float) == (field in NUMBERS)


def test_a_record_says_each_field_once():
    rng = Random(8)
    for _ in range(300):
        fields = [field for field, _ in draw_record(rng, TRAIN).fields]
        assert len(fields) == len(set(fields))


def test_arithmetic_is_right():
    rng = Random(8)
    for _ in range(200):
        left, sign, right, _, result = draw_arithmetic(rng, TRAIN).answer.split()
        assert RULES[sign](int(left), int(right)) == int(result)


def test_every_fact_is_taught_in_some_phrasing():
    rng = Random(8)
    answers = {draw_fact(rng, TRAIN).answer for _ in range(20_000)}
    assert answers == {fact.answer for fact in all_facts()}


@pytest.mark.parametrize("group", [*INTENTS, *SYNONYMS], ids=lambda group: group[0])
def test_a_group_of_paraphrases_has_different_phrasings(group):
    assert len(group) >= 2
    assert len(set(group)) == len(group)


def test_hand_made_sentences_are_in_no_training_text():
    rng = Random(11)
    said = {draw_sentence(rng, TRAIN).text.strip(" .!?:()").casefold() for _ in range(20_000)}
    assert not [sentence for sentence, _ in NATURAL if sentence.strip(".!?").casefold() in said]
    paired = {
        text.casefold()
        for pair in (draw_pair(rng, TRAIN) for _ in range(5000))
        for text in (pair.first, pair.second)
    }
    assert not [pair for pair in NATURAL_PAIRS if {pair[0].casefold(), pair[1].casefold()} <= paired]
