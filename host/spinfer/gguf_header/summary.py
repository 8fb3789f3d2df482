"""What a line about a model says: what kind it is, how large, how it is stored."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from pathlib import Path

from spinfer.gguf_header import kinds, reader
from spinfer.gguf_header.header import BadHeader, Header

_GUESSED = 1024
"""Added to `general.file_type` where whoever wrote the file was not sure."""


@dataclass(frozen=True, slots=True)
class Summary:
    """One model, all its parts together. None: the file does not say."""

    architecture: str | None
    name: str | None
    parameters: int
    quantization: str | None
    bytes: int
    trained_context: int | None
    embeds: bool
    """It says how its vectors are pooled, as models for embedding do."""
    license: str | None = None


def summarize(path: Path) -> Summary:
    """Raises BadHeader, also for a file whose end is missing, and OSError."""
    return summary_of(whole(path))


def summary_of(headers: Sequence[Header]) -> Summary:
    """Of all parts of a model; the first one describes it."""
    header = headers[0]
    architecture = header.architecture
    return Summary(
        architecture=architecture,
        name=header.text("general.name"),
        parameters=sum(tensor.elements for each in headers for tensor in each.tensors),
        quantization=quantization(headers),
        bytes=sum(each.file_bytes for each in headers),
        trained_context=header.number(f"{architecture}.context_length"),
        embeds=header.number(f"{architecture}.pooling_type") in (1, 2, 3)
        or header.metadata.get(f"{architecture}.attention.causal") is False,
        license=header.text("general.license"),
    )


def whole(path: Path, keep: Collection[str] = ()) -> list[Header]:
    """The headers of all parts, the first one read with `keep`. Raises as summarize()."""
    header = reader.read(path, keep)
    headers = [header, *(reader.read(part) for part in parts(path, header)[1:])]
    if missing := sum(each.missing_bytes for each in headers):
        raise BadHeader(f"{missing} bytes of its weights are missing: the file is incomplete")
    return headers


def quantization(headers: Sequence[Header]) -> str | None:
    """As the file says; else the kind that most of its numbers are of."""
    stated = headers[0].number("general.file_type")
    if stated is not None and (name := kinds.FILES.get(stated & ~_GUESSED)) is not None:
        return name
    elements: Counter[int] = Counter()
    for header in headers:
        for tensor in header.tensors:
            elements[tensor.kind] += tensor.elements
    found = kinds.TENSORS.get(elements.most_common(1)[0][0]) if elements else None
    return None if found is None else found.name


def parts(path: Path, header: Header) -> list[Path]:
    """The files of a split model, of which `path` is the first; of any other, `path` alone. Raises BadHeader.

    The parts are named as llama.cpp names them: `…-00001-of-00003.gguf`.
    """
    count = header.number("split.count") or 1
    if count == 1:
        return [path]
    first = f"-00001-of-{count:05}"
    if not path.stem.endswith(first):
        raise BadHeader(f"it is one of {count} parts, and not the one named `…{first}.gguf`")
    stem = path.stem.removesuffix(first)
    found = [path.with_name(f"{stem}-{n:05}-of-{count:05}{path.suffix}") for n in range(1, count + 1)]
    if absent := [each.name for each in found if not each.is_file()]:
        raise BadHeader(f"it has {count} parts, and {absent[0]} is not there")
    return found
