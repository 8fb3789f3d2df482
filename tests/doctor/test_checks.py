"""Single examinations, on values."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from spinfer.config.models import ModelConfig
from spinfer.config.remote import KeyFromVariable, RemoteConfig
from spinfer.doctor import channels, grants, machine, manifest, sources
from spinfer.doctor.finding import Finding, Level
from spinfer.errors import ComponentError
from spinfer.inference.child import ChildFailed
from spinfer.inference.engine.llama import features
from spinfer.manifest import load

HEAD = 'spin_manifest_version = 2\napplication.name = "app"\n'
X86 = {"avx", "avx2", "fma", "f16c"}


def levels(found: list[Finding]) -> list[tuple[Level, str]]:
    return [(finding.level, finding.problem.what) for finding in found]


@pytest.mark.parametrize(
    ("built_for", "flags", "level", "said"),
    [
        ({"AVX", "AVX2", "FMA", "F16C"}, X86, Level.FINE, "llama.cpp uses AVX, AVX2, FMA, F16C"),
        ({"AVX"}, X86, Level.HINT, "built without AVX2, FMA, F16C, which this CPU has"),
        ({"AVX", "AVX2", "FMA", "F16C"}, {"avx"}, Level.PROBLEM, "built for AVX2, FMA, F16C, which this CPU"),
        (set(), set(), Level.FINE, "llama.cpp uses what this CPU has"),
        (ChildFailed("ended by SIGILL"), X86, Level.PROBLEM, "cannot be loaded here: ended by SIGILL"),
    ],
)
def test_the_cpu(built_for: set[str], flags: set[str], level: Level, said: str) -> None:
    (found,) = machine.cpu(built_for, flags)
    assert (found.level, said in found.problem.what) == (level, True)
    assert (found.level is Level.FINE) == (found.problem.cure == "")


def test_this_cpu_is_known() -> None:
    built_for = features.built_for()
    assert built_for >= {"AVX2"} or "avx2" not in machine.cpu_flags()
    assert features.parse("CPU : SSE3 = 1 | AVX512 = 0 | REPACK = 1 | ") == ["SSE3", "REPACK"]


@pytest.mark.parametrize(
    ("version", "mended"),
    [
        ('spin_manifest_version = "2"', "spin_manifest_version = 2"),
        ("spin_manifest_version = 2\nspin_version = 3", None),
        ("spin_manifest_version = 3", None),
    ],
)
def test_the_version_of_a_manifest(tmp_path: Path, version: str, mended: str | None) -> None:
    file = tmp_path / "spin.toml"
    file.write_text(f'{version}\napplication.name = "app" # mine\n')
    found, findings = manifest.examine(tmp_path)
    assert found is None
    fix = findings[0].fix
    assert (fix is None) == (mended is None)
    if fix is not None:
        fix.apply()
        assert file.read_text() == f'{mended}\napplication.name = "app" # mine\n'
        assert manifest.examine(tmp_path)[0] is not None


def test_grants_that_nobody_uses() -> None:
    app = load.loads(
        HEAD
        + """
        [variables]
        host = { default = "a" }
        idle = { default = "a" }
        key = { default = "a" }
        [component.a]
        source = "a.wasm"
        ai_models = ["one"]
        key_value_stores = ["default"]
        sqlite_databases = ["default"]
        allowed_outbound_hosts = ["https://{{ host }}"]
        files = ["x"]
        variables = { v = "1" }
        [component.b]
        source = "b.wasm"
        ai_models = ["one"]
        """,
        Path("spin.toml"),
    )
    models = {
        "one": ModelConfig(builtin=True),
        "two": ModelConfig(remote=RemoteConfig(url="http://a", key=KeyFromVariable(variable="key"))),
        "*": ModelConfig(builtin=True),
    }
    imports = {
        "a": ("wasi:keyvalue/store@0.2.0-draft2", "wasi:filesystem/types@0.2.0"),
        "b": ("fermyon:spin/llm",),
    }
    found = list(grants.examine(app, models, imports))
    assert [finding.problem.where for finding in found] == [
        *(f"spin.toml: component.a.{k}" for k in ("ai_models", "sqlite_databases", "variables")),
        "spin.toml: component.a.allowed_outbound_hosts",
        "spinfer.toml",
        "spin.toml: variables.idle",
    ]
    assert {finding.level for finding in found} == {Level.HINT}


def test_a_component_that_is_older_than_its_sources(tmp_path: Path) -> None:
    (tmp_path / "src").mkdir()
    (tmp_path / "spin.toml").write_text(
        f'{HEAD}[component.a]\nsource = "a.wasm"\nbuild = {{ command = "cp src/a a.wasm", watch = ["src"] }}'
    )
    (tmp_path / "a.wasm").write_text("")
    source = tmp_path / "src" / "a"
    source.write_text("new")
    os.utime(tmp_path / "a.wasm", (1, 1))
    app = load.load(tmp_path)
    (found,) = sources.examine(app)
    assert levels([found]) == [(Level.HINT, "component `a` is older than src/a")]
    assert found.fix is not None
    found.fix.apply()
    assert (tmp_path / "a.wasm").read_text() == "new"
    assert list(sources.examine(app)) == []


def test_a_build_that_fails_mends_nothing(tmp_path: Path) -> None:
    (tmp_path / "spin.toml").write_text(f'{HEAD}[component.a]\nsource = "a.wasm"\nbuild.command = "exit 3"\n')
    (found,) = sources.examine(load.load(tmp_path))
    assert found.fix is not None
    with pytest.raises(ComponentError, match="component `a` cannot be built: its build ended with 3"):
        found.fix.apply()


def test_channels() -> None:
    app = load.loads(
        HEAD
        + """
        [variables]
        host = { default = "h" }
        [[trigger.redis]]
        address = "redis://u:secret@{{ host }}/1"
        channel = "news"
        component = "a"
        [[trigger.redis]]
        address = "redis://u:secret@{{ host }}/1"
        channel = "news"
        component = "a"
        [[trigger.redis]]
        address = "redis://u:secret@{{ host }}/1"
        channel = "late"
        component = "a"
        [component.a]
        source = "a.wasm"
        """,
        Path("spin.toml"),
    )
    assert levels(list(channels.examine(app, {"host": "H"}))) == [
        (Level.FINE, "on redis://h:6379 it listens to `news`, `late`"),
        (Level.HINT, "component `a` is told of each message on `news` 2 times"),
    ]
    wrong = levels(list(channels.examine(app, {"host": ":x"})))
    assert [level for level, _ in wrong] == [Level.PROBLEM] * 3
    assert "is no address of a Redis server with the values it has now" in wrong[0][1]


def test_a_component_of_a_registry() -> None:
    source = '[component.a]\nsource = { registry = "r", package = "a:b", version = "1.0.0" }\n'
    (found,) = sources.examine(load.loads(HEAD + source, Path("spin.toml")))
    assert (found.level, found.fix) == (Level.PROBLEM, None)
    assert "comes from a registry" in found.problem.what
