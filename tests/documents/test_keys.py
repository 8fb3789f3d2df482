"""How places are written, and near misses."""

import pytest

from spinfer.documents.keys import Location, key_path, suggestion


@pytest.mark.parametrize(
    ("location", "path"),
    [
        ((), ""),
        (("a",), "a"),
        (("trigger", "http", 1, "route"), "trigger.http[1].route"),
        (("component", "a-b_c"), "component.a-b_c"),
        (("dependencies", "a:b/c@1"), 'dependencies."a:b/c@1"'),
        (("models", ""), 'models.""'),
        (("models", 'é"\n'), 'models."é\\"\\n"'),
    ],
)
def test_key_path(location: Location, path: str) -> None:
    assert key_path(location) == path


def test_suggestion() -> None:
    assert suggestion("AI_model", ["source", "ai_models"], "keys") == "did you mean `ai_models`?"
    assert suggestion("zebra", ["a", "b", "a"], "keys") == "keys: `a`, `b`"
    assert suggestion("zebra", [], "keys") == ""
