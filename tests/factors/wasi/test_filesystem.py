"""wasi:filesystem's functions over real folders: what each does, and what each refuses with which code."""

import os
import stat
import time

import pytest

import leftovers
from spinfer.bindings.hostcall import InstanceContext
from spinfer.bindings.traps import Trapped
from spinfer.bindings.values import Case, Err, Ok, Some
from spinfer.factors.wasi.clocks import Datetime
from spinfer.factors.wasi.filesystem import calls
from spinfer.factors.wasi.filesystem.codes import ENUM, code_of
from spinfer.factors.wasi.filesystem.open_file import OpenFiles
from spinfer.factors.wasi.grants import Grants, Mount
from spinfer.factors.wasi.state import WasiState, opened
from spinfer.factors.wasi_io import calls as io
from spinfer.inference.cancellation import Cancellation

FOLLOW, NO_FOLLOW = frozenset({"symlink-follow"}), frozenset()
NOTHING = frozenset()
READ, WRITE, BOTH = frozenset({"read"}), frozenset({"write"}), frozenset({"read", "write"})


class Guest:
    """An instance with two mounts: `shown` is read-only, `data` is not."""

    def __init__(self, state, context):
        self.state, self.context = state, context
        self.io = io.IoState(Cancellation())
        (self.data, _), (self.shown, _) = calls.get_directories(state)

    def __getattr__(self, name):
        call = getattr(calls, name)
        return lambda *arguments: call(self.state, *arguments)

    def open(self, path, how=(), flags=READ, folder=None, follow=FOLLOW):
        folder = self.data if folder is None else folder
        return self.open_at(folder, follow, path, frozenset(how), flags)

    def file(self, path, how=(), flags=READ):
        match self.open(path, how, flags):
            case Ok(descriptor):
                return descriptor
            case Err(code):
                raise AssertionError(code)


@pytest.fixture
def folders(tmp_path):
    for name in ("data", "shown"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "a.txt").write_bytes(b"0123456789")
    return tmp_path


@pytest.fixture
def guest(folders):
    grants = Grants(mounts=(Mount(folders / "data", "/data", True), Mount(folders / "shown", "/shown")))
    before = leftovers.files()
    with opened(grants) as state:
        context = InstanceContext({})
        with context.entered():
            yield Guest(state, context)
        context.close()
        assert len(state.open_files) == 0
    assert leftovers.files() <= before


def test_mounts_are_told_with_their_paths(guest):
    directories = calls.get_directories(guest.state)
    assert [path for _, path in directories] == ["/data", "/shown"]
    assert guest.get_flags(directories[0][0]) == Ok(frozenset({"read", "mutate-directory"}))
    assert guest.get_flags(directories[1][0]) == Ok(READ)


def test_a_mount_that_is_gone_ends_the_guest(tmp_path):
    state = WasiState(Grants(mounts=(Mount(tmp_path / "gone", "/gone"),)), None, None, None)
    with InstanceContext({}).entered(), pytest.raises(Trapped, match="its folder `/gone` cannot be opened"):
        calls.get_directories(state)


def test_reading_by_offset(guest):
    file = guest.file("a.txt")
    assert guest.read(file, 4, 3) == Ok((b"3456", False))
    assert guest.read(file, 100, 8) == Ok((b"89", False))
    assert guest.read(file, 100, 10) == Ok((b"", True))
    assert guest.read(file, 0, 0) == Ok((b"", False))
    assert guest.read(file, 2**64 - 1, 0) == Ok((b"0123456789", False))
    assert guest.read(file, 1, 2**64 - 1) == Err("overflow")
    assert guest.write(file, b"x", 0) == Err("bad-descriptor")


def test_writing_by_offset_and_size(guest, folders):
    file = guest.file("new", ["create"], WRITE)
    assert guest.write(file, b"xyz", 2) == Ok(3)
    assert (folders / "data/new").read_bytes() == b"\0\0xyz"
    assert guest.set_size(file, 3) == Ok(None)
    assert guest.sync(file) == guest.sync_data(file) == Ok(None)
    assert (folders / "data/new").read_bytes() == b"\0\0x"
    assert guest.read(file, 1, 0) == Err("bad-descriptor")
    assert guest.set_size(file, 2**64 - 1) == Err("overflow")


def test_streams_go_on_by_themselves_and_outlive_the_descriptor(guest, folders):
    file = guest.file("a.txt", (), BOTH)
    reader, other = guest.read_via_stream(file, 0).value, guest.read_via_stream(file, 5).value
    writer, appender = guest.write_via_stream(file, 8).value, guest.append_via_stream(file).value
    guest.context.resources.drop(file)
    assert io.read(guest.io, reader, 4) == Ok(b"0123")
    assert io.read(guest.io, other, 2) == Ok(b"56")
    assert io.blocking_write_and_flush(guest.io, appender, b"end") == Ok(None)
    assert io.blocking_write_and_flush(guest.io, writer, b"XY") == Ok(None)
    assert io.blocking_write_and_flush(guest.io, writer, b"Z") == Ok(None)
    assert io.blocking_write_and_flush(guest.io, appender, b".") == Ok(None)
    assert io.read(guest.io, reader, 100) == Ok(b"4567XYZnd.")
    assert io.read(guest.io, reader, 100) == Err(Case("closed"))
    assert (folders / "data/a.txt").read_bytes() == b"01234567XYZnd."


def test_a_stream_that_fails_tells_the_files_error_code(guest):
    reader = guest.read_via_stream(guest.file("a.txt"), 2**64 - 1).value
    match io.read(guest.io, reader, 1):
        case Err(Case("last-operation-failed", error)):
            assert guest.filesystem_error_code(error) == Some("overflow")
        case other:
            raise AssertionError(other)


@pytest.mark.parametrize(
    ("call", "arguments"),
    [
        ("read", (1, 0)),
        ("write", (b"x", 0)),
        ("read_via_stream", (0,)),
        ("write_via_stream", (0,)),
        ("append_via_stream", ()),
        ("set_size", (0,)),
        ("advise", (0, 0, "normal")),
    ],
)
def test_a_folder_is_no_file(guest, call, arguments):
    assert getattr(guest, call)(guest.data, *arguments) == Err("is-directory")


@pytest.mark.parametrize("advice", ["normal", "sequential", "random", "will-need", "dont-need", "no-reuse"])
def test_advice_is_taken(guest, advice):
    assert guest.advise(guest.file("a.txt"), 0, 10, advice) == Ok(None)


@pytest.mark.parametrize(
    ("path", "how", "flags", "outcome"),
    [
        ("none", [], READ, "no-entry"),
        ("none", ["create"], READ, Ok),
        ("a.txt", ["create", "exclusive"], WRITE, "exist"),
        ("new", ["create", "exclusive"], WRITE, Ok),
        ("a.txt", ["directory"], READ, "not-directory"),
        ("a.txt/", [], READ, "not-directory"),
        ("new/", ["create"], WRITE, "is-directory"),
        (".", ["directory"], READ, Ok),
        (".", [], WRITE, "is-directory"),
        ("a.txt", ["truncate"], READ, "invalid"),
        ("a.txt", ["truncate"], WRITE, Ok),
        ("a.txt", [], NOTHING, Ok),
        ("../shown/a.txt", [], READ, "not-permitted"),
        ("/etc/passwd", [], READ, "not-permitted"),
        ("nul\0", [], READ, "invalid"),
    ],
)
def test_opening(guest, path, how, flags, outcome):
    opened_ = guest.open(path, how, flags)
    assert isinstance(opened_, Ok) if outcome is Ok else opened_ == Err(outcome)


def test_opening_a_link(guest, folders):
    (folders / "data/link").symlink_to("a.txt")
    (folders / "data/dangling").symlink_to("made")
    assert guest.open("link", follow=NO_FOLLOW) == Err("loop")
    assert isinstance(guest.open("link"), Ok)
    assert guest.open("dangling", ["create", "exclusive"], WRITE) == Err("exist")
    assert isinstance(guest.open("dangling", ["create"], WRITE), Ok)
    assert (folders / "data/made").exists()


def test_opening_a_fifo_does_not_wait_for_its_other_end(guest, folders):
    os.mkfifo(folders / "data/fifo")
    assert guest.open("fifo", flags=WRITE) == Err("no-such-device")
    assert guest.read(guest.file("fifo"), 1, 0) == Err("invalid-seek")
    assert guest.stat_at(guest.data, NO_FOLLOW, "fifo").value.type == "fifo"


def test_below_a_read_only_folder_all_is_read_only(guest, folders):
    (folders / "shown/inner").mkdir()
    (folders / "shown/inner/b.txt").write_text("b")
    inner = guest.open("inner", ["directory"], folder=guest.shown).value
    read_only = Err("read-only")
    now = Case("now")
    for folder in (guest.shown, inner):
        for how, flags in (
            ((), WRITE),
            (["create"], READ),
            (["truncate"], BOTH),
            ((), frozenset({"mutate-directory"})),
        ):
            assert guest.open("b.txt", how, flags, folder) == read_only
        assert guest.create_directory_at(folder, "new") == read_only
        assert guest.symlink_at(folder, "a.txt", "new") == read_only
        assert guest.unlink_file_at(folder, "b.txt") == read_only
        assert guest.remove_directory_at(folder, "inner") == read_only
        assert guest.set_times(folder, now, now) == read_only
        assert guest.set_times_at(folder, FOLLOW, "b.txt", now, now) == read_only
        for target in (guest.data, folder):
            assert guest.rename_at(folder, "b.txt", target, "new") == read_only
            assert guest.link_at(folder, NO_FOLLOW, "b.txt", target, "new") == read_only
            assert guest.rename_at(target, "a.txt", folder, "new") == read_only
            assert guest.link_at(target, NO_FOLLOW, "a.txt", folder, "new") == read_only
    file = guest.open("b.txt", folder=inner).value
    assert guest.set_times(file, now, now) == read_only
    assert guest.get_flags(inner) == Ok(READ)


def test_folders_are_made_listed_renamed_and_removed(guest, folders):
    assert guest.create_directory_at(guest.data, "f/") == Ok(None)
    assert guest.create_directory_at(guest.data, "f") == Err("exist")
    inner = guest.open("f", ["directory"]).value
    assert guest.get_flags(inner) == Ok(frozenset({"read", "mutate-directory"}))
    assert guest.rename_at(guest.data, "a.txt", inner, "b.txt") == Ok(None)
    assert guest.symlink_at(inner, "b.txt", "l") == Ok(None)
    assert listed(guest, guest.data) == {("directory", "f")}
    assert listed(guest, inner) == {("regular-file", "b.txt"), ("symbolic-link", "l")}
    assert guest.remove_directory_at(guest.data, "f") == Err("not-empty")
    assert guest.unlink_file_at(guest.data, "f") == Err("is-directory")
    assert guest.remove_directory_at(inner, "b.txt") == Err("not-directory")
    assert guest.unlink_file_at(inner, "l") == guest.unlink_file_at(inner, "b.txt") == Ok(None)
    assert guest.remove_directory_at(guest.data, "f") == Ok(None)
    assert listed(guest, guest.data) == set()


def listed(guest, folder):
    stream, entries = guest.read_directory(folder).value, set()
    while (entry := guest.read_directory_entry(stream).value) is not None:
        entries.add(tuple(entry.value))
    guest.context.resources.drop(stream)
    return entries


def test_a_name_that_is_not_utf_8_is_an_error_and_not_the_end(guest, folders):
    (folders / "data").joinpath(os.fsdecode(b"bad\xff")).touch()
    os.symlink(b"bad\xff", os.fsencode(folders / "data/l"))
    stream = guest.read_directory(guest.data).value
    outcomes = [guest.read_directory_entry(stream) for _ in range(4)]
    assert outcomes.count(Err("illegal-byte-sequence")) == 1
    assert outcomes[-1] == Ok(None)
    assert guest.readlink_at(guest.data, "l") == Err("illegal-byte-sequence")


def test_links(guest, folders):
    (folders / "data/absolute").symlink_to("/etc/passwd")
    assert guest.symlink_at(guest.data, "a.txt", "l") == Ok(None)
    assert guest.readlink_at(guest.data, "l") == Ok("a.txt")
    assert guest.readlink_at(guest.data, "absolute") == Err("not-permitted")
    assert guest.readlink_at(guest.data, "a.txt") == Err("invalid")
    assert guest.symlink_at(guest.data, "/etc/passwd", "x") == Err("not-permitted")
    assert guest.symlink_at(guest.data, "a\0", "x") == Err("invalid")
    assert guest.link_at(guest.data, NO_FOLLOW, "a.txt", guest.data, "hard") == Ok(None)
    assert guest.link_at(guest.data, FOLLOW, "l", guest.data, "harder") == Ok(None)
    assert guest.stat_at(guest.data, NO_FOLLOW, "harder").value.link_count == 3
    assert guest.link_at(guest.data, FOLLOW, "absolute", guest.data, "stolen") == Err("not-permitted")
    assert guest.link_at(guest.data, NO_FOLLOW, "a.txt", guest.data, "../out") == Err("not-permitted")
    assert guest.rename_at(guest.data, "a.txt", guest.data, "../out") == Err("not-permitted")
    assert guest.rename_at(guest.data, "a.txt/", guest.data, "b") == Err("not-directory")


def test_what_a_file_is(guest, folders):
    (folders / "data/l").symlink_to("a.txt")
    real = (folders / "data/a.txt").stat()
    file = guest.file("a.txt")
    told = guest.stat(file).value
    assert (told.type, told.size, told.link_count) == ("regular-file", 10, 1)
    assert told.data_modification_timestamp == Some(Datetime(*divmod(real.st_mtime_ns, 10**9)))
    assert guest.stat_at(guest.data, FOLLOW, "l").value.type == "regular-file"
    assert guest.stat_at(guest.data, NO_FOLLOW, "l").value.type == "symbolic-link"
    assert guest.stat_at(guest.data, FOLLOW, "a.txt/") == Err("not-directory")
    assert guest.get_type(file) == Ok("regular-file")
    assert guest.get_type(guest.data) == Ok("directory")
    os.utime(folders / "data/a.txt", ns=(-1, -1))
    assert guest.stat(file).value.data_modification_timestamp is None


def test_who_a_file_is(guest, folders):
    one, same, other = guest.file("a.txt"), guest.file("a.txt"), guest.file("b", ["create"])
    assert guest.is_same_object(one, same)
    assert not guest.is_same_object(one, other)
    before = guest.metadata_hash(one)
    (folders / "data/a.txt").write_text("something else")
    assert guest.metadata_hash(same) == before == guest.metadata_hash_at(guest.data, FOLLOW, "a.txt")
    assert guest.metadata_hash(other) != before


def test_times_are_set_kept_or_now(guest, folders):
    path = folders / "data/a.txt"
    file, moment = guest.file("a.txt"), Case("timestamp", Datetime(12, 34))
    assert guest.set_times(file, moment, Case("no-change")) == Ok(None)
    assert path.stat().st_atime_ns == 12_000_000_034
    kept = path.stat().st_atime_ns
    assert guest.set_times_at(guest.data, FOLLOW, "a.txt", Case("no-change"), moment) == Ok(None)
    assert (path.stat().st_atime_ns, path.stat().st_mtime_ns) == (kept, 12_000_000_034)
    before = time.time_ns()
    assert guest.set_times(file, Case("no-change"), Case("now")) == Ok(None)
    assert path.stat().st_mtime_ns >= before
    assert guest.set_times(file, Case("timestamp", Datetime(2**64 - 1, 0)), Case("now")) == Err("overflow")


def test_open_files_are_bounded_and_counted(tmp_path):
    before = leftovers.files()
    files = OpenFiles(limit=2)
    one, two = (files.own(os.open(tmp_path, os.O_RDONLY)) for _ in range(2))
    with pytest.raises(OSError) as refused:
        one.duplicate()
    assert code_of(refused.value) == "quota"
    one.close()
    assert len(files) == 1
    third = files.own(os.open(tmp_path, os.O_RDONLY))
    third.close()
    two.close()
    assert len(files) == 0
    assert leftovers.files() <= before, "what was refused was closed"


def test_every_code_is_one_of_wits(guest):
    for number in range(1, 140):
        assert f" {code_of(OSError(number, ''))}," in f" {ENUM[5:-1]},"


def test_a_new_file_gets_ordinary_permissions(guest, folders):
    guest.file("new", ["create"], WRITE)
    assert not stat.S_IMODE((folders / "data/new").stat().st_mode) & 0o111
