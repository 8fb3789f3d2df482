"""What `spinfer run` is made of: one command, and all it may use."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType

from spinfer.config.models import ModelConfig
from spinfer.factors.base import Factor
from spinfer.factors.llm.access import ModelAccess
from spinfer.factors.llm.factor import LlmFactor
from spinfer.inference.catalog import Catalog
from spinfer.runtime.compile_cache import CompileCache
from spinfer.runtime.compiler import Compiler
from spinfer.runtime.executor import Executor
from spinfer.runtime.limits import Limits
from spinfer.runtime.loader import ComponentFile
from spinfer.runtime.wasi import Wasi
from spinfer.triggers.command import ENTRY, CommandTrigger

MODEL_FOLDER = Path(".spin", "ai-models")
"""Beside the manifest: where Spin keeps local models, and we find `<name>.gguf`."""


@dataclass(frozen=True, slots=True)
class CommandApp:
    """One command with all it may use."""

    file: ComponentFile
    folder: Path
    models: Mapping[str, ModelConfig]
    access: ModelAccess
    wasi: Wasi
    limits: Limits = field(default_factory=Limits)
    models_memory_bytes: int | None = None
    """What loaded models may take together; None: what the machine has."""
    cache: Path | None = None
    """Folder of compiled components; None: the platform's."""
    use_cache: bool = True


class CommandHost:
    """Everything that one command needs, in a `with` block; nothing is compiled or loaded at first."""

    def __init__(self, app: CommandApp, progress: Callable[[str, float], None]) -> None:
        self._app = app
        self._compiler = Compiler()
        self.models = Catalog(
            app.models, app.folder / MODEL_FOLDER, progress=progress, memory_bytes=app.models_memory_bytes
        )

    def load(self) -> CommandTrigger:
        """Compile and link the command: seconds for a guest not seen before. Raises OperatorError."""
        app = self._app
        compile_ = CompileCache(self._compiler, app.cache).compile if app.use_cache else None
        executor = Executor(
            self._compiler,
            factors(self.models, {app.file.id: app.access}),
            compile_=compile_,
            limits=app.limits,
            host_wasi=True,
        )
        executor.load([app.file], [ENTRY])
        return CommandTrigger(executor, app.file.id, app.wasi)

    def __enter__(self) -> CommandHost:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.models.close()
        self._compiler.close()


def factors(models: Catalog, access: Mapping[str, ModelAccess]) -> tuple[Factor, ...]:
    """Every capability that a guest may be given."""
    return (LlmFactor(models, access),)
