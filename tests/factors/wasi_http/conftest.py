"""An instance whose guest is the test: it calls the host functions as a guest would, with handles."""

from collections.abc import Iterator

import pytest

from spinfer.bindings.hostcall import InstanceContext
from spinfer.bindings.resources import Resources
from spinfer.factors.wasi_http.factor import WasiHttpFactor
from spinfer.factors.wasi_http.messages import Request
from spinfer.factors.wasi_http.promise import Promise
from spinfer.factors.wasi_http.sending import Outcome, Sending, Timeouts
from spinfer.factors.wasi_http.state import WasiHttpState


class RecordingSender:
    """Sends nothing: the test keeps the outcomes."""

    def __init__(self) -> None:
        self.sent: list[tuple[str, Request, Timeouts]] = []
        self.outcomes: list[Promise[Outcome]] = []
        self.cancelled: list[int] = []
        self.refusal: Exception | None = None

    def send(self, component: str, request: Request, timeouts: Timeouts) -> Sending:
        if self.refusal is not None:
            raise self.refusal
        place = len(self.sent)
        self.sent.append((component, request, timeouts))
        self.outcomes.append(Promise())
        return Sending(self.outcomes[-1], lambda: self.cancelled.append(place))


class Guest:
    """`guest("[method]fields.get", rep, "a")` calls that function of `wasi:http`, in this version of it."""

    def __init__(self, sender: RecordingSender, version: str) -> None:
        factor = WasiHttpFactor(sender)
        served = [interface for interface in factor.interfaces() if version in interface.versions]
        self.functions = {f.name: f.call for interface in served for f in interface.functions}
        self.state = WasiHttpState("component", sender)
        self.context = InstanceContext({factor.name: self.state})

    @property
    def resources(self) -> Resources:
        return self.context.resources

    def __call__(self, function: str, *arguments: object) -> object:
        return self.functions[function](self.state, *arguments)

    def made(self, function: str, *arguments: object) -> int:
        """The rep that a function returned, out of its `Ok` if it came in one."""
        result = self(function, *arguments)
        rep = getattr(result, "value", result)
        assert isinstance(rep, int), result
        return rep


@pytest.fixture
def sender() -> RecordingSender:
    return RecordingSender()


@pytest.fixture
def version() -> str:
    return "0.2.0"


@pytest.fixture
def guest(sender: RecordingSender, version: str) -> Iterator[Guest]:
    guest = Guest(sender, version)
    with guest.context.entered():
        yield guest
        guest.context.close()
    assert len(guest.resources) == 0
