"""Where a host keeps what it keeps: the state folder and the log folder."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from spinfer.config.runtime_config import RuntimeConfig

STATE_FOLDER = ".spin"
"""Beside spin.toml."""
LOG_FOLDER = "logs"
"""In the state folder."""


@dataclass(frozen=True, slots=True)
class Folders:
    """Both absolute; None: nothing is kept."""

    state: Path | None
    logs: Path | None

    @classmethod
    def of(cls, app: Path, config: RuntimeConfig, state_dir: str | None, log_dir: str | None) -> Folders:
        """What the command line says, else runtime-config.toml, else the defaults in the folder `app`.

        "" stands for no folder, None for nothing said.
        """
        written = config.state_dir if state_dir is None else state_dir
        state = app / STATE_FOLDER if written is None else _absolute(written)
        written = config.log_dir if log_dir is None else log_dir
        if written is not None:
            return cls(state, _absolute(written))
        return cls(state, None if state is None else state / LOG_FOLDER)


def _absolute(written: str) -> Path | None:
    return Path(written).absolute() if written else None
