"""Fields: what they hold, and which changes they refuse."""

from collections.abc import Callable

import pytest

from spinfer.factors.wasi_http.fields import Fields, Forbidden, Immutable, InvalidSyntax

ENTRIES = (("Accept", b"a"), ("x-y", b"1"), ("accept", b"b"))

CHANGES: dict[str, Callable[[Fields, str], None]] = {
    "set": lambda fields, name: fields.set(name, [b"v"]),
    "append": lambda fields, name: fields.append(name, b"v"),
    "delete": lambda fields, name: fields.delete(name),
}


def test_names_are_compared_without_case_and_kept_with_it() -> None:
    fields = Fields.checked(ENTRIES)
    assert fields.get("ACCEPT") == [b"a", b"b"]
    assert fields.has("aCCept")
    assert not fields.has("other")
    assert fields.get("other") == []
    assert fields.get("not a name") == []
    assert fields.entries() == ENTRIES


def test_set_replaces_every_line_of_a_name() -> None:
    fields = Fields.checked(ENTRIES)
    fields.set("ACCEPT", [b"c", b"d"])
    assert fields.get("accept") == [b"c", b"d"]
    assert fields.get("x-y") == [b"1"]
    fields.set("accept", [])
    assert not fields.has("accept")


def test_append_and_delete() -> None:
    fields = Fields()
    fields.append("A", b"1")
    fields.append("a", b"2")
    assert fields.entries() == (("A", b"1"), ("a", b"2"))
    fields.delete("A")
    fields.delete("A")
    assert fields.entries() == ()


@pytest.mark.parametrize("change", CHANGES)
@pytest.mark.parametrize(
    ("name", "refusal"),
    [("a b", InvalidSyntax), ("", InvalidSyntax), ("Host", Forbidden), ("upgrade", Forbidden)],
)
def test_a_name_that_cannot_be_is_refused(change: str, name: str, refusal: type[Exception]) -> None:
    fields = Fields(ENTRIES)
    with pytest.raises(refusal):
        CHANGES[change](fields, name)
    assert fields.entries() == ENTRIES


@pytest.mark.parametrize("value", [b"a\r\nset-cookie: x", b"a\n", b"\0"])
def test_no_value_breaks_a_line(value: bytes) -> None:
    fields = Fields(ENTRIES)
    with pytest.raises(InvalidSyntax):
        fields.append("x-y", value)
    with pytest.raises(InvalidSyntax):
        fields.set("x-y", [b"good", value])
    with pytest.raises(InvalidSyntax):
        Fields.checked([*ENTRIES, ("x-z", value)])
    assert fields.entries() == ENTRIES


@pytest.mark.parametrize("change", CHANGES)
@pytest.mark.parametrize("name", ["x-y", "Host", "not a name"])
def test_what_is_part_of_a_message_stays_as_it_is(change: str, name: str) -> None:
    fields = Fields(ENTRIES).frozen()
    with pytest.raises(Immutable):
        CHANGES[change](fields, name)
    assert fields.entries() == ENTRIES


def test_a_clone_may_be_changed_and_is_another() -> None:
    fields = Fields(ENTRIES, immutable=True)
    clone = fields.clone()
    clone.set("x-y", [b"2"])
    assert fields.get("x-y") == [b"1"]
    assert clone.get("x-y") == [b"2"]


def test_a_guest_does_not_see_what_belongs_to_the_connection() -> None:
    fields = Fields.received(
        [("Host", b"a"), ("Connection", b"close"), ("x", b"1"), ("content-length", b"0")]
    )
    assert fields.entries() == (("x", b"1"), ("content-length", b"0"))
    with pytest.raises(Immutable):
        fields.append("y", b"2")
