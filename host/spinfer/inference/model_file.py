"""What can be said of a model file without loading it."""

from __future__ import annotations

from pathlib import Path

from spinfer.errors import ModelError


def check_file(name: str, path: Path) -> None:
    """Raises ModelError: no such file, unreadable, not GGUF. `name` is what apps call the model."""
    try:
        with path.open("rb") as file:
            magic = file.read(4)
    except OSError as e:
        reason = "there is no such file" if isinstance(e, FileNotFoundError) else (e.strerror or str(e))
        cure = "Put a GGUF file there, or correct the path in spinfer.toml."
        raise ModelError(f"model '{name}': {reason}", where=str(path), cure=cure) from e
    if magic != b"GGUF":
        raise ModelError(
            f"model '{name}': this is not a GGUF file",
            where=str(path),
            cure="Download the model as .gguf, or convert it with llama.cpp's conversion scripts.",
        )


def fingerprint(path: Path) -> tuple[int, int, int] | None:
    """Changes when the file does; None where there is none."""
    try:
        stat = path.stat()
    except OSError:
        return None
    return (stat.st_mtime_ns, stat.st_size, stat.st_ino)


def named_file(folder: Path, name: str) -> Path | None:
    """`<folder>/<name>.gguf`, where there is one. Names come from guests: none leads out of the folder."""
    parts = name.split("/")
    if any(part in ("", ".", "..") or "\\" in part or "\0" in part for part in parts):
        return None
    path = folder.joinpath(*parts[:-1], f"{parts[-1]}.gguf")
    try:
        return path if path.is_file() else None
    except OSError:  # a name too long for this file system
        return None
