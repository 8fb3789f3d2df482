"""Paths: where they lead, and that none leads out, whatever links there are and whatever changes."""

import errno
import os
import random
from contextlib import contextmanager

import pytest

import leftovers
from spinfer.factors.wasi.filesystem import paths
from spinfer.factors.wasi.filesystem.paths import MAX_DEPTH, MAX_LINKS, resolved


@pytest.fixture
def root(tmp_path):
    """A folder with a secret beside it."""
    (tmp_path / "secret").write_text("not for guests")
    folder = tmp_path / "granted"
    (folder / "a" / "b").mkdir(parents=True)
    (folder / "file").write_text("contents")
    (folder / "a" / "deep").write_text("deep contents")
    for name, target in {
        "to-file": "file",
        "to-a": "a",
        "a/b/back": "../../file",
        "a/up-and-down": "../a/b/../deep",
        "chain": "to-a/up-and-down",
        "out": "../secret",
        "out-further": "a/../../secret",
        "absolute": str(folder / "file"),
        "rooted": "/",
        "endless": "endless",
        "ping": "pong",
        "pong": "ping",
        "dangling": "not-yet",
        "slashed": "a/",
    }.items():
        (folder / name).symlink_to(target)
    return folder


@contextmanager
def opened(folder):
    fd = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        yield fd
    finally:
        os.close(fd)


def found(folder, path, follow=True):
    """The inode the path leads to; the error's name if it leads nowhere."""
    before = leftovers.files()
    try:
        with opened(folder) as fd, resolved(fd, path, follow=follow) as place:
            return os.stat(place.name, dir_fd=place.folder, follow_symlinks=False).st_ino
    except OSError as e:
        return errno.errorcode[e.errno]
    finally:
        assert leftovers.files() <= before


@pytest.mark.parametrize(
    ("path", "real"),
    [
        ("file", "file"),
        ("./file", "file"),
        ("a//deep", "a/deep"),
        ("a/./b/../deep", "a/deep"),
        ("a/..", "."),
        (".", "."),
        ("a/b/", "a/b"),
        ("a/b/.", "a/b"),
        ("to-file", "file"),
        ("to-a/deep", "a/deep"),
        ("to-a/b/back", "file"),
        ("to-a/..", "."),
        ("chain", "a/deep"),
        ("slashed", "a"),
    ],
)
def test_it_leads_where_the_system_would_go(root, path, real):
    assert found(root, path) == (root / real).stat().st_ino
    assert (root / path).stat().st_ino == (root / real).stat().st_ino


@pytest.mark.parametrize(
    ("path", "error"),
    [
        ("..", "EPERM"),
        ("../secret", "EPERM"),
        ("a/../../secret", "EPERM"),
        ("to-a/../../secret", "EPERM"),
        ("../granted/file", "EPERM"),
        ("/etc/passwd", "EPERM"),
        ("/", "EPERM"),
        ("out", "EPERM"),
        ("out-further", "EPERM"),
        ("absolute", "EPERM"),
        ("rooted/etc/passwd", "EPERM"),
        ("endless", "ELOOP"),
        ("endless/x", "ELOOP"),
        ("ping", "ELOOP"),
        ("", "ENOENT"),
        ("none", "ENOENT"),
        ("none/file", "ENOENT"),
        ("dangling", "ENOENT"),
        ("file/x", "ENOTDIR"),
        ("file\0", "EINVAL"),
        ("x" * 300, "ENAMETOOLONG"),
        ("a/" * 2048 + "x", "ENAMETOOLONG"),
        ("ü" * 2049, "ENAMETOOLONG"),
    ],
)
def test_it_leads_nowhere(root, path, error):
    assert found(root, path) == error


def test_the_last_link_is_followed_only_if_asked(root):
    for link in ("to-file", "out", "endless", "absolute"):
        assert found(root, link, follow=False) == (root / link).lstat().st_ino
    assert found(root, "to-a/deep", follow=False) == (root / "a/deep").stat().st_ino


def test_as_many_links_are_followed_as_the_system_follows(root):
    (root / "link-0").symlink_to("file")
    for number in range(1, MAX_LINKS + 1):
        (root / f"link-{number}").symlink_to(f"link-{number - 1}")
    assert found(root, f"link-{MAX_LINKS - 1}") == (root / "file").stat().st_ino
    assert found(root, f"link-{MAX_LINKS}") == "ELOOP"


def test_a_link_to_nothing_leads_to_where_it_would_be(root):
    with opened(root) as fd, resolved(fd, "dangling", follow=True) as place:
        assert place.name == "not-yet"


@pytest.mark.parametrize("path", ["file/", "file/.", "a/", "a/b/..", "slashed"])
def test_a_path_may_say_that_it_is_a_folder(root, path):
    with opened(root) as fd, resolved(fd, path, follow=True) as place:
        assert place.must_be_folder


def test_depth_is_bounded_as_each_folder_costs_a_descriptor(tmp_path):
    folder = tmp_path
    for _ in range(MAX_DEPTH + 1):
        folder = folder / "d"
    folder.mkdir(parents=True)
    assert found(tmp_path, "/".join(["d"] * (MAX_DEPTH + 1))) != "ENAMETOOLONG"
    assert found(tmp_path, "/".join(["d"] * (MAX_DEPTH + 2))) == "ENAMETOOLONG"


def test_a_folder_swapped_for_a_link_meanwhile_leads_nowhere_else(root, monkeypatch):
    """The swap happens after the walk looked at the folder's entry and before it opens it."""
    real = os.open

    def swapping(name, *args, **kwargs):
        if name == "b":
            (root / "a" / "b" / "back").unlink(missing_ok=True)
            (root / "a" / "b").rmdir() if (root / "a" / "b").is_dir() else None
            (root / "a" / "b").symlink_to("/etc")
        return real(name, *args, **kwargs)

    with opened(root) as fd:
        monkeypatch.setattr(paths.os, "open", swapping)
        with pytest.raises(PermissionError), resolved(fd, "a/b/passwd", follow=True):
            raise AssertionError("it led out")


@pytest.mark.parametrize("seed", range(40))
def test_whatever_it_finds_is_inside_and_is_what_the_system_finds(tmp_path, seed):
    """Random folders, links and paths; refusing more than it must is allowed, leading elsewhere is not."""
    chance = random.Random(seed)
    (tmp_path / "secret").write_text("not for guests")
    root = tmp_path / "root"
    folders = [root, *(root / name for name in ("a", "b", "a/c", "a/c/d"))]
    for folder in folders:
        folder.mkdir()
        (folder / "f").touch()
    words = ["a", "b", "c", "d", "f", "l", "m", ".", "..", "..", "secret", ""]

    def path(most):
        return "/".join(chance.choices(words, k=chance.randint(1, most)))

    for folder in folders:
        for name in ("l", "m"):
            target = chance.choice([path(4), path(4), str(root / "f"), "/"])
            (folder / name).symlink_to(target or ".")
    inside = {os.stat(folder).st_ino for folder in folders} | {
        os.stat(folder / "f").st_ino for folder in folders
    }
    for _ in range(100):
        asked = path(8)
        inode = found(root, asked)
        if isinstance(inode, int):
            assert inode in inside
            assert inode == os.stat(root / asked).st_ino
        elif inode != "EPERM" and asked:
            with pytest.raises(OSError):
                os.stat(root / asked)
