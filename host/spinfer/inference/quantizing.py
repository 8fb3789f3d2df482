"""A model file → a smaller one, in a process of its own. Run as a module, it is that process."""

from __future__ import annotations

import logging
import os
import re
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from spinfer.downloads.amounts import amount
from spinfer.errors import ModelError
from spinfer.gguf_header import kinds
from spinfer.gguf_header.header import BadHeader
from spinfer.gguf_header.summary import Summary, summarize
from spinfer.inference import child
from spinfer.inference.engine.machine import physical_cores

KINDS = (
    *("F16", "BF16", "Q8_0", "Q6_K", "Q5_K_M", "Q5_K_S", "Q5_1", "Q5_0", "Q4_K_M", "Q4_K_S", "Q4_1", "Q4_0"),
    *("IQ4_NL", "IQ4_XS", "Q3_K_L", "Q3_K_M", "Q3_K_S", "Q2_K"),
)
"""What a model can be made into; smaller ones need an importance matrix, measured of the model at work."""

WHOLE = ("F32", "F16", "BF16")
"""Kinds that have lost next to nothing."""

_MARGIN = 1.2
"""Some tensors are stored in more bits than the kind's name says."""
_STEP = re.compile(r"\[\s*(\d+)\s*/\s*(\d+)\s*\]")
"""In llama.cpp's log line for each tensor."""
_PREFIX = "llama_model_quantize: failed to quantize: "


def quantize(source: Path, target: Path, kind: str, *, progress: Callable[[float], None]) -> Summary:
    """Write `target`, of one of KINDS; what it has become. `progress` hears numbers up to 1.

    An exception, KeyboardInterrupt too, leaves no file behind. Raises ModelError.
    """
    _check_room(_summary(source), target, kind)
    request = {"source": str(source), "target": str(target), "file_type": _number(kind)}
    with _unless_it_fails(target):
        try:
            answer = child.call(__name__, request, lambda news: progress(news["part"]))
        except child.ChildFailed as e:
            raise _refused(source, str(e)) from e
        if (problem := answer["problem"]) is not None:
            raise _refused(source, problem)
        return _summary(target)


@contextmanager
def _unless_it_fails(target: Path) -> Iterator[None]:
    """Keeps the file that the block writes, if it ends well."""
    try:
        yield
    except BaseException:
        with suppress(OSError):
            target.unlink()
        raise


def _check_room(summary: Summary, target: Path, kind: str) -> None:
    stem = "_".join(kind.split("_")[:2])
    bits = next(each.bits_per_weight for each in kinds.TENSORS.values() if each.name in (kind, stem))
    needed, free = int(summary.parameters * bits / 8 * _MARGIN), shutil.disk_usage(target.parent).free
    if needed > free:
        raise ModelError(
            f"the model would take up to {amount(needed)} as {kind}, and {amount(free)} are free",
            where=str(target.parent),
            cure="Make room there.",
        )


def _summary(path: Path) -> Summary:
    try:
        return summarize(path)
    except (BadHeader, OSError) as e:
        raise ModelError(f"this model cannot be read: {e}", where=str(path)) from e


def _number(kind: str) -> int:
    return next(number for number, name in kinds.FILES.items() if name == kind)


def _refused(source: Path, reason: str) -> ModelError:
    return ModelError(f"llama.cpp cannot quantize this model: {reason}", where=str(source))


class _Steps(logging.Handler):
    """Hears llama.cpp's log, and tells how many of its tensors are done."""

    def __init__(self, tell: Callable[[child.News], None]) -> None:
        super().__init__()
        self._tell = tell

    def emit(self, record: logging.LogRecord) -> None:
        if found := _STEP.search(record.getMessage()):
            self._tell({"part": int(found[1]) / int(found[2])})


def _work(request: child.News, tell: Callable[[child.News], None]) -> child.News:
    logging.basicConfig(level=logging.DEBUG, handlers=[_Steps(tell)])
    from spinfer.inference.engine.llama import quantize as native  # noqa: PLC0415 - only the child needs it

    source, target = Path(request["source"]), Path(request["target"])
    try:
        native.quantize(source, target, request["file_type"], threads=physical_cores())
    except native.CannotQuantize as e:
        free = shutil.disk_usage(target.parent).free
        said = str(e).removeprefix(_PREFIX)
        return {"problem": f"{said} ({amount(free)} are free at {target.parent})"}
    with target.open("rb") as file:
        os.fsync(file.fileno())
    return {"problem": None}


if __name__ == "__main__":
    child.serve(_work)
