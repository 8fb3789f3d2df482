"""Which component may use which model, and where a model's name leads."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from spinfer.inference.backend import Backend


@dataclass(frozen=True, slots=True)
class ModelAccess:
    """The models that one component may use: its `ai_models`, or whatever there is."""

    names: frozenset[str] = frozenset()
    every: bool = False
    """Any name: for a component that runs without a manifest, by its operator's word."""

    def __contains__(self, model: str) -> bool:
        return self.every or model in self.names


class Models(Protocol):
    """The catalog, as far as this factor knows it."""

    def get(self, name: str) -> Backend:
        """Any thread. Raises ModelNotSupported, whose text tells the operator which names there are."""
        ...
