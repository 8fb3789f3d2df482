"""Tokens that may come next, as llama.cpp's samplers take them."""

from __future__ import annotations

import ctypes

import numpy as np
from numpy.typing import NDArray

from spinfer.inference.engine.handle import Native
from spinfer.inference.engine.llama.library import llama

_CANDIDATE = np.dtype([("id", np.int32), ("logit", np.float32), ("p", np.float32)])


def as_candidates(logits: NDArray[np.float32], ids: NDArray[np.integer] | None = None) -> NDArray[np.void]:
    """One for each logit; `ids` are the whole vocabulary's where none are given."""
    candidates = np.zeros(len(logits), _CANDIDATE)
    candidates["id"] = np.arange(len(logits)) if ids is None else ids
    candidates["logit"] = logits
    return candidates


def narrow(sampler: Native, candidates: NDArray[np.void]) -> NDArray[np.void]:
    """Those whose logit a sampler leaves finite."""
    llama.llama_sampler_apply(sampler, ctypes.byref(_as_argument(candidates)))
    allowed: NDArray[np.void] = candidates[np.isfinite(candidates["logit"])]
    return allowed


def choose(chain: Native, candidates: NDArray[np.void]) -> int:
    """The token that a chain draws. There must be a candidate."""
    choice = _as_argument(candidates)
    llama.llama_sampler_apply(chain, ctypes.byref(choice))
    return int(choice.data[choice.selected].id)


def _as_argument(candidates: NDArray[np.void]) -> Native:
    """What a sampler takes; it works in the array itself, which must outlive it."""
    first = ctypes.cast(candidates.ctypes.data, llama.llama_token_data_p)
    return llama.llama_token_data_array(first, len(candidates), -1, False)
