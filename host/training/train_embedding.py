"""Trains the embedding model from a seed on one thread, and leaves checkpoints behind.

python train_embedding.py --steps 300 --out out/embedding
"""

import argparse
import json
import time
from pathlib import Path
from random import Random

import torch
from corpus.example import Split
from corpus.pairs import Pair, draw_pair
from embedder import Embedder, EmbedderShape
from torch import Tensor
from torch.nn import functional
from wordpiece import PAD, WordPiece, train_wordpiece

PEAK_RATE = 2e-3
WARMUP_STEPS = 40
BATCH_PAIRS = 160
TEMPERATURE = 0.05
VOCAB, WHOLE_WORDS = 4096, 2600
LONG_SHARE = 0.05  # of batches are made of several sentences in a row, so that late positions are learned
JOINED_SENTENCES = 16


def train(steps: int, seed: int, out: Path, threads: int = 1) -> None:
    """Train for `steps` steps; `out` receives vocabulary.json and model.pt."""
    torch.set_num_threads(threads)
    torch.manual_seed(seed)
    rng = Random(seed)
    out.mkdir(parents=True, exist_ok=True)
    texts = [
        text
        for pair in (draw_pair(rng, Split.TRAIN) for _ in range(40_000))
        for text in (pair.first, pair.second)
    ]
    tokenizer = train_wordpiece(texts, VOCAB, WHOLE_WORDS)
    (out / "vocabulary.json").write_text(json.dumps(tokenizer.pieces))
    model = Embedder(EmbedderShape(vocab=len(tokenizer.pieces)))
    optimizer = torch.optim.AdamW(
        model.parameters(), lr=PEAK_RATE, betas=(0.9, 0.98), weight_decay=0.01, fused=True
    )
    began, smooth = time.monotonic(), 0.0
    for step in range(steps):
        optimizer.param_groups[0]["lr"] = PEAK_RATE * min(1.0, (step + 1) / WARMUP_STEPS, 1.05 - step / steps)
        long = rng.random() < LONG_SHARE
        pairs = _joined_batch(rng) if long else draw_batch(rng, BATCH_PAIRS)
        first = model(*encode(tokenizer, [pair.first for pair in pairs], model.shape.context))
        second = model(*encode(tokenizer, [pair.second for pair in pairs], model.shape.context))
        loss = contrast(first, second)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        optimizer.zero_grad()
        now = loss.item()
        smooth = now if step == 0 else 0.98 * smooth + 0.02 * now
        if step % 50 == 0 or step == steps - 1:
            print(f"step {step} loss {smooth:.4f} {time.monotonic() - began:.0f} s", flush=True)
        if step % 100 == 99 or step == steps - 1:
            torch.save(model.state_dict(), out / "model.pt")


def contrast(first: Tensor, second: Tensor) -> Tensor:
    """Each sentence must find its paraphrase among those of the whole batch, in both directions."""
    likeness = first @ second.T / TEMPERATURE
    own = torch.arange(len(first))
    return (functional.cross_entropy(likeness, own) + functional.cross_entropy(likeness.T, own)) / 2


def draw_batch(rng: Random, count: int) -> list[Pair]:
    """Pairs of different meanings."""
    pairs: dict[str, Pair] = {}
    while len(pairs) < count:
        pair = draw_pair(rng, Split.TRAIN)
        pairs.setdefault(pair.meaning, pair)
    return list(pairs.values())


def _joined_batch(rng: Random) -> list[Pair]:
    """Fewer, longer texts: several sentences in a row, and their paraphrases in the same order."""
    pairs = draw_batch(rng, BATCH_PAIRS)
    groups = [pairs[i : i + JOINED_SENTENCES] for i in range(0, len(pairs), JOINED_SENTENCES)]
    return [Pair(". ".join(p.first for p in g), ". ".join(p.second for p in g), "", "") for g in groups]


def encode(tokenizer: WordPiece, texts: list[str], limit: int) -> tuple[Tensor, Tensor]:
    """Padded ids [texts, time] and the mask of real tokens."""
    rows = [tokenizer.encode(text)[:limit] for text in texts]
    tokens = torch.full((len(rows), max(map(len, rows))), PAD)
    for i, row in enumerate(rows):
        tokens[i, : len(row)] = torch.tensor(row)
    return tokens, tokens != PAD


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--steps", type=int, default=300)
    parser.add_argument("--seed", type=int, default=21)
    parser.add_argument("--out", type=Path, default=Path(__file__).parent / "out" / "embedding")
    arguments = parser.parse_args()
    train(arguments.steps, arguments.seed, arguments.out)


if __name__ == "__main__":
    main()
