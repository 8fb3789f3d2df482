"""Which tensors of a BERT model go where in a GGUF file, and how large they have to be. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from spinfer.conversion.bert_shape import BertShape
from spinfer.errors import ModelError

_LAYER = {
    "attention.self.query": "attn_q",
    "attention.self.key": "attn_k",
    "attention.self.value": "attn_v",
    "attention.output.dense": "attn_output",
    "attention.output.LayerNorm": "attn_output_norm",
    "intermediate.dense": "ffn_up",
    "output.dense": "ffn_down",
    "output.LayerNorm": "layer_output_norm",
}
_WITHOUT_USE = ("pooler.", "cls.", "embeddings.position_ids", "embeddings.token_type_ids")
"""Heads, which embeddings do without, and numbers from 0."""


@dataclass(frozen=True, slots=True)
class Move:
    """One tensor's way: `shape` is what it has to have, `rows` how many of it are kept.

    `half`: written as float16. So are the matrices that activations are multiplied with; what is added is
    small, and keeps its float32.
    """

    source: str
    target: str
    shape: tuple[int, ...]
    rows: int
    half: bool = False


def plan(shape: BertShape, context_tokens: int) -> tuple[Move, ...]:
    """Every tensor that llama.cpp wants; it wants as many positions as the context has."""
    return (*_embeddings(shape, context_tokens), *_layers(shape))


def match(moves: tuple[Move, ...], found: Mapping[str, tuple[int, ...]], where: str) -> dict[str, str]:
    """The file's own name for each `Move.source`; older files call them differently.

    `found` are the shapes by name. Raises ModelError: one is missing, of another shape, or has no use here.
    """
    names = {_modern(name): name for name in found}
    for move in moves:
        if move.source not in names:
            raise ModelError(
                f"the tensor `{move.source}` is missing",
                where=where,
                cure="The file may be damaged, or belong to another config.json: get the folder again.",
            )
        if (actual := found[names[move.source]]) != move.shape:
            raise ModelError(
                f"the tensor `{move.source}` is {_by(actual)}, config.json asks for {_by(move.shape)}",
                where=where,
                cure="Weights and config.json belong to different models: get the folder again.",
            )
    strange = sorted(names.keys() - {move.source for move in moves})
    if strange := [name for name in strange if not name.startswith(_WITHOUT_USE)]:
        raise ModelError(
            f"the tensor {strange[0]!r} has no place in BERT ({len(strange)} of them)",
            where=where,
            cure="This is a variant of BERT that llama.cpp does not compute; a .gguf of it will not exist.",
        )
    return {move.source: names[move.source] for move in moves}


def _embeddings(shape: BertShape, context_tokens: int) -> Iterator[Move]:
    width = shape.width
    for source, target, rows, kept, half in (
        ("word", "token_embd", shape.tokens, shape.tokens, True),
        ("position", "position_embd", shape.positions, context_tokens, False),
        ("token_type", "token_types", shape.token_types, shape.token_types, False),
    ):
        name = f"embeddings.{source}_embeddings.weight"
        yield Move(name, f"{target}.weight", (rows, width), kept, half)
    for part in ("weight", "bias"):
        yield Move(f"embeddings.LayerNorm.{part}", f"token_embd_norm.{part}", (width,), width)


def _layers(shape: BertShape) -> Iterator[Move]:
    sizes = {
        "intermediate.dense": (shape.feed_forward, shape.width),
        "output.dense": (shape.width, shape.feed_forward),
    }
    for layer in range(shape.layers):
        for source, target in _LAYER.items():
            rows, columns = sizes.get(source, (shape.width, shape.width))
            name, to = f"encoder.layer.{layer}.{source}", f"blk.{layer}.{target}"
            if not source.endswith("LayerNorm"):
                yield Move(f"{name}.weight", f"{to}.weight", (rows, columns), rows, half=True)
            else:
                yield Move(f"{name}.weight", f"{to}.weight", (rows,), rows)
            yield Move(f"{name}.bias", f"{to}.bias", (rows,), rows)


def _modern(name: str) -> str:
    """Heads on top put `bert.` before the encoder's names; the first BERT files said gamma and beta."""
    name = name.removeprefix("bert.")
    for old, new in ((".gamma", ".weight"), (".beta", ".bias")):
        if name.endswith(f"LayerNorm{old}"):
            return name.removesuffix(old) + new
    return name


def _by(shape: tuple[int, ...]) -> str:
    return " × ".join(map(str, shape)) or "a single number"
