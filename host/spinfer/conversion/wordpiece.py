"""A BERT tokenizer's files → the vocabulary in the form that llama.cpp looks words up in.

BERT marks the pieces that continue a word (`##ing`), llama.cpp those that begin one (`▁play`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from spinfer.conversion import json_object
from spinfer.conversion.json_object import CURE, JsonObject, shown
from spinfer.errors import ModelError

CONTINUES = "##"
BEGINS = "▁"


@dataclass(frozen=True, slots=True)
class Specials:
    """Ids of the tokens that are no text."""

    pad: int
    unknown: int
    cls: int
    separator: int
    mask: int


@dataclass(frozen=True, slots=True)
class WordPiece:
    """`tokens` has one entry for each row of the embedding matrix, in llama.cpp's form, no two alike."""

    tokens: tuple[str, ...]
    specials: Specials
    control: frozenset[int]
    """Ids of the tokens that are never found in a text, `specials` among them."""
    unused: frozenset[int]
    """Ids of rows that no token has."""
    lower: bool
    strip_accents: bool
    longest: int | None
    """Tokens that the tokenizer itself would cut a text at, if it says so."""


@dataclass(frozen=True, slots=True)
class _Source:
    """What tokenizer.json or vocab.txt says. None: nothing."""

    where: str
    ids: Mapping[str, int]
    added: frozenset[str] = frozenset()
    lower: bool | None = None
    strip_accents: bool | None = None


def read_wordpiece(folder: Path, rows: int) -> WordPiece:
    """The tokenizer of a folder, for an embedding matrix of that many rows. Raises ModelError.

    tokenizer.json goes before vocab.txt, and tokenizer_config.json before both, as in transformers.
    """
    config = json_object.read_if_there(folder / "tokenizer_config.json")
    if not config.flag("tokenize_chinese_chars", True):
        config.refuse("tokenize_chinese_chars", "llama.cpp always splits Chinese characters")
    source = _source(folder)
    specials, names = _specials(config, source)
    lower = _first(config.optional_flag("do_lower_case"), source.lower, True)
    texts = _by_id(source, rows)
    control = frozenset(source.ids[name] for name in source.added | names)
    return WordPiece(
        tokens=tuple(_llama_form(index, text, index in control) for index, text in enumerate(texts)),
        specials=specials,
        control=control,
        unused=frozenset(index for index, text in enumerate(texts) if text is None),
        lower=lower,
        strip_accents=_first(config.optional_flag("strip_accents"), source.strip_accents, lower),
        longest=config.optional_count("model_max_length"),
    )


def _source(folder: Path) -> _Source:
    for read, name in ((_from_json, "tokenizer.json"), (_from_lines, "vocab.txt")):
        try:
            return read(folder / name)
        except FileNotFoundError:
            continue
    raise ModelError(
        "the model has no tokenizer: there is neither tokenizer.json nor vocab.txt",
        where=str(folder),
        cure=CURE,
    )


def _from_lines(path: Path) -> _Source:
    """One token a line, its number is the id; of two equal ones the last counts."""
    try:
        lines = json_object.read_bytes(path).decode().replace("\r\n", "\n").removesuffix("\n").split("\n")
    except UnicodeDecodeError as e:
        raise ModelError(f"it is not UTF-8: {e}", where=str(path), cure=CURE) from e
    return _Source(str(path), {token: number for number, token in enumerate(lines)})


def _from_json(path: Path) -> _Source:
    file = json_object.read(path)
    model, normalizer = file.object("model"), file.object("normalizer")
    _require(model, "type", "WordPiece")
    _require(normalizer, "type", "BertNormalizer")
    _require(file.object("pre_tokenizer"), "type", "BertPreTokenizer")
    if (prefix := model.text("continuing_subword_prefix", CONTINUES)) != CONTINUES:
        model.refuse("continuing_subword_prefix", f"{shown(prefix)}: BERT's is {shown(CONTINUES)}")
    for rule in ("clean_text", "handle_chinese_chars"):
        if not normalizer.flag(rule, True):
            normalizer.refuse(rule, "switched off: llama.cpp always does this")
    added = {token.text("content", ""): token for token in file.objects("added_tokens")}
    for text, token in added.items():
        if not token.flag("special", False):
            token.refuse("content", f"the token {shown(text)} was added by hand: GGUF cannot express that")
    return _Source(
        str(path),
        {**_ids(model), **{text: _id(token, "id", token.values.get("id")) for text, token in added.items()}},
        frozenset(added),
        normalizer.optional_flag("lowercase"),
        normalizer.optional_flag("strip_accents"),
    )


def _require(part: JsonObject, key: str, value: str) -> None:
    if (found := part.text(key, "")) != value:
        part.refuse(key, f"a tokenizer of the kind {shown(found)}", f"Only {value} can be converted.")


def _ids(model: JsonObject) -> dict[str, int]:
    vocabulary = model.object("vocab")
    return {text: _id(vocabulary, text, value) for text, value in vocabulary.values.items()}


def _id(place: JsonObject, key: str, value: object) -> int:
    if isinstance(value, int) and not isinstance(value, bool) and value >= 0:
        return value
    raise ModelError(f"token {shown(key)} has the id {shown(value)}", where=place.where, cure=CURE)


def _specials(config: JsonObject, source: _Source) -> tuple[Specials, frozenset[str]]:
    """Their ids, and their names."""
    names = [
        _special_name(config, key, default)
        for key, default in (
            ("pad_token", "[PAD]"),
            ("unk_token", "[UNK]"),
            ("cls_token", "[CLS]"),
            ("sep_token", "[SEP]"),
            ("mask_token", "[MASK]"),
        )
    ]
    if missing := [name for name in names if name not in source.ids]:
        raise ModelError(
            f"the vocabulary has no token {', '.join(map(shown, missing))}", where=source.where, cure=CURE
        )
    return Specials(*(source.ids[name] for name in names)), frozenset(names)


def _special_name(config: JsonObject, key: str, default: str) -> str:
    """Written as a text, or as an object that describes the token."""
    if isinstance(config.values.get(key), dict):
        return config.object(key).text("content", default)
    return config.text(key, default)


def _by_id(source: _Source, rows: int) -> list[str | None]:
    texts: list[str | None] = [None] * rows
    for text, index in source.ids.items():
        if index >= rows:
            raise ModelError(
                f"token {shown(text)} has the id {index}, and config.json knows {rows} tokens (vocab_size)",
                where=source.where,
                cure=CURE,
            )
        if texts[index] is not None:
            raise ModelError(
                f"the tokens {shown(texts[index])} and {shown(text)} have the same id {index}",
                where=source.where,
                cure=CURE,
            )
        texts[index] = text
    return texts


def _llama_form(index: int, text: str | None, control: bool) -> str:
    """One token as llama.cpp wants it.

    What could be taken for a word's beginning, and a row without a token, get a text with a `[` in it:
    every word of a text is split there, so that none is ever found.
    """
    if text is None:
        return f"[unused row {index}]"
    if control:
        return text
    if not text or BEGINS in text:
        return f"[{text}]"
    return text.removeprefix(CONTINUES) if text.startswith(CONTINUES) else BEGINS + text


def _first(*values: bool | None) -> bool:
    return next(value for value in values if value is not None)
