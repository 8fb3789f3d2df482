"""A sentence-transformers folder with a BERT model, read but for its weights."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

from spinfer.conversion import bert_tensors, json_object
from spinfer.conversion.bert_shape import BertShape, read_shape
from spinfer.conversion.bert_tensors import Move
from spinfer.conversion.sentence_recipe import MODULES, Pooling, SentenceRecipe, read_recipe
from spinfer.conversion.wordpiece import WordPiece, read_wordpiece
from spinfer.errors import ConfigError, ModelError

WEIGHTS = "model.safetensors"
_FOREIGN_WEIGHTS = {
    "model.safetensors.index.json": "the weights are split over several files, which cannot be converted",
    "pytorch_model.bin": "the weights are pickled by PyTorch, and unpickling runs whatever they contain",
    "tf_model.h5": "the weights are TensorFlow's, which cannot be converted",
    "flax_model.msgpack": "the weights are Flax's, which cannot be converted",
}


@dataclass(frozen=True, slots=True)
class BertModel:
    """All that a GGUF file says, but for the numbers, which `weights` has. `notes` are for the operator."""

    shape: BertShape
    context_tokens: int
    pooling: Pooling
    tokenizer: WordPiece
    weights: Path
    notes: tuple[str, ...]

    @property
    def moves(self) -> tuple[Move, ...]:
        return bert_tensors.plan(self.shape, self.context_tokens)


def read_model(folder: Path, context_tokens: int | None = None) -> BertModel:
    """The model in a folder. Raises ModelError, or ConfigError where `context_tokens` is too large.

    `context_tokens` None: as many as sentence-transformers cuts texts at, so that every text has the vector
    that it has there, or is refused.
    """
    recipe = _recipe(folder)
    shape = _shape(recipe.transformer)
    tokenizer = read_wordpiece(recipe.transformer, shape.tokens)
    return BertModel(
        shape,
        _context(shape, recipe, tokenizer) if context_tokens is None else _wished(context_tokens, shape),
        recipe.pooling,
        replace(tokenizer, lower=tokenizer.lower or recipe.lower),
        _weights(recipe.transformer),
        recipe.notes,
    )


def _recipe(folder: Path) -> SentenceRecipe:
    if not folder.is_dir():
        what = "this is a file, not the folder of a model" if folder.exists() else "there is no such folder"
        raise ModelError(
            what,
            where=str(folder),
            cure=f"Name the folder that has the model's config.json, {WEIGHTS} and {MODULES}.",
        )
    return read_recipe(folder)


def _shape(folder: Path) -> BertShape:
    try:
        config = json_object.read(folder / "config.json")
    except FileNotFoundError as e:
        raise ModelError(
            "the folder has no config.json",
            where=str(folder),
            cure=f"Name the folder that has the model's config.json, {WEIGHTS} and {MODULES}.",
        ) from e
    return read_shape(config)


def _context(shape: BertShape, recipe: SentenceRecipe, tokenizer: WordPiece) -> int:
    return min(shape.positions, recipe.longest or tokenizer.longest or shape.positions)


def _wished(context_tokens: int, shape: BertShape) -> int:
    if context_tokens <= shape.positions:
        return context_tokens
    raise ConfigError(
        f"{context_tokens} tokens are more than the model can take",
        where="--context-tokens",
        cure=f"It has {shape.positions} positions (max_position_embeddings in its config.json).",
    )


def _weights(folder: Path) -> Path:
    path = folder / WEIGHTS
    if path.is_file():
        return path
    for name, problem in _FOREIGN_WEIGHTS.items():
        if (folder / name).exists():
            raise ModelError(
                problem,
                where=str(folder / name),
                cure=f"Get the model with a single {WEIGHTS}, in which most are published too, "
                'or save it so with sentence-transformers: SentenceTransformer("…").save("…").',
            )
    raise ModelError(f"the folder has no {WEIGHTS}", where=str(folder), cure=json_object.CURE)
