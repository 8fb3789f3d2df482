"""`spinfer run` gives a command its variables, too."""

from __future__ import annotations

from pathlib import Path

import pytest

from apps.conftest import Spinfer
from fakes.wat_run_variable import printing

MANIFEST = """
spin_manifest_version = 2
application.name = "app"
[variables]
name = { default = "world" }
token = { required = true, secret = true }
[[trigger.command]]
component = "app"
[component.app]
source = "app.wat"
variables = { greeting = "Hello, {{ name }}! {{ token }}" }
"""


@pytest.fixture
def app(tmp_path: Path) -> Path:
    (tmp_path / "spin.toml").write_text(MANIFEST)
    (tmp_path / "app.wat").write_bytes(printing("greeting"))
    return tmp_path


def test_a_command_reads_its_variables(spinfer: Spinfer, app: Path) -> None:
    (app / "rc.toml").write_text('[[variables_provider]]\ntype = "static"\nvalues = { name = "Ada" }\n')
    done = spinfer("run", "--runtime-config-file", "rc.toml", "--variable", "token=x", app)
    assert (done.code, done.out, done.err) == (0, "Hello, Ada! x", "")


def test_without_a_required_value(spinfer: Spinfer, app: Path) -> None:
    done = spinfer("run", app)
    assert (done.code, done.out) == (1, "")
    assert done.err.startswith("Error: variables.token: the required variable `token` has no value\n")


def test_a_component_by_itself_has_none(spinfer: Spinfer, app: Path) -> None:
    done = spinfer("run", "--variable", "token=x", "app.wat")
    assert (done.code, done.out) == (1, 'no variable for "app"."greeting"')
    assert "--variable: the app declares no such variables: `token`" in done.err
