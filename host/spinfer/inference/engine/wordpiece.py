"""BERT's tokenizer, over the vocabulary of a GGUF file. Pure.

llama.cpp has one too, which reads some texts differently: it keeps one letter of a Korean syllable, strips
vowel signs and enclosing marks (the ⃣ of 1️⃣) as if they were accents, ends words at control characters that
BERT removes, takes ▁ for the beginning of a word, and spells out words of any length.

The steps and their order are those of the tokenizers library: BertNormalizer, BertPreTokenizer, WordPiece.
Characters are decomposed one by one, where that library sorts the marks of a whole text: it makes no
difference but to a few tone and music marks that are no accents, and a text of marks alone stays cheap.
"""

from __future__ import annotations

import unicodedata
from array import array
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

BEGINS = "▁"
"""Marks the pieces that begin a word."""

LONGEST_WORD = 100
"""Letters; a longer word is unknown."""

SLACK = 2 * LONGEST_WORD + 8
"""As tokens.SLACK: a cut may make two words that are spelled of one that is not."""

_MOST_WORDS_KEPT = 1 << 14
"""At most some 10 MB, whatever guests write."""
_MOST_CHARACTERS_KEPT = 1 << 14
_SPACES = frozenset(map(chr, (*range(9, 14), 32, 0x85, 0xA0, 0x1680, *range(0x2000, 0x200B)))) | frozenset(
    "\u2028\u2029\u202f\u205f\u3000"
)
_HAN = (
    range(0x4E00, 0xA000),
    range(0x3400, 0x4DC0),
    range(0x20000, 0x2A6E0),
    range(0x2A700, 0x2B740),
    range(0x2B740, 0x2B820),
    range(0x2B920, 0x2CEB0),
    range(0xF900, 0xFB00),
    range(0x2F800, 0x2FA20),
)


@dataclass(frozen=True, slots=True)
class Casing:
    """What is done to letters; BERT's uncased models do both."""

    lower: bool
    strip_accents: bool


class WordPiece:
    """Any thread may ask. Tokens written out in a text, such as [SEP], are text like any other."""

    def __init__(
        self, pieces: Iterable[tuple[int, str]], *, cls: int, separator: int, unknown: int, casing: Casing
    ) -> None:
        """`pieces` are those that text can be made of, in the form that GGUF has them."""
        listed = [(text, index) for index, text in pieces]
        self._begins = {text[1:]: index for text, index in listed if text.startswith(BEGINS)}
        self._continues = {text: index for text, index in listed if not text.startswith(BEGINS)}
        self._longest = max((len(text) for text, _ in listed), default=0)
        self._cls, self._separator, self._unknown = cls, separator, unknown
        self._normal = _PerCharacter(lambda char: _normalized(char, casing))
        self._words: dict[str, tuple[int, ...]] = {}

    def encode(self, text: str) -> array[int]:
        """Token ids, between the two that every text of BERT's is put between."""
        tokens = array("i", (self._cls,))
        for word in text.translate(self._normal).split(" "):
            if word:
                tokens.extend(self._words.get(word) or self._remember(word))
        tokens.append(self._separator)
        return tokens

    def _remember(self, word: str) -> tuple[int, ...]:
        if len(word) > LONGEST_WORD:
            return (self._unknown,)
        if len(self._words) >= _MOST_WORDS_KEPT:
            self._words = {}
        spelled = self._words[word] = self._spell(word)
        return spelled

    def _spell(self, word: str) -> tuple[int, ...]:
        """The longest piece that fits, again and again; a word that cannot be made of pieces is unknown."""
        spelled: list[int] = []
        start = 0
        while start < len(word):
            pieces = self._continues if start else self._begins
            for end in range(min(len(word), start + self._longest), start, -1):
                if (piece := pieces.get(word[start:end])) is not None:
                    spelled.append(piece)
                    start = end
                    break
            else:
                return (self._unknown,)
        return tuple(spelled)


class _PerCharacter(dict[int, str]):
    """A table for str.translate that decides about a character when it first meets it."""

    def __init__(self, decide: Callable[[str], str]) -> None:
        self._decide = decide

    def __missing__(self, code: int) -> str:
        if len(self) >= _MOST_CHARACTERS_KEPT:
            self.clear()
        made = self[code] = self._decide(chr(code))
        return made


def _normalized(char: str, casing: Casing) -> str:
    cleaned = _cleaned(char)
    if casing.strip_accents:
        cleaned = unicodedata.normalize("NFD", cleaned)
    return "".join(_parted(part, casing) for part in cleaned)


def _cleaned(char: str) -> str:
    """Spaces become blanks, what cannot be seen goes, and Chinese characters stand alone."""
    if char in "\t\n\r":
        return " "
    if char in "\0\ufffd" or unicodedata.category(char) in ("Cc", "Cf", "Cs", "Co"):
        return ""
    if char in _SPACES:
        return " "
    return f" {char} " if any(ord(char) in block for block in _HAN) else char


def _parted(char: str, casing: Casing) -> str:
    """Accents go, letters become small, and every mark stands alone."""
    category = unicodedata.category(char)
    if casing.strip_accents and category == "Mn":
        return ""
    if category.startswith("P") or (char.isascii() and category.startswith("S")):
        return f" {char} "
    return char.lower() if casing.lower else char


def casing_of(metadata: Mapping[str, str]) -> Casing:
    """What a GGUF file says of its tokenizer; as llama.cpp, it is uncased where nothing is said."""
    lower = metadata.get("tokenizer.ggml.normalizer.lowercase", "true") == "true"
    stated = metadata.get("tokenizer.ggml.normalizer.strip_accents")
    return Casing(lower, lower if stated is None else stated == "true")
