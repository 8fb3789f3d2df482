"""BERT's tokenizer, from its description: an implementation that shares nothing with llama.cpp's.

The steps and their order are those of the `BertNormalizer`, `BertPreTokenizer` and `WordPiece` that a
tokenizer.json names: clean, space out Han, strip accents, lower-case; split; spell each word.
"""

import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

WHITE_SPACE = frozenset(
    map(chr, (*range(0x09, 0x0E), 0x20, 0x85, 0xA0, 0x1680, *range(0x2000, 0x200B), 0x2028, 0x2029))
) | frozenset("\u202f\u205f\u3000")
"""The characters with Unicode's White_Space property; `str.isspace` adds four that have not."""

HAN = (
    (0x4E00, 0x9FFF),
    (0x3400, 0x4DBF),
    (0x20000, 0x2A6DF),
    (0x2A700, 0x2B73F),
    (0x2B740, 0x2B81F),
    (0x2B920, 0x2CEAF),
    (0xF900, 0xFAFF),
    (0x2F800, 0x2FA1F),
)
LONGEST_WORD = 100


@dataclass(frozen=True)
class WordPiece:
    vocabulary: Mapping[str, int]
    lower: bool = True
    strip_accents: bool = True

    def encode(self, text: str) -> list[int]:
        words = _split(self._normalize(text))
        return [self._id("[CLS]"), *(t for word in words for t in self._spell(word)), self._id("[SEP]")]

    def _id(self, token: str) -> int:
        return self.vocabulary[token]

    def _normalize(self, text: str) -> str:
        text = "".join(map(_spaced, filter(None, map(_clean, text))))
        if self.strip_accents:
            text = "".join(c for c in unicodedata.normalize("NFD", text) if unicodedata.category(c) != "Mn")
        return "".join(c.lower() for c in text) if self.lower else text

    def _spell(self, word: str) -> list[int]:
        if len(word) > LONGEST_WORD:
            return [self._id("[UNK]")]
        spelled, start = [], 0
        while start < len(word):
            mark = "##" if start else ""
            fits = (end for end in range(len(word), start, -1) if mark + word[start:end] in self.vocabulary)
            if (end := next(fits, None)) is None:
                return [self._id("[UNK]")]
            spelled.append(self._id(mark + word[start:end]))
            start = end
        return spelled


def _clean(char: str) -> str:
    if char in "\t\n\r":
        return " "
    if char in "\0\ufffd" or unicodedata.category(char) in ("Cc", "Cf", "Co", "Cs"):
        return ""
    return " " if char in WHITE_SPACE else char


def _spaced(char: str) -> str:
    return f" {char} " if any(first <= ord(char) <= last for first, last in HAN) else char


def _split(text: str) -> Iterator[str]:
    word = ""
    for char in text:
        space = char in WHITE_SPACE
        if space or _is_punctuation(char):
            if word:
                yield word
            word = ""
            if not space:
                yield char
        else:
            word += char
    if word:
        yield word


def _is_punctuation(char: str) -> bool:
    ascii_mark = "!" <= char <= "~" and not char.isalnum()
    return ascii_mark or unicodedata.category(char).startswith("P")


def read_vocabulary(folder: Path) -> dict[str, int]:
    """vocab.txt: a token's number is its line's."""
    lines = (folder / "vocab.txt").read_text("utf-8").split("\n")
    return {token: number for number, token in enumerate(lines[:-1])}
