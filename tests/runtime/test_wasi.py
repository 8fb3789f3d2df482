"""What a command is granted, checked before anything runs."""

from pathlib import Path

import pytest

from spinfer.errors import ConfigError
from spinfer.runtime.wasi import Mount, Wasi


def test_a_mount_is_host_then_guest() -> None:
    assert Mount.parse("./data::/data") == Mount(Path("data"), "/data", writable=True)
    assert Mount.parse("data", writable=False) == Mount(Path("data"), "data", writable=False)


@pytest.mark.parametrize("text", ["", "::", "::/data", "data::"])
def test_half_a_mount_is_refused(text: str) -> None:
    with pytest.raises(ConfigError, match="Write host::guest"):
        Mount.parse(text)


def test_a_mount_must_be_a_folder(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    for missing in (tmp_path / "file", tmp_path / "nothing"):
        with pytest.raises(ConfigError, match="is not a folder"):
            Wasi(mounts=(Mount(missing, "/"),))


def test_text_that_cannot_cross_is_refused() -> None:
    with pytest.raises(ConfigError, match="argument 1: it contains a NUL"):
        Wasi(("app", "a\0b"))
    with pytest.raises(ConfigError, match="argument 0: it is not valid UTF-8"):
        Wasi(("\udcff",))
    with pytest.raises(ConfigError, match="environment variable 'A': it contains a NUL"):
        Wasi(environment=(("A", "\0"),))
