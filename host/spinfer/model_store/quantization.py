"""Which files of a repository make up one model, and which model to take when nobody says: pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath

PREFERRED = "Q4_K_M"
"""Small, and close to the original: what most people take."""

_NAME = re.compile(
    r"(?<![A-Z0-9])(?:UD-)?(?:I?Q\d(?:_[A-Z0-9]+)*|TQ\d_\d|MXFP4(?:_MOE)?|BF16|F16|F32)(?![A-Z0-9_])",
    re.IGNORECASE,
)
_PART = re.compile(r"(?P<stem>.*)-(?P<number>\d{5})-of-(?P<count>\d{5})\.gguf", re.IGNORECASE)
_NO_MODELS = ("mmproj", "imatrix", "ggml-vocab")
"""Begin the names of GGUF files that are something else."""

_BITS = {
    "IQ1_S": 1.6, "IQ1_M": 1.8, "TQ1_0": 1.7, "TQ2_0": 2.1, "IQ2_XXS": 2.1, "IQ2_XS": 2.3, "IQ2_S": 2.5,
    "IQ2_M": 2.7, "Q2_K_S": 2.8, "Q2_K": 3.0, "IQ3_XXS": 3.1, "IQ3_XS": 3.3, "IQ3_S": 3.5, "Q3_K_S": 3.5,
    "IQ3_M": 3.7, "Q3_K_M": 3.9, "Q3_K_L": 4.3, "IQ4_XS": 4.3, "MXFP4": 4.3, "IQ4_NL": 4.5, "Q4_0": 4.6,
    "Q4_K_S": 4.6, "Q4_K_M": 4.8, "Q4_K_L": 4.9, "Q4_1": 5.0, "Q5_0": 5.5, "Q5_K_S": 5.5, "Q5_K_M": 5.7,
    "Q5_K_L": 5.8, "Q5_1": 5.9, "Q6_K": 6.6, "Q6_K_L": 6.7, "Q8_0": 8.5, "BF16": 16.0, "F16": 16.0,
    "F32": 32.0,
}  # fmt: skip
"""Bits a weight, roughly, whole models: by them one is nearer to another."""


@dataclass(frozen=True, slots=True)
class Variant:
    """One model of a repository: its files, the parts in order."""

    quantization: str | None
    """In capitals; None: the name does not say."""
    files: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Choice:
    """What to take. `note`, if any, is for the person who did not ask for just that."""

    variant: Variant
    note: str = ""


def variants(files: Iterable[str]) -> tuple[Variant, ...]:
    """Every whole model among the paths of a repository, by name. Parts without the others are none."""
    single: list[Variant] = []
    parts: dict[tuple[str, int], dict[int, str]] = {}
    for path in sorted(files):
        name = PurePosixPath(path).name.lower()
        if not name.endswith(".gguf") or name.startswith(_NO_MODELS):
            continue
        if part := _PART.fullmatch(path):
            parts.setdefault((part["stem"], int(part["count"])), {})[int(part["number"])] = path
        else:
            single.append(Variant(quantization(path), (path,)))
    split = [
        Variant(quantization(numbered[1]), tuple(numbered[number] for number in range(1, count + 1)))
        for (_, count), numbered in parts.items()
        if set(numbered) == set(range(1, count + 1))
    ]
    return tuple(sorted(single + split, key=lambda variant: variant.files))


def quantization(path: str) -> str | None:
    """As the file's name says, else its folder's; the last word that looks like one."""
    for name in reversed(PurePosixPath(path).parts):
        if found := _NAME.findall(name):
            return str(found[-1]).upper()
    return None


def choose(found: Sequence[Variant], wanted: str | None) -> Choice | None:
    """`wanted`: a quantization, or a file's path or name; None: the preferred one, else the nearest to it.

    None: there is no such model.
    """
    if wanted is not None:
        exact = [v for v in found if wanted in (v.files[0], PurePosixPath(v.files[0]).name)]
        alike = [v for v in found if v.quantization == wanted.upper()]
        return next((Choice(variant) for variant in (*exact, *alike)), None)
    if not found:
        return None
    best = min(found, key=_distance)
    if best.quantization == PREFERRED or len(found) == 1:
        return Choice(best)
    name = best.quantization or PurePosixPath(best.files[0]).name
    return Choice(best, f"there is no {PREFERRED}: taking {name}, which is the nearest")


def _distance(variant: Variant) -> tuple[float, float, tuple[str, ...]]:
    """Of two that are as near, the more exact one."""
    plain = (variant.quantization or "").removeprefix("UD-")
    bits = _BITS.get(plain)
    if bits is None:
        return (100.0, 0.0, variant.files)
    return (round(abs(bits - _BITS[PREFERRED]), 1), -bits, variant.files)
