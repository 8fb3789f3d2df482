"""Where a converted model goes: a name that is safe as a file's, a file that appears when it is complete."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from spinfer.errors import ConfigError, ModelError

_LONGEST_NAME = 200
"""UTF-8 bytes; file systems stop at 255, and a suffix has to fit."""


@dataclass(frozen=True, slots=True)
class Destination:
    """`<folder>/<name>.gguf`."""

    folder: Path
    name: str

    def __post_init__(self) -> None:
        """Raises ConfigError: the name could lead elsewhere, or cannot be typed."""
        if problem := _problem(self.name):
            raise ConfigError(
                f"{self.name!r} {problem}",
                where="NAME",
                cure="Choose the name that apps call the model by, for example all-minilm-l6-v2.",
            )

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


def _problem(name: str) -> str:
    if not name:
        return "is empty"
    if name in (".", "..", "*"):
        return "is no name"
    if any(char in "/\\" or not char.isprintable() for char in name):
        return "has characters in it that no model's name may have"
    if len(name.encode("utf-8", "replace")) > _LONGEST_NAME:
        return f"is too long: {_LONGEST_NAME} bytes are the most"
    return ""
