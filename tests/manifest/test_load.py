"""Finding, reading and decoding the file; what the manifest is like for those who use it."""

from pathlib import Path

import pytest
from pydantic import ValidationError

from spinfer.errors import ManifestError
from spinfer.manifest.application import Application
from spinfer.manifest.component import Component
from spinfer.manifest.http import ComponentExecutor
from spinfer.manifest.load import load, loads
from spinfer.manifest.model import CommandTrigger, HttpTrigger, Manifest, RedisTrigger
from spinfer.manifest.sources import LocalSource

MINIMAL = 'spin_manifest_version = 2\napplication.name = "minimal"\n'

HELLO = """
spin_manifest_version = 2
application.name = "hello"
[[trigger.command]]
component = "hello"
[[trigger.http]]
route = "/b"
component = "hello"
[[trigger.http]]
route = "/a"
component = "hello"
[component.hello]
source = "hello.wasm"
"""


def error(path: Path) -> str:
    with pytest.raises(ManifestError) as caught:
        load(path)
    return str(caught.value)


def test_a_file_and_its_folder_are_the_same(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "spin.toml"
    file.write_text(MINIMAL)
    monkeypatch.chdir(tmp_path)
    assert load(file) == load(tmp_path) == load(Path("spin.toml")) == load(Path())
    assert load(Path()).path == file
    assert load(Path()).folder == tmp_path


def test_another_name(tmp_path: Path) -> None:
    file = tmp_path / "other.toml"
    file.write_text("spin_manifest_version = 2")
    assert error(file).startswith("other.toml: application: missing")


def test_a_folder_without_manifest(tmp_path: Path) -> None:
    message = error(tmp_path)
    assert message.startswith(f"{tmp_path / 'spin.toml'}: there is no such file\n")
    assert "name another" in message
    example = "\n".join(message.splitlines()[2:])
    assert loads(example, Path("spin.toml")).application.name == "my-app"


def test_no_such_file(tmp_path: Path) -> None:
    assert error(tmp_path / "none" / "x.toml").startswith(
        f"{tmp_path / 'none' / 'x.toml'}: there is no such file\n"
    )


def test_unreadable(tmp_path: Path) -> None:
    (tmp_path / "spin.toml").mkdir()
    assert error(tmp_path) == f"{tmp_path / 'spin.toml'}: cannot be read: Is a directory"


def test_not_utf8(tmp_path: Path) -> None:
    (tmp_path / "spin.toml").write_bytes(
        MINIMAL.encode() + 'application.description = "café"'.encode("latin-1")
    )
    assert error(tmp_path) == (
        "spin.toml: not UTF-8: byte 0xe9 in line 3 begins no character\n"
        "  save the file with the encoding UTF-8"
    )


def test_a_byte_order_mark_and_other_line_ends_are_no_mistake(tmp_path: Path) -> None:
    (tmp_path / "spin.toml").write_bytes(b"\xef\xbb\xbf" + MINIMAL.replace("\n", "\r\n").encode())
    assert load(tmp_path).application.name == "minimal"


@pytest.mark.usefixtures("no_collection")
def test_nested_too_deep(tmp_path: Path) -> None:
    (tmp_path / "spin.toml").write_text("a = " + "[" * 100_000)
    assert error(tmp_path).startswith("spin.toml: ")


def test_what_is_left_out() -> None:
    manifest = loads(HELLO, Path("/app/spin.toml"))
    assert manifest.path == Path("/app/spin.toml")
    assert manifest.application == Application(name="hello")
    assert (manifest.application.version, manifest.application.authors) == ("", ())
    hello = manifest.components["hello"]
    assert hello == Component(source=LocalSource("hello.wasm"))
    assert (hello.ai_models, hello.files, hello.environment, hello.targets, hello.build) == (
        (),
        (),
        {},
        None,
        None,
    )


def test_triggers_of_a_kind() -> None:
    manifest = loads(HELLO, Path("spin.toml"))
    assert [trigger.route for trigger in manifest.triggers_of(HttpTrigger)] == ["/b", "/a"]
    assert manifest.triggers_of(CommandTrigger) == (
        CommandTrigger(id="hello-command-trigger", component="hello"),
    )
    assert manifest.triggers_of(RedisTrigger) == ()
    assert len(manifest.triggers) == 3


def test_the_values_are_frozen() -> None:
    manifest = loads(HELLO, Path("spin.toml"))
    with pytest.raises(ValidationError, match="frozen"):
        manifest.components["hello"].ai_models = ("llama2-chat",)
    with pytest.raises(TypeError):
        manifest.components["other"] = manifest.components["hello"]
    with pytest.raises(AttributeError):
        manifest.triggers = ()


def test_a_manifest_can_be_made_by_hand() -> None:
    manifest = Manifest(
        path=Path("/app/app.wasm"),
        application=Application(name="app"),
        variables={},
        components={"app": Component(source=LocalSource("app.wasm"), ai_models=("llama2-chat",))},
        triggers=(HttpTrigger(id="app", route="/...", handler="app", executor=ComponentExecutor()),),
    )
    assert manifest.components["app"].ai_models == ("llama2-chat",)


def test_problems_come_one_by_one() -> None:
    with pytest.raises(ManifestError) as caught:
        loads('spin_manifest_version = 2\nx = 1\ny = 2\napplication.name = "x"', Path("spin.toml"))
    assert [(problem.where, problem.what) for problem in caught.value.problems] == [
        ("spin.toml: x", "unknown key"),
        ("spin.toml: y", "unknown key"),
    ]
