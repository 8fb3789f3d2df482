"""Where a converted model goes: a name that is safe as a file's, a file that appears when it is complete."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from spinfer.config import model_name
from spinfer.errors import ModelError


@dataclass(frozen=True, slots=True)
class Destination:
    """`<folder>/<name>.gguf`."""

    folder: Path
    name: str

    def __post_init__(self) -> None:
        """Raises ConfigError: the name could lead elsewhere, or cannot be typed."""
        model_name.check(self.name)

    @property
    def path(self) -> Path:
        return self.folder / f"{self.name}.gguf"

    def check_free(self) -> None:
        """Raises ModelError: there is such a model already."""
        if os.path.lexists(self.path):
            raise ModelError(
                f"there is a model `{self.name}` already",
                where=str(self.path),
                cure="Choose another name, or replace it with `--force`.",
            )

    @contextmanager
    def partial(self) -> Iterator[Path]:
        """A file to write to: it takes its place when the block ends well, and is removed when it does not.

        Raises ModelError for OSErrors, those of the block too.
        """
        partial = self.folder / f".{self.name}.{os.getpid()}.partial"
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            yield partial
            partial.replace(self.path)
        except OSError as e:
            raise ModelError(f"the model cannot be written: {e.strerror or e}", where=str(self.path)) from e
        finally:
            with suppress(OSError):
                partial.unlink(missing_ok=True)
