"""Variables, runtime configuration and remote models, by a guest of Spin's SDK under `spinfer up`."""

from __future__ import annotations

import asyncio
import shutil
import urllib.error
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from apps.conftest import Spinfer
from apps.serving import Running, running
from fakes.http_servers import head_of, ok, serving
from fakes.model_servers import model_server
from guests import SDK_ENVIRONMENT, app
from spinfer.config.models import MockConfig
from spinfer.inference.backends.mock import MockBackend

SECRET = "hunter2-and-more"
SIGN = "(wildcard)\n"
HERE = '[models]\n"*".mock = { default = "from here" }\n'

pytestmark = pytest.mark.skipif(
    not SDK_ENVIRONMENT.is_dir(),
    reason=f"{SDK_ENVIRONMENT.name} is missing, which builds guests of Spin's SDK: run `make guests`",
)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """The app, built, with models that answer from a script."""
    found = Path(shutil.copytree(app(Path(__file__).parent / "variables"), tmp_path / "app"))
    (found / "spinfer.toml").write_text(HERE)
    return found


Said = Callable[[Running], str]


@pytest.fixture
def everything_said(folder: Path) -> Iterator[Said]:
    """All that the host and its logs say; the secret must not be in it."""

    def said(up: Running) -> str:
        logs = "".join(log.read_text() for log in folder.glob(".spin/logs/*"))
        return up.out.read_text() + up.err.read_text() + logs

    yield said


def answer(up: Running, path: str) -> tuple[int, str]:
    try:
        return 200, up.get(path).decode()
    except urllib.error.HTTPError as e:
        with e:
            return e.code, e.read().decode()


def test_values_from_everywhere(environment: dict[str, str], folder: Path, everything_said: Said) -> None:
    heads: list[str] = []

    async def who(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        heads.append((await head_of(reader)).decode())
        writer.write(ok(b"you"))
        await writer.drain()

    (folder / ".env").write_text(f"SPIN_VARIABLE_API_TOKEN='{SECRET}'\n")
    with serving(who) as server:
        host = f"api_host={server.authority}"
        options = ("-vv", "--variable", host, "--variable", "api_hots=x")
        with running(environment, folder, *options, sign=SIGN) as up:
            assert "--variable: the app declares no such variables: `api_hots`" in up.err.read_text()
            assert answer(up, "/read?name=token") == (200, SECRET)
            assert answer(up, "/read?name=url") == (200, f"http://{server.authority}/who")
            assert answer(up, "/fetch") == (200, "you")
            assert answer(up, "/read?name=api_token") == (
                418,
                'Error_Undefined: no variable for "app"."api_token"',
            )
            assert answer(up, "/read?name=No")[1].startswith(
                "Error_InvalidName: \"No\": invalid character 'N'"
            )
            assert up.end() == 0
            assert SECRET not in everything_said(up)
    assert f"authorization: {SECRET}\r\n" in heads[0]


def test_a_host_that_no_variable_names_is_refused(environment: dict[str, str], folder: Path) -> None:
    given = {**environment, "SPIN_VARIABLE_API_TOKEN": SECRET}
    (folder / "spin.toml").write_text(
        (folder / "spin.toml").read_text().replace("{{ api_host }}/who", "127.0.0.1:9/who")
    )
    with running(given, folder, "--variable", "api_host=example.com:81", sign=SIGN) as up:
        assert answer(up, "/fetch") == (418, "ErrorCode_HttpRequestDenied: ")
        assert "may not reach http://127.0.0.1:9: to permit it" in up.err.read_text()
        assert SECRET not in up.err.read_text()


def test_a_required_variable_without_a_value(spinfer: Spinfer, folder: Path) -> None:
    done = spinfer("up", folder=folder)
    assert done.code == 1
    assert done.err.startswith("Error: variables.api_token: the required variable `api_token` has no value\n")


def test_a_secret_that_makes_no_host(spinfer: Spinfer, folder: Path) -> None:
    manifest = (folder / "spin.toml").read_text().replace('http://{{ api_host }}"]', '{{ api_token }}"]')
    (folder / "spin.toml").write_text(manifest)
    done = spinfer("up", "--variable", f"api_token={SECRET} x", folder=folder)
    assert done.code == 1
    assert "component.app.allowed_outbound_hosts: `{{ api_token }}` is no host" in done.err
    assert SECRET not in done.err


def test_every_mistake_of_the_runtime_configuration(spinfer: Spinfer, folder: Path) -> None:
    (folder / "rc.toml").write_text('baz = 1\n[llm_compute]\ntype = "remote_http"\n')
    done = spinfer("up", "--runtime-config-file", "rc.toml", folder=folder)
    assert done.code == 1
    assert "rc.toml: baz: unknown key" in done.err
    assert "rc.toml: llm_compute.url: missing" in done.err


def test_models_here_and_there(environment: dict[str, str], folder: Path, everything_said: Said) -> None:
    backend = MockBackend("there", MockConfig(default="one two three four five six"))
    with model_server(backend) as (served, server):
        remote = f'url = "http://{server.authority}", key = {{ variable = "api_token" }}, model = "x"'
        (folder / "spinfer.toml").write_text(f"{HERE}far.remote = {{ {remote} }}\n")
        with running(environment, folder, "-vv", "--variable", f"api_token={SECRET}", sign=SIGN) as up:
            assert answer(up, "/ask?prompt=Hi") == (200, "from here [1, 2]")
            assert answer(up, "/ask?prompt=Hi&model=far") == (200, "one two three four five [1, 5]")
            assert up.end() == 0
            assert SECRET not in everything_said(up)
    [asked] = served.asked
    assert f"authorization: Bearer {SECRET}\r\n" in asked.head
    assert (asked.content["model"], asked.content["max_tokens"]) == ("x", 5)


def test_llm_compute_for_every_name(environment: dict[str, str], folder: Path, everything_said: Said) -> None:
    (folder / "spinfer.toml").unlink()
    given = {**environment, "SPIN_VARIABLE_API_TOKEN": SECRET}
    backend = MockBackend("there", MockConfig(default="remote words"))
    with model_server(backend) as (served, server):
        (folder / "runtime-config.toml").write_text(
            f'llm_compute = {{ type = "remote_http", url = "http://{server.authority}", '
            f'auth_token = "{SECRET}" }}\n'
        )
        options = ("-vv", "--runtime-config-file", "runtime-config.toml")
        with running(given, folder, *options, sign=SIGN) as up:
            assert answer(up, "/ask?prompt=Hi") == (200, "remote words [1, 2]")
            assert answer(up, "/ask?prompt=Hi&model=other")[1].startswith("Error_InvalidInput: The component")
            assert up.end() == 0
            assert SECRET not in everything_said(up)
    [asked] = served.asked
    assert (asked.target, asked.content["model"]) == ("/infer", "llama2-chat")
