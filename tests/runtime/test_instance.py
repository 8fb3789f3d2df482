"""What is to be called when an instance ends."""

from __future__ import annotations

import pytest

from spinfer.runtime.instance import end


def test_everything_is_called_last_first_also_where_some_raise() -> None:
    called: list[str] = []

    def failing(name: str) -> None:
        called.append(name)
        raise ZeroDivisionError(name)

    ends = [
        lambda: called.append("first"),
        lambda: failing("second"),
        lambda: called.append("third"),
        lambda: failing("fourth"),
    ]
    with pytest.raises(ZeroDivisionError, match="second") as raised:
        end(ends)
    assert called == ["fourth", "third", "second", "first"]
    assert str(raised.value.__context__) == "fourth"
    end(ends)
    assert len(called) == 4, "each once"
