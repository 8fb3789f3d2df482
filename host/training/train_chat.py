"""Trains the chat model from a seed on one thread, and leaves checkpoints behind.

python train_chat.py --steps 4500 --out out/chat
"""

import argparse
import json
import time
from pathlib import Path

import torch
from batches import Batch, build_tokenizer, draw_batches
from model import ChatModel, ChatShape
from torch import Tensor, nn

PEAK_RATE = 2.5e-3
WARMUP_STEPS = 60
DECAY_SHARE = 0.5  # the rate falls linearly to zero over this last part of the run
BATCH_TOKENS = 2304
# Keeps the logarithm of the softmax's denominator near zero. The likeliest token then has a logit near zero,
# where a repeat penalty (which divides it) changes nothing: answers survive Spin's default penalty of 1.1.
Z_LOSS = 2e-3


def train(steps: int, seed: int, out: Path, from_step: int = 0, threads: int = 1) -> None:
    """Train for `steps` steps; `out` receives tokenizer.json and model.pt.

    A run that was interrupted goes on from the weights in `out`, with a fresh optimizer and fresh text.
    """
    torch.set_num_threads(threads)
    torch.manual_seed(seed)
    out.mkdir(parents=True, exist_ok=True)
    tokenizer = build_tokenizer(seed)
    (out / "tokenizer.json").write_text(json.dumps({"pieces": tokenizer.pieces, "scores": tokenizer.scores}))
    shape = ChatShape(vocab=len(tokenizer.pieces))
    model = ChatModel(shape)
    optimizers = _optimizers(model)
    if from_step:
        model.load_state_dict(torch.load(out / "model.pt", weights_only=True))
    batches = draw_batches(tokenizer, seed + 1 + from_step, BATCH_TOKENS, shape.context)
    began, seen, smooth = time.monotonic(), 0, 0.0
    for step in range(from_step, steps):
        batch = next(batches)
        for optimizer in optimizers:
            for group in optimizer.param_groups:
                group["lr"] = PEAK_RATE * rate(step, steps, from_step)
        mean_loss = _step(model, optimizers, batch)
        seen += batch.inputs.numel()
        smooth = mean_loss if step == from_step else 0.97 * smooth + 0.03 * mean_loss
        if step % 50 == 0 or step == steps - 1:
            elapsed = time.monotonic() - began
            print(f"step {step} loss {smooth:.4f} {seen / elapsed:.0f} tok/s {elapsed:.0f} s", flush=True)
        if step % 200 == 199 or step == steps - 1:
            torch.save(model.state_dict(), out / "model.pt")


def rate(step: int, steps: int, from_step: int) -> float:
    """The share of the peak learning rate at a step: up, flat, then linearly down."""
    left = (steps - step) / (steps * DECAY_SHARE)
    return min(1.0, (step + 1 - from_step) / WARMUP_STEPS, left)


def _optimizers(model: ChatModel) -> list[torch.optim.Optimizer]:
    """Muon for the matrices inside the blocks, Adam for embeddings and norms."""
    matrices = [p for p in model.blocks.parameters() if p.dim() == 2]
    inside = {id(p) for p in matrices}
    rest = [p for p in model.parameters() if id(p) not in inside]
    muon = torch.optim.Muon(matrices, lr=PEAK_RATE, weight_decay=0.05, adjust_lr_fn="match_rms_adamw")
    adam = torch.optim.AdamW(rest, lr=PEAK_RATE, betas=(0.9, 0.98), weight_decay=0.01, fused=True)
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
    parser.add_argument("--steps", type=int, default=4500)
    parser.add_argument("--from-step", type=int, default=0, help="go on from the weights in --out")
    parser.add_argument("--seed", type=int, default=20)
    parser.add_argument("--out", type=Path, default=Path(__file__).parent / "out" / "chat")
    arguments = parser.parse_args()
    train(arguments.steps, arguments.seed, arguments.out, arguments.from_step)


if __name__ == "__main__":
    main()
