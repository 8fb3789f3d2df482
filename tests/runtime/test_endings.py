"""From how a guest ended to what is reported."""

import pytest

from spinfer.bindings import traps
from spinfer.bindings.traps import Exited, Trapped
from spinfer.errors import Cancelled, GuestCancelled, GuestDeadline, GuestOutOfMemory, GuestTrap
from spinfer.runtime import endings
from spinfer.runtime.endings import INTERRUPTED, ending


@pytest.mark.parametrize(
    ("code", "reason"),
    [
        ("unreachable-code-reached", "gave up"),
        ("stack-overflow", "call stack"),
        ("memory-out-of-bounds", "outside its own"),
        ("integer-division-by-zero", "divided by zero"),
    ],
)
def test_trap_codes_are_said_plainly(code: str, reason: str) -> None:
    end = ending(Trapped("wasm jargon", code, ("m!inner", "m!outer")), "web", "wasi:cli/run@0.2.0#run")
    assert type(end) is GuestTrap
    assert (end.component, end.function) == ("web", "wasi:cli/run@0.2.0#run")
    assert reason in end.reason
    assert end.backtrace == "m!inner\nm!outer"
    assert str(end).startswith(f"component `web` trapped in `wasi:cli/run@0.2.0#run`: {end.reason}")


def test_the_codes_are_wasmtimes() -> None:
    assert endings._REASONS.keys() <= set(traps._codes().values())


def test_a_trap_without_a_code_keeps_its_words() -> None:
    end = ending(Trapped("it called `a:b/c#d`, which spinfer does not provide"), "web", "run")
    assert isinstance(end, GuestTrap)
    assert end.reason == "it called `a:b/c#d`, which spinfer does not provide"


@pytest.mark.parametrize("failure", [Trapped(INTERRUPTED), Cancelled()])
def test_an_interruption_says_why(failure: Exception) -> None:
    assert type(ending(failure, "web", "run")) is GuestCancelled
    late = ending(failure, "web", "run", overdue_s=2.5)
    assert type(late) is GuestDeadline
    assert late.reason == "it ran past its deadline of 2.5 s"


def test_a_real_trap_past_the_deadline_stays_a_trap() -> None:
    assert type(ending(Trapped("x", "stack-overflow"), "web", "run", overdue_s=1.0)) is GuestTrap


def test_too_much_memory_is_out_of_memory() -> None:
    end = ending(Trapped("memory minimum size of 197 pages exceeds memory limits"), "web", "run")
    assert type(end) is GuestOutOfMemory
    assert "197 pages" in end.reason


@pytest.mark.parametrize("failure", [ZeroDivisionError(), Exited(3), KeyboardInterrupt()])
def test_whatever_is_not_the_guests_stays_as_it_is(failure: BaseException) -> None:
    assert ending(failure, "web", "run") is failure
