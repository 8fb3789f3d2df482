"""spinfer.toml, which stands beside spin.toml and says what Spin has no word for: models and limits."""

from __future__ import annotations

from pathlib import Path

from pydantic import Field, ValidationError

from spinfer.config.models import ModelTable
from spinfer.documents import toml
from spinfer.documents.problems import problems
from spinfer.documents.table import Table
from spinfer.errors import ConfigError

FILE_NAME = "spinfer.toml"


class Limits(Table):
    """`[limits]`: what one guest instance may use, and what all models together may."""

    max_memory_mib: int | None = Field(default=None, ge=1, le=4096, examples=["max_memory_mib = 512"])
    """None: all that 32-bit WebAssembly can address."""
    timeout_s: float | None = Field(default=None, gt=0, allow_inf_nan=False, examples=["timeout_s = 30"])
    """How long one call may take. None: as long as it likes."""
    sqlite_timeout_s: float | None = Field(
        default=None, gt=0, allow_inf_nan=False, examples=["sqlite_timeout_s = 60"]
    )
    """How long one SQL statement of a guest may take. None: 30 seconds."""
    max_models_memory_mib: int | None = Field(default=None, ge=1, examples=["max_models_memory_mib = 8192"])
    """Weights and caches of the loaded models. One that needs room unloads the others, first those that were
    not asked for longest, and none in the middle of an answer. None: all that the machine has."""

    @property
    def max_memory_bytes(self) -> int | None:
        return None if self.max_memory_mib is None else self.max_memory_mib * 2**20

    @property
    def max_models_memory_bytes(self) -> int | None:
        return None if self.max_models_memory_mib is None else self.max_models_memory_mib * 2**20


class SpinferConfig(Table):
    """The whole file; without one, nothing is configured."""

    models: ModelTable = Field(
        default_factory=dict, examples=['[models.llama2-chat] with `path = "models/llama.gguf"`']
    )
    """Paths are absolute."""
    limits: Limits = Field(default=Limits(), examples=["[limits] with `timeout_s = 30`"])


def load(path: Path) -> SpinferConfig:
    """The configuration in a file, or in a folder's `spinfer.toml` if it has one. Raises ConfigError."""
    file = (path / FILE_NAME if path.is_dir() else path).absolute()
    try:
        raw = toml.read(file, ConfigError)
    except FileNotFoundError as e:
        if path.is_dir():
            return SpinferConfig()
        raise ConfigError("there is no such file", where=str(path)) from e
    try:
        config = SpinferConfig.model_validate(raw)
    except ValidationError as e:
        raise ConfigError.listing(problems(e, SpinferConfig, file.name)) from e
    models = {name: model.resolved(file.parent) for name, model in config.models.items()}
    return config.model_copy(update={"models": models})
