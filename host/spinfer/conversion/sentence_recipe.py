"""What sentence-transformers puts around a transformer: how long a text may be, how it is pooled."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from pathlib import Path

from spinfer.conversion import json_object
from spinfer.conversion.json_object import JsonObject, shown
from spinfer.errors import ModelError

MODULES = "modules.json"


class Pooling(Enum):
    """How the vectors of a text's tokens become one."""

    MEAN = "mean"
    CLS = "CLS"
    LAST = "last"


_MODES = {
    "pooling_mode_mean_tokens": Pooling.MEAN,
    "pooling_mode_cls_token": Pooling.CLS,
    "pooling_mode_lasttoken": Pooling.LAST,
    # the sum over √n instead of over n: as unit vectors, which is how embeddings are answered, they are equal
    "pooling_mode_mean_sqrt_len_tokens": Pooling.MEAN,
}
_MODE_PREFIX = "pooling_mode_"


@dataclass(frozen=True, slots=True)
class SentenceRecipe:
    """`transformer` is the folder of the BERT model itself; `notes` are for the operator."""

    transformer: Path
    pooling: Pooling
    longest: int | None
    """Tokens after which a text is cut, [CLS] and [SEP] among them. None: as many as the model can take."""
    lower: bool
    """Texts are lower-cased before the tokenizer sees them, whatever it does itself."""
    notes: tuple[str, ...] = ()


def read_recipe(folder: Path) -> SentenceRecipe:
    """The recipe in a folder; for a bare BERT model, what sentence-transformers does with one: its mean.

    Raises ModelError.
    """
    notes = list(_prompt_notes(folder))
    modules = _modules(folder)
    if modules is None:
        notes.append(f"The folder has no {MODULES}: a text's vector is the mean of its tokens'.")
        return _recipe(folder, Pooling.MEAN, notes)
    names = [_kind(module) for module in modules]
    match names:
        case ["Transformer", "Pooling"]:
            notes.append("The model's own vectors vary in length; those that apps get have length 1.")
        case ["Transformer", "Pooling", "Normalize"]:
            pass
        case _:
            raise _inexpressible(folder, names)
    transformer, pooling = (folder / module.text("path", "") for module in modules[:2])
    return _recipe(transformer, _pooling(pooling), notes)


def _recipe(transformer: Path, pooling: Pooling, notes: list[str]) -> SentenceRecipe:
    settings = json_object.read_if_there(transformer / "sentence_bert_config.json")
    return SentenceRecipe(
        transformer,
        pooling,
        longest=settings.optional_count("max_seq_length"),
        lower=settings.flag("do_lower_case", False),
        notes=tuple(notes),
    )


def _modules(folder: Path) -> tuple[JsonObject, ...] | None:
    path = folder / MODULES
    try:
        return json_object.as_objects(str(path), json_object.load(path))
    except FileNotFoundError:
        return None


def _kind(module: JsonObject) -> str:
    """`sentence_transformers.models.Pooling` → `Pooling`; where that class lives has changed over time."""
    return module.text("type", "").rpartition(".")[2]


def _inexpressible(folder: Path, names: list[str]) -> ModelError:
    return ModelError(
        f"the model is made of {', '.join(map(shown, names)) or 'nothing'}: GGUF cannot express that",
        where=str(folder / MODULES),
        cure="Those that can be converted are made of Transformer and Pooling, with or without Normalize.",
    )


def _pooling(folder: Path) -> Pooling:
    try:
        config = json_object.read(folder / "config.json")
    except FileNotFoundError as e:
        raise ModelError(
            "there is no such file, which says how vectors are pooled",
            where=str(folder / "config.json"),
            cure=json_object.CURE,
        ) from e
    chosen = [key for key in config.values if key.startswith(_MODE_PREFIX) and config.flag(key, False)]
    match chosen:
        case [key] if key in _MODES:
            return _MODES[key]
    found = " and ".join(shown(key.removeprefix(_MODE_PREFIX)) for key in chosen) or "none"
    known = ", ".join(shown(key.removeprefix(_MODE_PREFIX)) for key in _MODES)
    raise ModelError(
        f"the pooling is {found}: GGUF cannot express that",
        where=config.where,
        cure=f"Those that can be converted pool by exactly one of {known}.",
    )


def _prompt_notes(folder: Path) -> tuple[str, ...]:
    config = json_object.read_if_there(folder / "config_sentence_transformers.json")
    name = config.optional_text("default_prompt_name")
    if name is None or not (prompt := config.object("prompts").text(name, "")):
        return ()
    return (
        f"sentence-transformers puts {prompt!r} before every text for this model. "
        "Here the app has to: texts are embedded as they are.",
    )
