"""A sentence-transformers folder with a BERT model → one GGUF file that embeds the same way."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from spinfer.conversion import bert_tensors
from spinfer.conversion.bert_model import BertModel, read_model
from spinfer.conversion.bert_tensors import Move
from spinfer.conversion.destination import Destination
from spinfer.conversion.safetensors import SafeTensors
from spinfer.errors import ModelError

_LARGEST_HALF = float(np.finfo(np.float16).max)


@dataclass(frozen=True, slots=True)
class Converted:
    """The file, and what is in it."""

    path: Path
    bytes: int
    model: BertModel


def convert(
    folder: Path,
    destination: Destination,
    *,
    context_tokens: int | None = None,
    progress: Callable[[float], None] = lambda part: None,
) -> Converted:
    """Convert the model in `folder`; takes seconds for a large one, of which `progress` hears up to 1.

    What stands at the destination is replaced. Raises ModelError or ConfigError, and leaves nothing behind
    then. `context_tokens` as for `read_model`.
    """
    # imported here: gguf takes a moment, which `spinfer --help` need not spend
    from spinfer.conversion import gguf_file  # noqa: PLC0415

    model = read_model(folder, context_tokens)
    weights = _Weights(model)
    with destination.partial() as partial:
        gguf_file.write(partial, destination.name, model, weights.read, progress)
    return Converted(destination.path, destination.path.stat().st_size, model)


class _Weights:
    """The tensors of a model by what they move. Raises ModelError: a missing one, or another shape."""

    def __init__(self, model: BertModel) -> None:
        self._path = model.weights
        self._file = SafeTensors(model.weights)
        shapes = {name: entry.shape for name, entry in self._file.entries.items()}
        self._names = bert_tensors.match(model.moves, shapes, str(model.weights))

    def read(self, move: Move) -> NDArray[np.float32]:
        """Raises ModelError: numbers that the target's type does not have."""
        values = self._file.read(self._names[move.source])
        largest = float(np.abs(values).max(initial=0))  # not a number, where one of them is not
        if largest <= (_LARGEST_HALF if move.half else np.finfo(np.float32).max):
            return values
        raise ModelError(
            f"the tensor `{move.source}` has numbers in it that are infinite, none at all, or too large",
            where=str(self._path),
            cure="The file may be damaged, or its training may have failed: get it again.",
        )
