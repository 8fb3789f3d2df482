"""A process that has no models and asks one that does: `python -m inference.sharing.asking FD WHAT`.

It reads prompts as JSON from its standard input, and writes what it was answered to its standard output.
"""

from __future__ import annotations

import json
import socket
import sys
import threading
from concurrent.futures import ThreadPoolExecutor

from spinfer.inference.backend import infer
from spinfer.inference.sharing.client import SharedModels
from spinfer.inference.types import EmbeddingRequest, Piece, Request, SamplingParams

PARAMS = SamplingParams(temperature=1.5, max_tokens=40)


def answers(models: SharedModels, prompts: list[str]) -> object:
    """To every prompt, sixteen at once: by infer, streamed, and as a vector."""

    def ask(prompt: str) -> tuple[str, list[str], list[float]]:
        chat = models.get("chat")
        done = infer(chat, Request(prompt, PARAMS, seed=3))
        pieces = [e.text for e in chat.stream(Request(prompt, PARAMS, seed=3)) if isinstance(e, Piece)]
        vectors = models.get("embed").embed(EmbeddingRequest((prompt,))).vectors
        return done.text, pieces, vectors[0].tolist()

    with ThreadPoolExecutor(16) as pool:
        return list(pool.map(ask, prompts))


def imported(_models: SharedModels, _prompts: list[str]) -> object:
    return sorted(sys.modules)


def begin(models: SharedModels, prompts: list[str]) -> object:
    """Ask everything, and end with none of it answered."""
    for prompt in prompts:
        request = Request(prompt, PARAMS)
        threading.Thread(target=infer, args=(models.get("m"), request), daemon=True).start()
    return len(prompts)


if __name__ == "__main__":
    models = SharedModels(socket.socket(fileno=int(sys.argv[1])))
    what = {"answers": answers, "imported": imported, "begin": begin}[sys.argv[2]]
    print(json.dumps(what(models, json.loads(sys.stdin.readline()))), flush=True)
    sys.stdin.read()
