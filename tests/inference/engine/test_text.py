import itertools
import random

import pytest

from spinfer.inference.engine.text import TextDecoder

TEXT = "Grüße, 世界! 👋🏽 END of it"


def decode(data: bytes, cuts: list[int], stop: tuple[str, ...] = ()) -> list[str]:
    decoder = TextDecoder(stop)
    edges = [0, *sorted(cuts), len(data)]
    pieces = [decoder.feed(data[a:b]) for a, b in itertools.pairwise(edges)]
    return [*pieces, decoder.finish()]


def test_characters_are_never_split() -> None:
    data = TEXT.encode()
    pieces = decode(data, list(range(1, len(data))))
    assert "".join(pieces) == TEXT
    assert "�" not in "".join(pieces)


def test_half_a_character_at_the_end_is_replaced() -> None:
    assert "".join(decode("né".encode()[:-1], [])) == "n�"


def test_bytes_that_are_no_text_are_replaced() -> None:
    assert "".join(decode(b"a\xffb", [1, 2])) == "a�b"


@pytest.mark.parametrize(
    ("text", "stop", "expected"),
    [
        ("one END two", ("END",), "one "),
        ("one EN two", ("END",), "one EN two"),
        ("one EN", ("END",), "one EN"),
        ("END", ("END",), ""),
        ("xabcd", ("abcd", "c"), "xab"),
        ("xabc", ("bc", "abc"), "x"),
        ("aaab", ("aab",), "a"),
        ("ababac", ("abac",), "ab"),
        ("stop\nUser: hi", ("\nUser:", "</s>"), "stop"),
    ],
)
def test_stop_strings(text: str, stop: tuple[str, ...], expected: str) -> None:
    for cuts in ([], *[[n] for n in range(len(text))], list(range(1, len(text)))):
        assert "".join(decode(text.encode(), cuts, stop)) == expected, cuts


def test_any_cutting_gives_the_same_text() -> None:
    random_ = random.Random(5)
    for _ in range(300):
        text = "".join(random_.choices("abé", k=20))
        stop = tuple({"".join(random_.choices("abé", k=random_.randint(1, 4))) for _ in range(3)})
        data = text.encode()
        whole = "".join(decode(data, [], stop))
        assert not any(s in whole for s in stop)
        for _ in range(5):
            cuts = random_.sample(range(len(data)), random_.randint(0, len(data)))
            assert "".join(decode(data, cuts, stop)) == whole, (text, stop, cuts)


def test_after_the_stop_nothing_comes() -> None:
    decoder = TextDecoder(("!",))
    assert decoder.feed(b"a!b") == "a"
    assert decoder.stopped
    assert decoder.feed(b"c") == ""
    assert decoder.finish() == ""


def test_text_is_held_back_only_while_it_may_be_a_stop() -> None:
    decoder = TextDecoder(("END",))
    assert decoder.feed(b"a E") == "a "
    assert decoder.feed(b"N") == ""
    assert decoder.feed(b"O") == "ENO"
