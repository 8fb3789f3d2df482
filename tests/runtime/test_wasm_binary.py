"""Numbers, names and sections: what is written is read again, and what goes beyond its bounds is refused."""

import pytest

from spinfer.runtime.wasm_binary import (
    COMPONENT,
    CORE_MODULE,
    Malformed,
    Reader,
    name,
    number,
    section,
    sections,
)


def reader(data: bytes) -> Reader:
    return Reader(memoryview(data), 0, len(data))


@pytest.mark.parametrize(
    ("value", "encoded"),
    [(0, "00"), (127, "7f"), (128, "8001"), (624485, "e58e26"), (2**32 - 1, "ffffffff0f")],
)
def test_numbers(value: int, encoded: str) -> None:
    assert number(value).hex() == encoded
    assert reader(number(value)).u32() == value


def test_a_number_may_be_longer_than_it_need_be() -> None:
    assert reader(b"\x83\x80\x00").u32() == 3


@pytest.mark.parametrize("encoded", ["", "80", "ffffffff1f", "808080808000"])
def test_no_numbers(encoded: str) -> None:
    with pytest.raises(Malformed):
        reader(bytes.fromhex(encoded)).u32()


def test_names_are_passed_over() -> None:
    read = reader(name("grün") + b"!")
    read.skip_name()
    assert read.byte() == ord("!")
    read.ended()
    with pytest.raises(Malformed):
        reader(b"\x03ab").skip_name()


def test_something_left_over() -> None:
    with pytest.raises(Malformed):
        reader(b"\0").ended()


def test_sections() -> None:
    data = CORE_MODULE + section(0, b"custom") + section(10, b"")
    found = [(part.id, data[part.body : part.end]) for part in sections(memoryview(data), CORE_MODULE)]
    assert found == [(0, b"custom"), (10, b"")]
    assert b"".join(data[s.start : s.end] for s in sections(memoryview(data), CORE_MODULE)) == data[8:]


@pytest.mark.parametrize(
    "data",
    [
        pytest.param(b"", id="empty"),
        pytest.param(COMPONENT, id="a component"),
        pytest.param(CORE_MODULE + b"\x01", id="no size"),
        pytest.param(CORE_MODULE + b"\x01\x02\x00", id="too short"),
    ],
)
def test_no_sections(data: bytes) -> None:
    with pytest.raises(Malformed):
        list(sections(memoryview(data), CORE_MODULE))
