"""What the calls of one guest instance know beside its handles."""

from __future__ import annotations

from dataclasses import dataclass

from spinfer.factors.wasi_http.sending import Sender


@dataclass(frozen=True, slots=True)
class WasiHttpState:
    component: str
    sender: Sender
