"""The factor: what it refuses before the first guest, and what each instance is given."""

import pytest

from spinfer.errors import ConfigError
from spinfer.factors.base import Guest
from spinfer.factors.wasi.factor import WasiFactor
from spinfer.factors.wasi.grants import Grants, Mount
from spinfer.factors.wasi.stdio import Given, LentInput, LentOutput, Nothing, Sink
from spinfer.factors.wasi_io.streams import Closed
from spinfer.inference.cancellation import Cancellation


def test_mounts_that_are_no_folders_are_listed(tmp_path):
    file = tmp_path / "file"
    file.touch()
    mounts = (Mount(tmp_path, "/"), Mount(file, "/file"), Mount(tmp_path / "none", "/none"))
    factor = WasiFactor({"web": Grants(mounts=mounts), "other": Grants(mounts=mounts)})
    with pytest.raises(ConfigError) as refused:
        factor.configure(["web"])
    assert str(refused.value) == (
        f"component `web`: `{file}` is not a folder\n  Create it, or name another.\n"
        f"component `web`: `{tmp_path / 'none'}` is not a folder\n  Create it, or name another."
    )
    WasiFactor({"web": Grants(mounts=mounts[:1])}).configure(["web", "unnamed"])


def test_text_that_is_no_text_is_refused():
    factor = WasiFactor({"web": Grants(environment=(("NAME", "bad\udcff"),))})
    with pytest.raises(ConfigError, match=r"component `web`: 'bad\\udcff' is not valid UTF-8"):
        factor.configure(["web"])


def test_each_instance_has_standard_streams_of_its_own_until_its_end():
    made, closed = [], []

    def stdout():
        made.append(Sink(lambda _data: None, lambda: closed.append(len(made))))
        return made[-1]

    factor = WasiFactor({"web": Grants(stdout=stdout)})
    guest = Guest("web", Cancellation())
    with factor.prepare(guest) as one:
        with factor.prepare(guest) as other:
            assert one.stdout is made[0]
            assert other.stdout is made[1]
        assert closed == [2]
    assert closed == [2, 2]


def test_whoever_was_granted_nothing_has_nothing():
    with WasiFactor({}).prepare(Guest("web", Cancellation())) as state:
        assert state.grants == Grants()
        assert state.stdin.read(1) == Closed()
        assert state.stdout.write(b"unheard") is None


def test_a_handle_of_a_standard_stream_may_go_and_the_stream_stays():
    heard = []
    sink = Sink(heard.append, lambda: heard.append("closed"))
    for word in (b"one", b"two"):
        lent = LentOutput(sink)
        assert lent.ready()
        assert lent.check_write() > 0
        lent.write(word)
        lent.drop()
    given = Given(b"ab")
    assert [LentInput(given).read(1), LentInput(given).read(1), LentInput(given).read(1)] == [
        b"a",
        b"b",
        Closed(),
    ]
    assert Nothing().read(1) == Closed()
    assert heard == [b"one", b"two"]
