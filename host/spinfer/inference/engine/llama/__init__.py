"""llama.cpp's handles, owned: a handle that was closed says so instead of crashing the process.

It knows no scheduling, and no policy but what llama.cpp itself needs to run well.
"""

from spinfer.inference.engine.llama.batch import Batch
from spinfer.inference.engine.llama.context import Context, Snapshot
from spinfer.inference.engine.llama.grammar import DEAD_END, BadGrammar
from spinfer.inference.engine.llama.library import SPIN_COUNT, CannotLoad
from spinfer.inference.engine.llama.model import Model
from spinfer.inference.engine.llama.sampler import Sampler

__all__ = [
    "DEAD_END",
    "SPIN_COUNT",
    "BadGrammar",
    "Batch",
    "CannotLoad",
    "Context",
    "Model",
    "Sampler",
    "Snapshot",
]
