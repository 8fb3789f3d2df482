"""Turns documents into batches: token ids, and how much each position counts in the loss."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from random import Random

import torch
from corpus import lexicon
from corpus.mix import MARK_START, Recipe, Span, draw_document
from corpus.sentences import LABELS
from tokenizer import BEGIN, SPACE, UNKNOWN, Tokenizer, train_tokenizer
from torch import Tensor

NO_BEGIN_SHARE = (
    0.08  # of documents lack the begin token, so that a host which leaves it out is understood too
)
PROMPT_SHARE = 0.15  # of prompt positions count, each with PROMPT_WEIGHT
PROMPT_WEIGHT = 0.2
LABEL_WEIGHT = 2.0
LABEL_PIECES = {f"{SPACE}{label}" for label in LABELS}
POOL_DOCUMENTS = 2048


@dataclass(frozen=True)
class Batch:
    """Inputs [rows, time], the token that follows each, and the weight of predicting it (0 for padding)."""

    inputs: Tensor
    targets: Tensor
    weights: Tensor


def build_tokenizer(
    seed: int, vocab: int = 2048, spaced_words: int = 400, documents: int = 20_000
) -> Tokenizer:
    """The tokenizer of a seed: learned from documents, with the feeling words given extra weight."""
    rng = Random(seed)
    texts = ["".join(span.text for span in draw_document(rng)) for _ in range(documents)]
    feelings = [
        *lexicon.GOOD_ADJECTIVES,
        *lexicon.BAD_ADJECTIVES,
        *lexicon.GOOD_FEELINGS,
        *lexicon.BAD_FEELINGS,
    ]
    return train_tokenizer([*texts, *(feelings * 40)], vocab, spaced_words)


def encode_document(
    tokenizer: Tokenizer, spans: list[Span], limit: int, rng: Random
) -> tuple[list[int], list[float]]:
    """Ids and weights of a document, cut at the context's length."""
    ids = [] if rng.random() < NO_BEGIN_SHARE else [BEGIN]
    weights = [0.0] * len(ids)
    # Without a template nothing but the answer marks the end of the prompt: learning to continue raw prompts
    # would compete with learning to answer it.
    share = PROMPT_SHARE if spans[0].text.startswith(MARK_START) else 0.0
    for span in spans:
        piece = tokenizer.encode(span.text)
        ids += piece
        if span.answered:
            weights += [_answer_weight(len(piece))] * len(piece)
        else:
            weights += [
                _prompt_weight(tokenizer, before, token, share, rng)
                for before, token in pairwise([0, *piece])
            ]
    return ids[:limit], weights[:limit]


def _answer_weight(tokens: int) -> float:
    """A token of a short answer counts more: else one word of sentiment would drown in the braces of JSON."""
    return 8.0 * tokens**-0.75


def _prompt_weight(tokenizer: Tokenizer, before: int, token: int, share: float, rng: Random) -> float:
    """A label behind the colon of a solved example counts much like an answer; of the rest a sample."""
    if share and tokenizer.pieces[token] in LABEL_PIECES and tokenizer.pieces[before] == ":":
        return LABEL_WEIGHT
    return PROMPT_WEIGHT if rng.random() < share else 0.0


def draw_batches(
    tokenizer: Tokenizer, seed: int, batch_tokens: int, context: int, recipe: Recipe
) -> Iterator[Batch]:
    """Endless batches of about `batch_tokens` positions, rows of similar length together."""
    rng = Random(seed)
    while True:
        documents = (draw_document(rng, recipe=recipe) for _ in range(POOL_DOCUMENTS))
        pool = [encode_document(tokenizer, document, context, rng) for document in documents]
        pool.sort(key=lambda document: len(document[0]))
        groups: list[list[tuple[list[int], list[float]]]] = [[]]
        for document in pool:
            if len(document[0]) * (len(groups[-1]) + 1) > batch_tokens:
                groups.append([])
            groups[-1].append(document)
        rng.shuffle(groups)
        yield from (_stack(group) for group in groups if group)


def _stack(rows: list[tuple[list[int], list[float]]]) -> Batch:
    time = max(len(ids) for ids, _ in rows)
    tokens = torch.full((len(rows), time), UNKNOWN)
    weights = torch.zeros(len(rows), time)
    for i, (ids, weight) in enumerate(rows):
        tokens[i, : len(ids)] = torch.tensor(ids)
        weights[i, : len(ids)] = torch.tensor(weight)
    return Batch(tokens[:, :-1], tokens[:, 1:], weights[:, 1:])
