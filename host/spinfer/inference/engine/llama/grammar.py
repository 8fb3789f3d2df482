"""A grammar in llama.cpp's notation (GBNF), parsed for one vocabulary, and one sequence's place in it.

llama.cpp ends the process when a grammar is told of a token that it does not allow. So what it allows is
asked first, and drawn from that alone.
"""

from __future__ import annotations

import threading

import numpy as np
from numpy.typing import NDArray

from spinfer.inference.engine.handle import Handle, Native
from spinfer.inference.engine.llama.candidates import as_candidates, choose, narrow
from spinfer.inference.engine.llama.library import complaining, llama

ROOT = b"root"
"""The rule that a text begins with."""

DEAD_END = -1
"""Drawn where the grammar allows none of the vocabulary's tokens: it ends a generation, as any end does."""


class BadGrammar(ValueError):
    """Correct the grammar; the text says what llama.cpp has against it."""


class Grammar:
    """Parsed once, walked by many. Raises BadGrammar. Any thread; the vocabulary must outlive it."""

    def __init__(self, vocab: Native, gbnf: str) -> None:
        if not gbnf.strip():
            raise BadGrammar("it is empty")
        if "\0" in gbnf:
            raise BadGrammar("it has a NUL character")
        with complaining() as said:
            pointer = llama.llama_sampler_init_grammar(vocab, gbnf.encode("utf-8", "replace"), ROOT)
        if not pointer:
            raise BadGrammar(said[0] if said else "llama.cpp cannot read it")
        self._handle = Handle("grammar", pointer, llama.llama_sampler_free)

    def begin(self) -> Walk:
        with self._handle.borrow() as pointer:
            return Walk(llama.llama_sampler_clone(pointer))

    def close(self) -> None:
        self._handle.close()


class Walk:
    """How far one sequence has come in a grammar. The engine's thread only."""

    def __init__(self, pointer: Native) -> None:
        self._handle = Handle("walk", pointer, llama.llama_sampler_free)

    def draw(self, logits: NDArray[np.float32], chain: Native) -> int:
        """What `chain` draws of the tokens that are allowed. Or DEAD_END."""
        allowed = narrow(self._handle.pointer, as_candidates(logits))
        if not len(allowed):
            return DEAD_END
        token = choose(chain, allowed)
        llama.llama_sampler_accept(self._handle.pointer, token)
        return token

    def close(self) -> None:
        self._handle.close()


class Grammars:
    """The grammars that one model was asked for, by their text. Any thread."""

    def __init__(self, vocab: Native) -> None:
        self._vocab = vocab
        self._lock = threading.Lock()
        self._parsed: dict[str, Grammar] = {}

    def get(self, gbnf: str) -> Grammar:
        """Raises BadGrammar."""
        with self._lock:
            if (known := self._parsed.get(gbnf)) is None:
                known = self._parsed[gbnf] = Grammar(self._vocab, gbnf)
            return known

    def close(self) -> None:
        for grammar in self._parsed.values():
            grammar.close()
