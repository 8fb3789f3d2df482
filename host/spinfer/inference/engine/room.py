"""Whether a model fits into the memory there is: told from its header before it is loaded, then again."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Self

from spinfer.downloads.amounts import amount
from spinfer.errors import ModelError
from spinfer.gguf_header.header import BadHeader
from spinfer.gguf_header.summary import whole
from spinfer.inference.engine import file_info, machine, memory
from spinfer.inference.engine.memory import Needs
from spinfer.inference.engine.model_info import ModelInfo
from spinfer.inference.engine.sizes import EngineSettings
from spinfer.inference.model_file import check_file


@dataclass(frozen=True, slots=True)
class Room:
    """What one model needs. `claim` hears of it, in bytes; `weights` are those of all files together."""

    name: str
    path: Path
    settings: EngineSettings
    info: ModelInfo
    """As far as the header says."""
    weights: int
    parameters: int
    claim: Callable[[int], None]

    @classmethod
    def measure(
        cls,
        name: str,
        path: Path,
        settings: EngineSettings,
        claim: Callable[[int], None] = lambda needed: None,
    ) -> Self:
        """Reads headers only. Raises ModelError: no such file, not GGUF, damaged, incomplete."""
        adapters = [adapter.path for adapter in settings.lora]
        for file in (path, *adapters):
            check_file(name, file)
        try:
            headers = whole(path)
        except BadHeader as e:
            raise ModelError(f"model '{name}': {e}", where=str(path), cure="Download it again.") from e
        except OSError as e:
            raise ModelError(f"model '{name}': {e.strerror or e}", where=str(path)) from e
        weights = sum(header.file_bytes for header in headers) + sum(file.stat().st_size for file in adapters)
        parameters = sum(tensor.elements for header in headers for tensor in header.tensors)
        return cls(name, path, settings, file_info.of(headers[0], weights), weights, parameters, claim)

    def check(self) -> None:
        """Before loading. Raises ModelError, or what `claim` raises."""
        needs = memory.needs(self.settings, self.info, self.weights)
        self.claim(needs.total)
        if self.settings.gpu_layers == 0:
            self._check(needs, f"it needs {amount(needs.total)} of memory ({needs.parts})", self.info)

    def check_cache(self, info: ModelInfo) -> None:
        """After loading, when llama.cpp has said what it is.

        The weights are mapped by now, and what is read of them counts as memory that can be taken back.
        """
        needs = memory.needs(self.settings, info, self.weights)
        self.claim(needs.total)
        cache = Needs(0, needs.cache)
        self._check(cache, f"its KV cache needs {amount(cache.total)} of memory", info)

    def fitting(self, available: int) -> str:
        """What would fit into so many bytes, in one sentence."""
        return memory.fitting(self.settings, self.info, self.weights, self.parameters, available)

    def _check(self, needs: Needs, what: str, info: ModelInfo) -> None:
        available = machine.available_memory()
        if available is not None and needs.total > available:
            raise ModelError(
                f"model '{self.name}': {what}, and {amount(available)} are available",
                where=str(self.path),
                cure=f"Free memory. {replace(self, info=info).fitting(available)}",
            )
