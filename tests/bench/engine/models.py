"""The model files that are measured: generated ones, and copies that never stop by themselves."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import gguf

from bench.engine.say import say
from fakes.tiny_model import write_bert, write_llama


def large_llama(cache: Path) -> Path:
    """220 million random weights, Q8_0; a vocabulary of 32,000."""

    def write(path: Path) -> None:
        write_llama(path, width=1024, layers=12, feed_forward=2816, words=31_700, context=4096, quantize=True)
        _never_end(path)

    return _made(cache / "llama-220m-q8_0.gguf", write)


def small_llama(cache: Path) -> Path:
    """What --quick measures instead: 13 million random weights."""

    def write(path: Path) -> None:
        write_llama(path, width=256, layers=8, feed_forward=704, words=8_000, context=4096, quantize=True)
        _never_end(path)

    return _made(cache / "llama-13m-q8_0.gguf", write)


def endless(path: Path, cache: Path) -> Path:
    """A copy that goes on until it is told to stop, so that everybody generates the same number of tokens."""

    def write(copy: Path) -> None:
        shutil.copyfile(path, copy)
        _never_end(copy)

    copy = cache / f"endless-{path.name}"
    if copy.exists() and copy.stat().st_mtime_ns < path.stat().st_mtime_ns:
        copy.unlink()
    return _made(copy, write)


def bert(cache: Path) -> Path:
    """As wide and as deep as all-MiniLM-L6-v2, with random float32 weights."""
    return _made(
        cache / "bert-384x6-f32.gguf", lambda path: write_bert(path, width=384, layers=6, context=512)
    )


def _made(path: Path, write: Callable[[Path], object]) -> Path:
    if not path.exists():
        say(f"writing {path}")
        path.parent.mkdir(parents=True, exist_ok=True)
        unfinished = path.with_suffix(".unfinished")
        write(unfinished)
        unfinished.replace(path)
    return path


def _never_end(path: Path) -> None:
    """Give every control token a logit of 0, far below the greatest one of any step."""
    reader = gguf.GGUFReader(path, "r+")
    kinds = reader.fields["tokenizer.ggml.token_type"].contents()
    tensors = {tensor.name: tensor for tensor in reader.tensors}
    output = tensors.get("output.weight", tensors["token_embd.weight"])
    for token, kind in enumerate(kinds):
        if kind == gguf.TokenType.CONTROL:
            output.data[token] = 0
