"""Trains the chat model from a seed on one thread, and leaves checkpoints behind.

python train_chat.py --out out/chat
"""

import argparse
import json
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import torch
from batches import Batch, build_tokenizer, draw_batches
from corpus.mix import BROAD, POLISH, Recipe
from model import ChatModel, ChatShape
from torch import Tensor, nn

WARMUP_STEPS = 60
BATCH_TOKENS = 2304
# Keeps the logarithm of the softmax's denominator near zero. The likeliest token then has a logit near zero,
# where a repeat penalty (which divides it) changes nothing: answers survive Spin's default penalty of 1.1.
Z_LOSS = 2e-3


@dataclass(frozen=True)
class Phase:
    """A stretch of training, `[first, last)` in steps, with text and an optimizer of its own.

    The learning rate rises to the peak and falls linearly to zero over the last `decay_share` of the phase.
    """

    first: int
    last: int
    recipe: Recipe
    peak_rate: float
    decay_share: float

    def rate(self, step: int, from_step: int) -> float:
        """The learning rate at a step of a run that began, or went on, at `from_step`."""
        left = (self.last - step) / ((self.last - self.first) * self.decay_share)
        return self.peak_rate * min(1.0, (step + 1 - from_step) / WARMUP_STEPS, left)


PHASES = [
    Phase(0, 4500, BROAD, peak_rate=2.5e-3, decay_share=0.5),
    Phase(4500, 6500, POLISH, peak_rate=2e-3, decay_share=0.9),
]


def train(seed: int, out: Path, from_step: int = 0, threads: int = 1) -> None:
    """Train through all phases; `out` receives tokenizer.json and model.pt.

    A run that was interrupted goes on from the weights in `out`, with a fresh optimizer and fresh text.
    """
    torch.set_num_threads(threads)
    torch.manual_seed(seed)
    out.mkdir(parents=True, exist_ok=True)
    tokenizer = build_tokenizer(seed)
    (out / "tokenizer.json").write_text(json.dumps({"pieces": tokenizer.pieces, "scores": tokenizer.scores}))
    shape = ChatShape(vocab=len(tokenizer.pieces))
    model = ChatModel(shape)
    if from_step:
        model.load_state_dict(torch.load(out / "model.pt", weights_only=True))
    for phase in PHASES:
        start = max(phase.first, from_step)
        if start < phase.last:
            batches = draw_batches(tokenizer, seed + 1 + start, BATCH_TOKENS, shape.context, phase.recipe)
            _train_phase(model, phase, batches, start, out / "model.pt")


def _train_phase(model: ChatModel, phase: Phase, batches: Iterator[Batch], start: int, target: Path) -> None:
    """Train from the step `start` to the phase's end, and leave the weights in `target` now and then."""
    optimizers = _optimizers(model)
    began, seen, smooth = time.monotonic(), 0, 0.0
    for step in range(start, phase.last):
        batch = next(batches)
        for optimizer in optimizers:
            for group in optimizer.param_groups:
                group["lr"] = phase.rate(step, start)
        mean_loss = _step(model, optimizers, batch)
        seen += batch.inputs.numel()
        smooth = mean_loss if step == start else 0.97 * smooth + 0.03 * mean_loss
        if step % 50 == 0 or step == phase.last - 1:
            elapsed = time.monotonic() - began
            print(f"step {step} loss {smooth:.4f} {seen / elapsed:.0f} tok/s {elapsed:.0f} s", flush=True)
        if step % 200 == 199 or step == phase.last - 1:
            torch.save(model.state_dict(), target)


def _optimizers(model: ChatModel) -> list[torch.optim.Optimizer]:
    """Muon for the matrices inside the blocks, Adam for embeddings and norms; each step sets their rate."""
    matrices = [p for p in model.blocks.parameters() if p.dim() == 2]
    inside = {id(p) for p in matrices}
    rest = [p for p in model.parameters() if id(p) not in inside]
    muon = torch.optim.Muon(matrices, weight_decay=0.05, adjust_lr_fn="match_rms_adamw")
    adam = torch.optim.AdamW(rest, betas=(0.9, 0.98), weight_decay=0.01, fused=True)
    return [muon, adam]


def _step(model: ChatModel, optimizers: list[torch.optim.Optimizer], batch: Batch) -> float:
    """One update; returns the weighted mean loss."""
    where = batch.weights > 0
    with torch.autocast("cpu", torch.bfloat16):
        logits = model(batch.inputs, where)
    weights = batch.weights[where]
    losses, spread = _losses(logits.float(), batch.targets[where])
    loss = ((losses + Z_LOSS * spread) * weights).sum() / weights.sum()
    loss.backward()
    nn.utils.clip_grad_norm_(model.parameters(), 1.0)
    for optimizer in optimizers:
        optimizer.step()
        optimizer.zero_grad()
    return float((losses.detach() * weights).sum() / weights.sum())


def _losses(logits: Tensor, targets: Tensor) -> tuple[Tensor, Tensor]:
    """Cross-entropy of each position, and the square of its log-denominator."""
    denominator = logits.logsumexp(-1)
    chosen = logits.gather(-1, targets[:, None]).squeeze(-1)
    return denominator - chosen, denominator.square()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--from-step", type=int, default=0, help="go on from the weights in --out")
    parser.add_argument("--seed", type=int, default=20)
    parser.add_argument("--out", type=Path, default=Path(__file__).parent / "out" / "chat")
    arguments = parser.parse_args()
    train(arguments.seed, arguments.out, arguments.from_step)


if __name__ == "__main__":
    main()
