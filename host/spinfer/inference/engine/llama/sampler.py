"""One sequence's way of drawing tokens, owned."""

from __future__ import annotations

from array import array

from spinfer.inference.engine.handle import Handle, Native
from spinfer.inference.engine.llama.grammar import Grammar, Walk
from spinfer.inference.engine.llama.library import llama
from spinfer.inference.engine.sampling import (
    ChainStage,
    Draw,
    Greedy,
    Penalties,
    Stage,
    Temperature,
    TopK,
    TopP,
    Within,
)


class Sampler:
    """One sequence's sampler chain, and the grammar that its tokens keep to, if there is one."""

    def __init__(self, stages: tuple[Stage, ...], vocabulary: int, history: array[int]) -> None:
        params = llama.llama_sampler_chain_default_params()
        self._handle = Handle("sampler", llama.llama_sampler_chain_init(params), llama.llama_sampler_free)
        self.grammar = next((stage.grammar for stage in stages if isinstance(stage, Within)), None)
        self._walk: Walk | None = None
        for stage in stages:
            if isinstance(stage, Within):
                continue  # not in the chain: what it allows is looked at before anything is drawn
            llama.llama_sampler_chain_add(self.pointer, _stage(stage, vocabulary))
        for token in history:
            llama.llama_sampler_accept(self.pointer, token)

    @property
    def pointer(self) -> Native:
        return self._handle.pointer

    def walk(self, grammar: Grammar) -> Walk:
        """The sequence's place in the grammar; at first its beginning."""
        if self._walk is None:
            self._walk = grammar.begin()
        return self._walk

    def close(self) -> None:
        if self._walk is not None:
            self._walk.close()
        self._handle.close()


def _stage(stage: ChainStage, vocabulary: int) -> Native:
    match stage:
        case Penalties(last_n, repeat):
            return llama.llama_sampler_init_penalties(vocabulary, last_n, repeat, 0.0, 0.0)
        case TopK(k):
            return llama.llama_sampler_init_top_k(k)
        case TopP(p):
            return llama.llama_sampler_init_top_p(p, 1)
        case Temperature(t):
            return llama.llama_sampler_init_temp(t)
        case Draw(seed):
            return llama.llama_sampler_init_dist(seed)
        case Greedy():
            return llama.llama_sampler_init_greedy()
