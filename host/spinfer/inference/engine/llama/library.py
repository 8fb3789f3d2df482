"""llama.cpp, loaded and quiet: the one door to llama_cpp.

What it logs goes to `logging` at debug level; its errors also to whoever is listening on that thread.
"""

from __future__ import annotations

import logging
import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from spinfer.inference.engine.handle import Native

SPIN_COUNT = "5000"
"""How long llama.cpp's threads spin at a barrier before they sleep, for the OpenMP runtime (GOMP_SPINCOUNT).

Longer is quicker alone and slower in company. A model of 220 M parameters, two threads on two cores, tokens/s
alone and beside another busy process: 1,000: 58 and 31; 5,000: 60 and 21; 10,000: 60 and 18; 300,000, which
is the runtime's own choice: 61 and 7."""


def _load() -> Native:
    """Import llama.cpp. The OpenMP runtime reads its settings once, as it is loaded."""
    added = "GOMP_SPINCOUNT" not in os.environ and "OMP_WAIT_POLICY" not in os.environ
    if added:
        os.environ["GOMP_SPINCOUNT"] = SPIN_COUNT
    try:
        from llama_cpp import llama_cpp  # noqa: PLC0415 - only now is the environment right
    finally:
        if added:
            del os.environ["GOMP_SPINCOUNT"]
    return llama_cpp


llama: Native = _load()
_logger = logging.getLogger(__name__)
_complaints = threading.local()
_LOG_ERROR = 4


@llama.llama_log_callback  # type: ignore[untyped-decorator]
def _log(level: int, text: bytes, _: object) -> None:
    message = text.decode("utf-8", "replace").strip()
    if level == _LOG_ERROR and (lines := getattr(_complaints, "lines", None)) is not None:
        lines.append(message)
    if message.strip("."):
        _logger.debug("%s", message)


llama.llama_log_set(_log, None)
llama.llama_backend_init()


class CannotLoad(Exception):
    """llama.cpp refused a model or a context; the text is what it said, if it said anything."""


@contextmanager
def complaining() -> Iterator[list[str]]:
    """Gathers the errors that llama.cpp logs on this thread."""
    lines: list[str] = []
    _complaints.lines = lines
    try:
        yield lines
    finally:
        del _complaints.lines
