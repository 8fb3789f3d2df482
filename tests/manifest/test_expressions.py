"""Templates: taken apart, filled in, written down again."""

import pytest

from spinfer.manifest.expressions import Reference, Template, parse


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("", ()),
        ("plain", ("plain",)),
        ("{{ a }}", (Reference("a"),)),
        ("{{a}}{{  b }}", (Reference("a"), Reference("b"))),
        ("x-{{ a }}-y", ("x-", Reference("a"), "-y")),
        ('{"a":{"b":1}}', ('{"a":{"b":1}}',)),
        ("{{ a }}}}", (Reference("a"), "}}")),
        ("{ {a} }", ("{ {a} }",)),
        ("{{{a}}}", (Reference("{a"), "}")),
    ],
)
def test_parse(text: str, parts: tuple[str | Reference, ...]) -> None:
    assert parse(text) == Template(parts)


@pytest.mark.parametrize("text", ["{{", "{{ a", "{{ a }", "{{ a }} {{ b"])
def test_unclosed(text: str) -> None:
    with pytest.raises(ValueError, match=r"`\{\{` is not closed"):
        parse(text)


def test_fill_and_names() -> None:
    template = parse("{{ a }}-{{ b }}-{{ a }}")
    assert template.names == {"a", "b"}
    assert template.fill({"a": "{{ b }}", "b": "2"}.__getitem__) == "{{ b }}-2-{{ b }}"


@pytest.mark.parametrize("text", ["", "a", "{{a}}b{{ c}}", "}}"])
def test_written_down_and_parsed_again(text: str) -> None:
    assert parse(str(parse(text))) == parse(text)
