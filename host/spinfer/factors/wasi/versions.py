"""What every interface of this factor is declared under."""

from __future__ import annotations

from typing import Final

NAME: Final = "wasi"
VERSIONS: Final = ("0.2.0",)
"""Every 0.2.x: they serve each other."""
