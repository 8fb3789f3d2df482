"""Which files a component sees, and where."""

from __future__ import annotations

from pathlib import Path

import pytest

from spinfer.errors import ManifestError
from spinfer.manifest import load
from spinfer.runtime.component_files import gather


def gathered(folder: Path, says: str, *, writable: bool = False) -> dict[str, str]:
    """The guest's files by path, for a component whose manifest says this."""
    manifest = load.loads(
        'spin_manifest_version = 2\napplication.name = "app"\n[component.a]\nsource = "a.wasm"\n' + says,
        folder / "spin.toml",
    )
    root = folder.parent / "root"
    root.mkdir()
    gather("a", manifest.components["a"], folder, root, writable=writable)
    return {
        path.relative_to(root).as_posix(): path.read_text()
        for path in sorted(root.rglob("*"))
        if path.is_file()
    }


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "app"
    for name in ("top.txt", "assets/a.txt", "assets/deep/b.txt", "assets/deep/.hidden", "www/index.html"):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(name)
    return folder


@pytest.mark.parametrize(
    ("says", "seen"),
    [
        ('files = ["top.txt"]', {"top.txt"}),
        ('files = ["assets"]', {"assets/a.txt", "assets/deep/b.txt", "assets/deep/.hidden"}),
        ('files = ["assets/*"]', {"assets/a.txt"}),
        ('files = ["assets/**/*.txt"]', {"assets/a.txt", "assets/deep/b.txt"}),
        ('files = ["assets/**/*"]\nexclude_files = ["assets/deep/*"]', {"assets/a.txt"}),
        ('files = [{ source = "www", destination = "/" }]', {"index.html"}),
        (
            'files = [{ source = "www", destination = "/pages/x" }, "top.txt"]',
            {"pages/x/index.html", "top.txt"},
        ),
        ('files = [{ source = "top.txt", destination = "/etc/motd" }]', {"etc/motd"}),
    ],
)
def test_what_a_component_sees(folder: Path, says: str, seen: set[str]) -> None:
    assert gathered(folder, says).keys() == seen


def test_a_copy_may_be_written_and_the_original_stays(folder: Path) -> None:
    gathered(folder, 'files = ["top.txt"]', writable=True)
    (folder.parent / "root/top.txt").write_text("changed")
    assert (folder / "top.txt").read_text() == "top.txt"


@pytest.mark.parametrize("says", ['files = ["none.txt"]', 'files = [{ source = "none", destination = "/" }]'])
def test_what_does_not_exist(folder: Path, says: str) -> None:
    with pytest.raises(ManifestError, match=r"component\.a\.files: `none(\.txt)?` names no file"):
        gathered(folder, says)


@pytest.mark.parametrize("says", ['files = ["link"]', 'files = ["l*"]', 'files = ["dir/secret"]'])
def test_links_out_of_the_app(folder: Path, says: str) -> None:
    outside = folder.parent / "outside"
    outside.mkdir()
    (outside / "secret").write_text("secret")
    (folder / "link").symlink_to(outside / "secret")
    (folder / "dir").symlink_to(outside)
    with pytest.raises(ManifestError, match="a link out of the application's folder"):
        gathered(folder, says)
