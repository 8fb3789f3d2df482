"""The chat model's tokenizer: SentencePiece-style merging by score, byte for byte as llama.cpp does it.

A piece never crosses the edge of a word, and a leading space is a piece of its own except before common
words. So a name is spelled by the same tokens after a space and after a quote: to copy it is to copy tokens.
"""

import re
from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import IntEnum
from functools import cached_property
from itertools import pairwise

SPACE = "▁"
SPECIALS = ("<unk>", "<s>", "<|im_end|>", "<|im_start|>")
UNKNOWN, BEGIN, END, START = range(4)
BYTES_AT = len(SPECIALS)
SEGMENT = re.compile(f"{SPACE}?[A-Za-z]+|[0-9]|{SPACE}?[^A-Za-z0-9{SPACE}]+|{SPACE}")
JOINED_MARKS = ('{"', '":', '",', '"}', f'{SPACE}"', f"{SPACE}{{", f"{SPACE}=", f"{SPACE}+")


class Kind(IntEnum):
    """Token types, as GGUF numbers them."""

    NORMAL = 1
    UNKNOWN = 2
    CONTROL = 3
    BYTE = 6


@dataclass(frozen=True)
class Tokenizer:
    """Pieces in order of their ids, with the score that says which merge goes first (higher first)."""

    pieces: tuple[str, ...]
    scores: tuple[float, ...]
    _known: dict[str, tuple[int, ...]] = field(default_factory=dict, repr=False, compare=False)

    @cached_property
    def ids(self) -> dict[str, int]:
        """Piece → id, of the pieces that text can become."""
        first = BYTES_AT + 256
        return {piece: i for i, piece in enumerate(self.pieces) if i >= first}

    @property
    def kinds(self) -> list[Kind]:
        """The type of every token."""
        specials = [Kind.UNKNOWN, Kind.CONTROL, Kind.CONTROL, Kind.CONTROL]
        normal = len(self.pieces) - BYTES_AT - 256
        return specials + [Kind.BYTE] * 256 + [Kind.NORMAL] * normal

    def encode(self, text: str) -> list[int]:
        """Token ids of text; the marks `<|im_start|>` and `<|im_end|>` become single control tokens."""
        out: list[int] = []
        for part in re.split(r"(<\|im_start\|>|<\|im_end\|>|<s>|<unk>)", text):
            if part in SPECIALS:
                out.append(SPECIALS.index(part))
            else:
                out.extend(self.encode_plain(part))
        return out

    def encode_plain(self, text: str) -> list[int]:
        """Token ids of text in which no mark is special."""
        out: list[int] = []
        for segment in SEGMENT.findall(text.replace(" ", SPACE)):
            if (known := self._known.get(segment)) is None:
                known = self._known[segment] = tuple(self._merge(segment))
            out.extend(known)
        return out

    def decode(self, ids: Iterable[int]) -> str:
        """The text of tokens; control tokens are left out."""
        raw = bytearray()
        for i in ids:
            if BYTES_AT <= i < BYTES_AT + 256:
                raw.append(i - BYTES_AT)
            elif i >= BYTES_AT + 256:
                raw += self.pieces[i].replace(SPACE, " ").encode()
        return raw.decode(errors="replace")

    def _merge(self, segment: str) -> list[int]:
        symbols = list(segment)
        while True:
            best, at = None, -1
            for i in range(len(symbols) - 1):
                token = self.ids.get(symbols[i] + symbols[i + 1])
                if token is not None and (best is None or self.scores[token] > best):
                    best, at = self.scores[token], i
            if best is None:
                break
            symbols[at : at + 2] = [symbols[at] + symbols[at + 1]]
        return [token for symbol in symbols for token in self._tokens_of(symbol)]

    def _tokens_of(self, symbol: str) -> list[int]:
        token = self.ids.get(symbol)
        return [token] if token is not None else [BYTES_AT + byte for byte in symbol.encode()]


def train_tokenizer(texts: Iterable[str], vocab: int, spaced_words: int) -> Tokenizer:
    """Learn the pieces: byte-pair merges inside words, then common words with their leading space."""
    spaced: Counter[str] = Counter()
    words: Counter[str] = Counter()
    for text in texts:
        for segment in SEGMENT.findall(text.replace(" ", SPACE)):
            bare = segment.removeprefix(SPACE)
            if bare.isascii() and bare.isalpha():
                words[bare] += 1
                spaced[segment] += segment.startswith(SPACE)
    letters = [chr(c) for c in range(33, 127)] + [SPACE]
    room = vocab - BYTES_AT - 256 - len(letters) - len(JOINED_MARKS) - spaced_words
    merges = learn_merges(words, room)
    whole = set(merges)
    common = [word for word, _ in spaced.most_common() if word[1:] in whole or len(word) == 2][:spaced_words]
    ranked = [*JOINED_MARKS, *merges, *common]
    pieces = [*SPECIALS, *(f"<0x{byte:02X}>" for byte in range(256)), *letters, *ranked]
    scores = [0.0] * (len(pieces) - len(ranked)) + [-float(rank + 1) for rank in range(len(ranked))]
    return Tokenizer(tuple(pieces), tuple(scores))


def learn_merges(words: Counter[str], count: int) -> list[str]:
    """The classic algorithm: join the most frequent pair of neighbours, again and again."""
    split = {word: list(word) for word in words}
    where: defaultdict[tuple[str, str], set[str]] = defaultdict(set)
    pairs: Counter[tuple[str, str]] = Counter()
    for word, symbols in split.items():
        for pair in pairwise(symbols):
            pairs[pair] += words[word]
            where[pair].add(word)
    merges: list[str] = []
    while len(merges) < count and pairs:
        best = max(pairs, key=lambda pair: (pairs[pair], pair))
        joined = best[0] + best[1]
        if joined not in merges:
            merges.append(joined)
        for word in sorted(where.pop(best)):
            symbols = split[word]
            for pair in pairwise(symbols):
                pairs[pair] -= words[word]
            split[word] = symbols = _join(symbols, best)
            for pair in pairwise(symbols):
                pairs[pair] += words[word]
                where[pair].add(word)
        del pairs[best]
    return merges


def _join(symbols: list[str], pair: tuple[str, str]) -> list[str]:
    out: list[str] = []
    for symbol in symbols:
        if out and (out[-1], symbol) == pair:
            out[-1] += symbol
        else:
            out.append(symbol)
    return out
