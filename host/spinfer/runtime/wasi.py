"""What a command sees of the system it runs on: arguments, environment, folders, standard streams."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from wasmtime import Store, WasiConfig, WasmtimeError

from spinfer.errors import ConfigError


@dataclass(frozen=True, slots=True)
class Mount:
    """A folder of the host's at a path of the guest's."""

    host: Path
    guest: str
    writable: bool = True

    @classmethod
    def parse(cls, text: str, *, writable: bool = True) -> Mount:
        """`host::guest`, or `host` for the same path on both sides. Raises ConfigError."""
        host, separator, guest = text.partition("::")
        if not host or (separator and not guest):
            raise ConfigError(
                f"`{text}` names no folder", where="--dir", cure="Write host::guest, as in ./data::/data"
            )
        return cls(Path(host), guest or host, writable)


@dataclass(frozen=True, slots=True)
class Wasi:
    """The grants of one command; stdio is the process's own.

    Checked when made: raises ConfigError for a mount that is no folder, and for text that cannot be passed
    on (WASI strings are UTF-8, and the way there ends at a NUL).
    """

    arguments: tuple[str, ...] = ()
    """The program's name first."""
    environment: tuple[tuple[str, str], ...] = ()
    mounts: tuple[Mount, ...] = field(default=())

    def __post_init__(self) -> None:
        for place, text in enumerate(self.arguments):
            _check_text(text, f"argument {place}")
        for name, value in self.environment:
            _check_text(name + value, f"environment variable {name!r}")
        for mount in self.mounts:
            _check_text(mount.guest, "--dir")
            if not mount.host.is_dir():
                raise ConfigError(
                    f"`{mount.host}` is not a folder", where="--dir", cure="Create it, or name another."
                )


def grant(store: Store, wasi: Wasi) -> None:
    """Give `store` these grants, before it is instantiated. Raises ConfigError for a closed folder."""
    config = WasiConfig()
    config.argv = list(wasi.arguments)
    config.env = list(wasi.environment)
    config.inherit_stdin()
    config.inherit_stdout()
    config.inherit_stderr()
    for mount in wasi.mounts:
        try:
            config.preopen_dir(str(mount.host), mount.guest, mount.writable)
        except WasmtimeError as e:
            raise ConfigError(
                f"`{mount.host}` cannot be opened", where="--dir", cure="Check that it may be read."
            ) from e
    store.set_wasi(config)
    store.set_wasi_http()  # `wasi:http/types` is linked; it reaches no network without `outgoing-handler`


def _check_text(text: str, where: str) -> None:
    if "\0" in text:
        raise ConfigError("it contains a NUL character", where=where, cure="Remove it.")
    try:
        text.encode()
    except UnicodeEncodeError as e:
        raise ConfigError("it is not valid UTF-8", where=where, cure="Re-encode it.") from e
