"""The embedding model's tokenizer: lower-cased WordPiece, word for word as llama.cpp does it.

The start of a word is marked with `▁`, as in the GGUF file; other pieces continue a word.
"""

import unicodedata
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property

from tokenizer import learn_merges

SPECIALS = ("[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]")
PAD, UNKNOWN, CLASS, SEPARATOR, MASK = range(5)
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
RARE = 15  # a word seen less often than this is spelled in pieces: most such words are invented names


@dataclass(frozen=True)
class WordPiece:
    """Pieces in order of their ids."""

    pieces: tuple[str, ...]

    @cached_property
    def ids(self) -> dict[str, int]:
        return {piece: i for i, piece in enumerate(self.pieces)}

    @cached_property
    def longest(self) -> int:
        return max(map(len, self.pieces))

    def encode(self, text: str) -> list[int]:
        """Token ids of text between [CLS] and [SEP]."""
        return [CLASS, *(token for word in split_words(text) for token in self._word(word)), SEPARATOR]

    def _word(self, word: str) -> list[int]:
        """The longest piece that fits, again and again; a word that cannot be spelled is one [UNK]."""
        marked, out, at = "▁" + word, [], 0
        while at < len(marked):
            for end in range(min(len(marked), at + self.longest), at, -1):
                token = self.ids.get(marked[at:end])
                if token is not None:
                    out.append(token)
                    at = end
                    break
            else:
                return [UNKNOWN]
        return out


def split_words(text: str) -> list[str]:
    """Lower-case words without accents; every mark and every Han character is a word of its own."""
    words = [""]
    for given in text:
        char = unicodedata.normalize("NFD", given)[0]
        kind = unicodedata.category(char)
        if char.isspace() and kind != "Cf":
            words.append("")
        elif kind.startswith(("C", "M")) or char == "\ufffd":
            continue
        elif kind.startswith("P") or (ord(char) < 0x7F and kind.startswith("S")) or _is_han(ord(char)):
            words += [_lower(char), ""]
        else:
            words[-1] += _lower(char)
    return [word for word in words if word]


def _lower(char: str) -> str:
    lowered = char.lower()
    return lowered if len(lowered) == 1 else char


def _is_han(code: int) -> bool:
    return any(first <= code <= last for first, last in HAN)


def train_wordpiece(texts: Iterable[str], vocab: int, whole_words: int) -> WordPiece:
    """The most common words whole, and pieces of words for all others."""
    counts = Counter(word for text in texts for word in split_words(text))
    plain = Counter({word: n for word, n in counts.items() if word.isascii() and word.isalpha()})
    marks = [chr(c) for c in range(33, 127) if not chr(c).isupper()]
    pieces = dict.fromkeys([*SPECIALS, *("▁" + mark for mark in marks), *(m for m in marks if m.isalnum())])
    pieces |= dict.fromkeys("▁" + word for word, n in plain.most_common(whole_words) if n >= RARE)
    for merge in learn_merges(plain, vocab):
        if len(pieces) + 2 > vocab:
            break
        pieces |= dict.fromkeys([merge, "▁" + merge] if len(merge) <= 4 else [merge])
    return WordPiece(tuple(pieces))
