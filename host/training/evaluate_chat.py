"""Measures a chat GGUF in llama.cpp on held-out examples, and prints the figures of its card.

    python evaluate_chat.py ../spinfer/builtin/chat.gguf

Needs llama-cpp-python, not torch.
"""

import argparse
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from random import Random

from corpus.example import Example, Split
from corpus.extraction import draw_extraction
from corpus.facts import all_facts, draw_arithmetic, draw_fact
from corpus.mix import chat_prompt
from corpus.sentiment import draw_sentiment
from corpus.small_talk import draw_named, draw_talk, draw_unknown
from llama_cpp import Llama
from natural_sentences import FAMILIAR, NATURAL, SPIN_STYLE


@dataclass(frozen=True)
class Task:
    """What is measured: examples of one kind, from one held-out side."""

    name: str
    draw: Callable[[Random, Split], Example]
    split: Split = Split.HELD_OUT


TASKS = [
    Task("sentiment", draw_sentiment),
    Task("sentiment, strange", draw_sentiment, Split.STRANGE),
    Task("JSON", draw_extraction),
    Task("JSON, strange", draw_extraction, Split.STRANGE),
    Task("facts", draw_fact),
    Task("sums", draw_arithmetic),
    Task("small talk", draw_talk),
    Task("greeting by name", draw_named),
    Task("does not know", draw_unknown),
]


@dataclass(frozen=True)
class Sampling:
    """How tokens are chosen; the words are Spin's."""

    name: str
    temperature: float
    repeat_penalty: float
    top_k: int = 40
    top_p: float = 0.9


@dataclass(frozen=True)
class Manner:
    """A way to ask for the sentiment of a hand-made sentence."""

    name: str
    template: str
    raw: bool


MANNERS = [
    Manner("Sentiment: …, chat", "Sentiment: {s}", raw=False),
    Manner("What is the …, raw", "What is the sentiment of: {s}", raw=True),
    Manner("few-shot, chat", SPIN_STYLE, raw=False),
    Manner("few-shot, raw", SPIN_STYLE, raw=True),
]
GREEDY = Sampling("greedy", 0.0, 1.0)
GREEDY_PENALTY = Sampling("greedy, repeat penalty 1.1", 0.0, 1.1)
SPIN_DEFAULT = Sampling("Spin's defaults (0.8, 40, 0.9, 1.1)", 0.8, 1.1)


def complete(llama: Llama, prompt: str, sampling: Sampling, max_tokens: int = 100) -> tuple[str, bool]:
    """The answer, and whether it stopped by itself."""
    tokens = llama.tokenize(prompt.encode(), add_bos=True, special=True)
    result = llama.create_completion(
        tokens,
        max_tokens=max_tokens,
        temperature=sampling.temperature,
        repeat_penalty=sampling.repeat_penalty,
        top_k=sampling.top_k,
        top_p=sampling.top_p,
        min_p=0.0,
        seed=1,
    )
    choice = result["choices"][0]
    return choice["text"], choice["finish_reason"] == "stop"


def prompt_of(example: Example, raw: bool) -> str:
    return example.prompt if raw and example.system is None else chat_prompt(example)


def score(llama: Llama, task: Task, count: int, sampling: Sampling, raw: bool, show: int = 0) -> None:
    """Print the share of right answers to held-out examples of a task."""
    rng = Random(f"{task.name} held-out")
    right = stopped = 0
    for _ in range(count):
        example = task.draw(rng, task.split)
        answer, ended = complete(llama, prompt_of(example, raw), sampling)
        right += answer == example.answer
        stopped += ended
        if answer != example.answer and show > 0:
            show -= 1
            print(f"    {example.prompt!r} → {answer!r}, expected {example.answer!r}")
    manner = "raw" if raw else "chat"
    shares = f"right {right / count:6.1%}  stopped {stopped / count:6.1%}"
    print(f"{task.name:18} {manner:4} {sampling.name:36} {shares}", flush=True)


def score_taught(llama: Llama, sampling: Sampling, raw: bool, show: int = 0) -> None:
    """Print the share of all facts that are told rightly when asked in their first, plainest phrasing."""
    wrong = []
    for fact in all_facts():
        example = Example("fact", fact.questions[0], fact.answer, fact.questions[0])
        answer, _ = complete(llama, prompt_of(example, raw), sampling)
        if answer != fact.answer:
            wrong.append(f"    {example.prompt!r} → {answer!r}, expected {fact.answer!r}")
    print("\n".join(wrong[:show]), end="\n" if wrong[:show] else "")
    count, manner = len(all_facts()), "raw" if raw else "chat"
    share = f"right {(count - len(wrong)) / count:6.1%} of {count}"
    print(f"{'facts as taught':18} {manner:4} {sampling.name:36} {share}", flush=True)


def score_natural(llama: Llama, manner: Manner, sampling: Sampling, show: bool) -> None:
    """Print the shares of hand-made and of familiar sentences classified rightly."""
    shares = []
    for sentences in (NATURAL, FAMILIAR):
        right = 0
        for sentence, label in sentences:
            example = Example("sentiment", manner.template.format(s=sentence), label, sentence)
            answer, _ = complete(llama, prompt_of(example, manner.raw), sampling, max_tokens=8)
            right += answer == label
            if answer != label and show:
                print(f"    {sentence!r} → {answer!r}, expected {label}")
        shares.append(f"{right}/{len(sentences)} = {right / len(sentences):.1%}")
    print(f"{manner.name:24} {sampling.name:36} hand-made {shares[0]}, familiar {shares[1]}", flush=True)


def speed(llama: Llama) -> None:
    """Print the tokens per second of reading a prompt and of writing."""
    prompt = llama.tokenize(SPIN_STYLE.format(s="The food was awful").encode(), special=True)
    llama.reset()
    began = time.perf_counter()
    llama.eval(prompt)
    read = time.perf_counter() - began
    began = time.perf_counter()
    written = 200
    for _ in range(written):
        llama.eval([llama.sample(temp=0.0)])
    wrote = time.perf_counter() - began
    print(f"reads {len(prompt) / read:.0f} tokens/s, writes {written / wrote:.0f} tokens/s")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("model", type=Path)
    parser.add_argument("--count", type=int, default=200)
    parser.add_argument("--show", type=int, default=0, help="wrong answers to print for each figure")
    parser.add_argument("--quick", action="store_true", help="greedy sampling in the chat template only")
    arguments = parser.parse_args()
    llama = Llama(str(arguments.model), n_ctx=1024, n_threads=1, n_threads_batch=1, verbose=False)
    print(f"{arguments.model.name}: {arguments.model.stat().st_size / 1e6:.2f} MB")
    samplings = [GREEDY] if arguments.quick else [GREEDY, GREEDY_PENALTY, SPIN_DEFAULT]
    for task in TASKS:
        for sampling in samplings:
            show = arguments.show if sampling is GREEDY else 0
            score(llama, task, arguments.count, sampling, raw=False, show=show)
        if not arguments.quick:
            score(llama, task, arguments.count, GREEDY, raw=True, show=arguments.show)
    for sampling in samplings:
        score_taught(llama, sampling, raw=False, show=arguments.show)
    if not arguments.quick:
        score_taught(llama, GREEDY, raw=True, show=arguments.show)
    for sampling in samplings:
        for manner in MANNERS:
            score_natural(llama, manner, sampling, arguments.show > 0 and sampling is GREEDY)
    speed(llama)


if __name__ == "__main__":
    main()
