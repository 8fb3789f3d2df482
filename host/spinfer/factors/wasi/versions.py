"""What every interface of this factor is declared under."""

from __future__ import annotations

from typing import Final

from spinfer.factors.wasi_io.interface import DECEMBER, NOVEMBER, OCTOBER

NAME: Final = "wasi"
VERSIONS: Final = ("0.2.0", DECEMBER, NOVEMBER)
"""Every 0.2.x, as they serve each other, and the release candidates that agree with them."""
SINCE_OCTOBER: Final = (*VERSIONS, OCTOBER)
"""What has not changed since the earlier release candidate."""
