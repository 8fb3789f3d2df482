"""What `spinfer run` is made of: one command, and all it may use."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from types import TracebackType

from spinfer.assembly import services
from spinfer.assembly.model_keys import with_keys
from spinfer.assembly.stores import AppStores
from spinfer.config.models import ModelConfig
from spinfer.config.runtime_config import RuntimeConfig
from spinfer.config.seeds import StoreSettings
from spinfer.factors.base import Factor
from spinfer.factors.llm.access import ModelAccess, Models
from spinfer.factors.llm.factor import LlmFactor
from spinfer.factors.variables.factor import VariablesFactor
from spinfer.factors.variables.resolver import Resolver
from spinfer.factors.variables.sources import Sources, VariableSettings
from spinfer.inference.catalog import Catalog
from spinfer.manifest.model import Manifest
from spinfer.model_store.local import LocalModels
from spinfer.runtime.compile_cache import CompileCache
from spinfer.runtime.compiler import Compiler
from spinfer.runtime.executor import Executor
from spinfer.runtime.limits import Limits
from spinfer.runtime.loader import ComponentFile
from spinfer.runtime.parts import compile_in_parts
from spinfer.runtime.wasi import Wasi
from spinfer.triggers.command import ENTRY, CommandTrigger

MODEL_FOLDER = "ai-models"
"""In the state folder: where Spin keeps local models, and we find `<name>.gguf`."""


@dataclass(frozen=True, slots=True)
class CommandApp:
    """One command with all it may use."""

    file: ComponentFile
    manifest: Manifest | None
    """The app that the component belongs to, if it belongs to one."""
    models: Mapping[str, ModelConfig]
    access: ModelAccess
    wasi: Wasi
    runtime: RuntimeConfig = field(default_factory=RuntimeConfig)
    variables: VariableSettings = field(default_factory=VariableSettings)
    state_folder: Path | None = None
    """Where models, in `ai-models`, and data are kept; None: nowhere."""
    stores: StoreSettings = field(default_factory=StoreSettings)
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
        with ExitStack() as closing:
            self._resolver = resolver(app.manifest, app.variables, closing)
            self._compiler = Compiler()
            closing.callback(self._compiler.close)
            self.models = Catalog(
                with_keys(app.models, app.variables.environment, self._resolver.values()),
                None if app.state_folder is None else app.state_folder / MODEL_FOLDER,
                local=LocalModels(),
                progress=progress,
                memory_bytes=app.models_memory_bytes,
            )
            closing.callback(self.models.close)
            self._stores = closing.enter_context(AppStores(app.runtime, app.state_folder, app.stores))
            self._closing = closing.pop_all()

    def load(self) -> CommandTrigger:
        """Compile and link the command: seconds for an interpreter not seen before. Raises OperatorError."""
        app = self._app
        cache = CompileCache(self._compiler, app.cache) if app.use_cache else None
        executor = Executor(
            self._compiler,
            self._factors(),
            compile_=cache.compile if cache else None,
            # one instance is made, so there is little to lose
            in_parts=partial(compile_in_parts, cache) if cache else None,
            limits=app.limits,
            host_wasi=True,
        )
        executor.load([app.file], [ENTRY])
        self._stores.seed()
        return CommandTrigger(executor, app.file.id, app.wasi)

    def _factors(self) -> tuple[Factor, ...]:
        app = self._app
        component = app.manifest and app.manifest.components[app.file.id]
        described = {app.file.id: component} if component else {}
        return (
            *factors(self.models, {app.file.id: app.access}),
            VariablesFactor(self._resolver, {id: it.variables for id, it in described.items()}),
            *self._stores.factors(described),
            *services.factors(app.manifest, described, self._resolver.values(), app.runtime, self._closing),
        )

    def __enter__(self) -> CommandHost:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._closing.close()


def factors(models: Models, access: Mapping[str, ModelAccess]) -> tuple[Factor, ...]:
    """Every capability that a guest may be given."""
    return (LlmFactor(models, access),)


def resolver(manifest: Manifest | None, settings: VariableSettings, closing: ExitStack) -> Resolver:
    """Of an app's variables. Raises ConfigError for an `.env` that cannot be read."""
    declared = manifest.variables if manifest else {}
    return Resolver(declared, closing.enter_context(Sources(settings)).providers)
