"""The embedding model puts paraphrases nearer than unrelated sentences."""

import numpy as np
from evaluate_embedding import embed, held_out_pairs
from natural_pairs import NATURAL_PAIRS


def share_above(embedding, pairs: list[tuple[str, str]]) -> float:
    """How often a sentence is nearer to its paraphrase than to another pair's."""
    first = embed(embedding, [a for a, _ in pairs])
    second = embed(embedding, [b for _, b in pairs])
    likeness = first @ second.T
    others = ~np.eye(len(pairs), dtype=bool)
    return float((likeness.diagonal()[:, None] > likeness)[others].mean())


def test_held_out_paraphrases_are_near(embedding):
    pairs = [(pair.first, pair.second) for pair in held_out_pairs(100)]
    assert share_above(embedding, pairs) >= 0.95


def test_hand_made_paraphrases_are_near(embedding):
    assert share_above(embedding, NATURAL_PAIRS) >= 0.9


def test_case_and_accents_do_not_matter(embedding):
    plain, dressed = embed(embedding, ["a cafe in zurich", "A Café in Zürich"])
    assert float(plain @ dressed) > 0.9999


def test_an_empty_text_has_an_embedding(embedding):
    (vector,) = embed(embedding, [""])
    assert np.isfinite(vector).all()


def test_a_text_that_fills_the_context_has_an_embedding(embedding):
    text = "the cat sleeps on the sofa. " * 35
    assert 200 < len(embedding.tokenize(text.encode())) <= 256
    (vector,) = embed(embedding, [text])
    assert np.isfinite(vector).all()
