"""The tokenizers that trained the models cut text exactly as llama.cpp does."""

from random import Random

import llama_cpp
import pytest
from corpus.example import Split
from corpus.mix import draw_document
from corpus.pairs import draw_pair
from tokenizer import Tokenizer
from wordpiece import WordPiece

NASTY = [
    "",
    " ",
    "  two  spaces  ",
    "\n\n\ttabs\r\nand lines\n",
    "Zürich, naïve, ÀÉÎ, Ñandú",
    "e\u0301 combining, \u200bzero\u200dwidth, \u00a0wide",
    "日本語 テキスト 漢字kanji 한국어",
    "Привет Мир, Ωμέγα",
    "😀 smile 👩‍👩‍👧 ½ ² © ™ €5 £",
    "▁marked▁ like_this",
    '{"name": "O\'Brien", "n": 12.50}',
    "a_b^c`d~e|f <b> [x] (y) «q» „z“",
    "\x00\x07 control \ufffd",
    "x" * 200,
    "1234567890 007 3.14",
    "<|im_end| not a mark, <s >",
]
ALPHABET = "abcdefgzXYZ  \n\t\"'{}:,.019é日😀_-<|>ÄñЖ€½\u00a0\u0301\u200d"


def noise(count: int) -> list[str]:
    """Random strings of difficult characters."""
    rng = Random(1)
    return ["".join(rng.choice(ALPHABET) for _ in range(rng.randint(1, 50))) for _ in range(count)]


@pytest.fixture(scope="module")
def tokenizer(chat) -> Tokenizer:
    vocab = llama_cpp.llama_model_get_vocab(chat.model)
    ids = range(llama_cpp.llama_vocab_n_tokens(vocab))
    return Tokenizer(
        tuple(llama_cpp.llama_vocab_get_text(vocab, i).decode() for i in ids),
        tuple(llama_cpp.llama_vocab_get_score(vocab, i) for i in ids),
    )


@pytest.fixture(scope="module")
def wordpiece(embedding) -> WordPiece:
    vocab = llama_cpp.llama_model_get_vocab(embedding.model)
    ids = range(llama_cpp.llama_vocab_n_tokens(vocab))
    return WordPiece(tuple(llama_cpp.llama_vocab_get_text(vocab, i).decode() for i in ids))


def test_chat_tokens_are_the_same(chat, tokenizer):
    rng = Random(99)
    documents = ["".join(span.text for span in draw_document(rng)) for _ in range(1000)]
    for text in [*documents, *NASTY, *noise(1500)]:
        assert tokenizer.encode(text) == chat.tokenize(text.encode(), add_bos=False, special=True), repr(text)


def test_any_text_survives_the_chat_tokenizer(chat, tokenizer):
    for text in [*NASTY, *noise(300)]:
        spelled = text.replace("▁", " ")
        tokens = tokenizer.encode(text)
        assert tokenizer.decode(tokens) == spelled
        assert chat.detokenize(tokens, special=True).decode() == spelled


def test_embedding_tokens_are_the_same(embedding, wordpiece):
    rng = Random(99)
    pairs = [draw_pair(rng, Split.TRAIN) for _ in range(1000)]
    for text in [*(pair.first for pair in pairs), *NASTY, *noise(1500)]:
        assert wordpiece.encode(text) == embedding.tokenize(text.encode(), add_bos=True, special=False), repr(
            text
        )
