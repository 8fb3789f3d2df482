"""Which channels of which servers a manifest listens to."""

from __future__ import annotations

from pathlib import Path

import pytest

from spinfer.errors import ManifestError
from spinfer.factors.outbound_redis.address import RedisAddress
from spinfer.manifest import load
from spinfer.manifest.model import Manifest
from spinfer.triggers.redis import target
from spinfer.triggers.redis.target import Server


@pytest.fixture
def manifest(tmp_path: Path) -> Manifest:
    triggers = [
        ("a", "news", ""),
        ("b", "news", ""),
        ("a", "{{ channel }}", 'address = "redis://u:{{ secret }}@other:7000/3"'),
        ("c", "late", 'address = "redis://HOME:6379"'),
    ]
    text = '[application]\nname = "t"\ntrigger.redis.address = "redis://home"\n'
    text += '[variables]\nchannel = { default = "own" }\nsecret = { default = "s3", secret = true }\n'
    for component, channel, address in triggers:
        text += f'[[trigger.redis]]\ncomponent = "{component}"\nchannel = "{channel}"\n{address}\n'
    text += "".join(f'[component.{id}]\nsource = "{id}.wasm"\n' for id in "abc")
    (tmp_path / "spin.toml").write_text("spin_manifest_version = 2\n" + text)
    return load.load(tmp_path / "spin.toml")


def test_channels_by_server(manifest: Manifest) -> None:
    home, other = target.of_manifest(manifest, {"channel": "own", "secret": "s3"})
    assert home == Server(RedisAddress("home"), {"news": ("a", "b"), "late": ("c",)})
    assert other == Server(
        RedisAddress("other", 7000, username="u", password="s3", database=3), {"own": ("a",)}
    )
    assert str(home) == "Active Channels on redis://home:6379:\n  news: a, b\n  late: c"
    assert "s3" not in f"{other} {other!r}"


def test_only_some_components(manifest: Manifest) -> None:
    assert target.components(manifest) == ("a", "b", "c")
    assert target.components(manifest, ["c"]) == ("c",)
    [home] = target.of_manifest(manifest, {}, ["c"])
    assert home.channels == {"late": ("c",)}


def test_an_address_that_is_none(manifest: Manifest) -> None:
    with pytest.raises(ManifestError) as refused:
        target.of_manifest(manifest, {"channel": "own", "secret": "s3/"})
    [problem] = refused.value.problems
    assert problem.where.startswith("spin.toml: trigger.redis (")
    assert problem.where.endswith(").address")
    assert "redis://u:{{ secret }}@other" in problem.what
    assert "s3" not in str(problem)
