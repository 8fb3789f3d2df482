"""What is shown of downloads: on a terminal, and elsewhere."""

from __future__ import annotations

import io
import re

from rich.console import Console

from spinfer.cli.download_bars import DownloadBars


def shown(*, terminal: bool) -> str:
    """Two files, one after the other, the second of unknown size until its end."""
    out = io.StringIO()
    bars = DownloadBars(Console(file=out, force_terminal=terminal, width=100, color_system=None))
    bars.at("Downloading a.gguf", 0, 2_000_000)
    bars.note("a.gguf", "the server answers 503 [Busy]: trying again in 1 s")
    bars.at("Downloading a.gguf", 2_000_000, 2_000_000)
    bars.end("Downloading a.gguf")
    bars.at("Downloading b.gguf", 10, None)
    bars.at("Downloading b.gguf", 3_000_000, 3_000_000)
    bars.end("Downloading b.gguf")
    bars.end("Downloading nothing")
    bars.stop()
    return out.getvalue()


def screen(written: str) -> list[str]:
    """The lines that are left when each bar that was drawn over is gone."""
    lines: list[str] = [""]
    for part in re.split(r"(\n|\r|\x1b\[[0-9;?]*[A-Za-z])", written):
        match part:
            case "\n":
                lines.append("")
            case "\r" | "\x1b[2K":
                lines[-1] = ""
            case "\x1b[1A":
                lines.pop()
            case _ if not part.startswith("\x1b"):
                lines[-1] += part
    return [line.rstrip() for line in lines if line.strip()]


def test_elsewhere_a_line_for_each_file() -> None:
    assert shown(terminal=False) == (
        "Downloading a.gguf (2.0 MB) …\n"
        "a.gguf: the server answers 503 [Busy]: trying again in 1 s\n"
        "Downloading b.gguf …\n"
    )


def test_on_a_terminal_a_bar_for_each_file() -> None:
    note, first, second = screen(shown(terminal=True))
    assert note == "a.gguf: the server answers 503 [Busy]: trying again in 1 s"
    assert re.match(r"Downloading a\.gguf ━+ 2\.0/2\.0 MB", first)
    assert re.match(r"Downloading b\.gguf ━+ 3\.0/3\.0 MB", second)
