"""llama.cpp's quantizer: a model file → a smaller one."""

from __future__ import annotations

import os
from pathlib import Path

from spinfer.inference.engine.llama.library import complaining, llama


class CannotQuantize(Exception):
    """llama.cpp refused; the text is what it said, if it said anything."""


def quantize(source: Path, target: Path, file_type: int, *, threads: int) -> None:
    """Write `target`, with most weights as `file_type` says (see gguf_header.kinds.FILES). Takes minutes.

    It cannot be interrupted, and what it has written by then is left behind. Raises CannotQuantize.
    """
    params = llama.llama_model_quantize_default_params()
    params.ftype = file_type
    params.nthread = threads
    params.allow_requantize = True
    with complaining() as said:
        code = llama.llama_model_quantize(os.fsencode(source), os.fsencode(target), params)
    if code:
        raise CannotQuantize(said[-1] if said else "")
