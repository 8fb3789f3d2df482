"""An app of Spin's SDK that keeps things, through whatever happens to its host."""

from __future__ import annotations

import http.client
import json
import resource
import shutil
import signal
import subprocess
import threading
import urllib.error
import urllib.request
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import apsw
import pytest

from apps.conftest import Spinfer
from apps.serving import FAR, Running, running
from guests import COMPILED, SDK_ENVIRONMENT, app
from spinfer.factors.key_value.sqlite_store import SqliteFile

pytestmark = pytest.mark.skipif(
    not SDK_ENVIRONMENT.is_dir(),
    reason=f"{SDK_ENVIRONMENT.name} is missing, which builds guests of Spin's SDK: run `make guests`",
)
OPTIONS = ("--cache-dir", str(COMPILED), "-q", "--allow-missing-models")
SIGN = "/poor (wildcard)\n"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return Path(shutil.copytree(app(Path(__file__).parent / "stores"), tmp_path / "one" / "app"))


@contextmanager
def serving(environment: dict[str, str], folder: Path, *options: str) -> Iterator[Running]:
    with running(environment, folder, *OPTIONS, *options, sign=SIGN) as up:
        yield up


def failure(up: Running, path: str, body: str) -> str:
    with pytest.raises(urllib.error.HTTPError) as failed:
        up.post(path, body)
    assert failed.value.code == 500
    with failed.value:
        return failed.value.read().decode()


def test_what_an_app_keeps_and_what_it_is_refused(
    environment: dict[str, str], folder: Path, tmp_path: Path
) -> None:
    (tmp_path / "schema.sql").write_text("CREATE TABLE t (x); -- first\nINSERT INTO t VALUES ('seed');\n")
    seeds = ("--key-value", "greeting=hällo=1", "--sqlite", f"@{tmp_path}/schema.sql")
    with serving(environment, folder, *seeds) as up:
        assert up.get("/key/greeting").decode() == "hällo=1"
        assert up.post("/key/k", "value") == b"value"
        assert json.loads(up.post("/sql", "SELECT x FROM t")) == [["x"], [["seed"]]]
        assert json.loads(up.post("/sql", "INSERT INTO t VALUES (1)")) == [[], []]
        assert up.get("/types") == b"True"
        assert failure(up, "/poor/key/k", "x") == "Error_AccessDenied: "
        assert failure(up, "/poor/sql", "SELECT 1") == "Error_AccessDenied: "
        assert failure(up, "/sql", "SELECT nope") == "Error_Io: no such column: nope"
        assert failure(up, "/sql", f"ATTACH '{folder}/.spin/sqlite_key_value.db' AS kv").startswith(
            "Error_Io: not authorized"
        )
        assert up.end() == 0
    state = folder / ".spin"
    assert {"sqlite_key_value.db", "sqlite_db.db"} <= {file.name for file in state.iterdir()}
    with serving(environment, folder) as up:
        assert up.get("/key/k") == b"value"
        assert json.loads(up.post("/sql", "SELECT x FROM t"))[1] == [["seed"], [1]]


def test_nothing_is_kept_without_a_state_folder(environment: dict[str, str], folder: Path) -> None:
    with serving(environment, folder, "--state-dir", "") as up:
        assert up.post("/key/k", "value") == b"value"
        assert up.get("/keys") == b'["k"]'
        up.post("/sql", "CREATE TABLE t (x)")
        assert json.loads(up.post("/sql", "SELECT * FROM t")) == [["x"], []]
        assert up.end() == 0
    assert not (folder / ".spin").exists()


def test_every_acknowledged_write_outlives_kill_9(environment: dict[str, str], folder: Path) -> None:
    acknowledged: set[str] = set()
    enough = threading.Event()

    def write(up: Running, number: int) -> None:
        for turn in range(100_000):
            key = f"{number}-{turn}"
            try:
                up.post(f"/key/{key}", key)
            except (OSError, http.client.HTTPException):  # before an answer, or in the middle of one
                return
            acknowledged.add(key)
            if len(acknowledged) >= 60:
                enough.set()

    with serving(environment, folder) as up, ThreadPoolExecutor(8) as threads:
        writing = [threads.submit(write, up, number) for number in range(8)]
        assert enough.wait(FAR)
        up.process.send_signal(signal.SIGKILL)
        up.process.wait()
        for each in writing:
            each.result()
    path = folder / ".spin" / "sqlite_key_value.db"
    assert path.with_name(f"{path.name}-wal").exists(), "nobody tidied up"
    file = SqliteFile(path)
    with file.writing() as connection:
        assert connection.execute("PRAGMA integrity_check").get == "ok"
    store = file.store("default")
    assert {key for key in acknowledged if store.get(key) != key.encode()} == set()
    file.close()
    with serving(environment, folder) as up:
        assert acknowledged <= set(json.loads(up.get("/keys")))


def test_two_hosts_on_one_state_folder(environment: dict[str, str], folder: Path, tmp_path: Path) -> None:
    state = ("--state-dir", str(tmp_path / "state"))
    other = Path(shutil.copytree(folder, tmp_path / "two" / "app"))
    with serving(environment, folder, *state) as one, serving(environment, other, *state) as two:
        one.post("/sql", "CREATE TABLE t (x)")

        def write(number: int) -> None:
            up = (one, two)[number % 2]
            for turn in range(5):
                up.post(f"/key/{number}-{turn}", "x")
                up.post("/sql", f"INSERT INTO t VALUES ({number * 5 + turn})")

        with ThreadPoolExecutor(4) as threads:
            list(threads.map(write, range(4)))
        assert one.get("/keys") == two.get("/keys")
        assert len(json.loads(one.get("/keys"))) == 20
        for up in (one, two):
            assert json.loads(up.post("/sql", "SELECT count(*), sum(x) FROM t"))[1] == [[20, sum(range(20))]]
        assert [one.end(), two.end()] == [0, 0]


@contextmanager
def tmpfs(folder: Path) -> Iterator[None]:
    folder.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=256k", "none", str(folder)], capture_output=True, check=False
    )
    if mounted.returncode:
        pytest.skip("only root may mount a small tmpfs")
    try:
        yield
    finally:
        subprocess.run(["umount", str(folder)], check=True)


def test_a_full_disk(environment: dict[str, str], folder: Path, tmp_path: Path) -> None:
    state = tmp_path / "small"
    with tmpfs(state):
        options = ("--state-dir", str(state), "-L", "")
        with serving(environment, folder, *options) as up:
            up.post("/key/before", "x")
            up.post("/sql", "CREATE TABLE t (x)")
            assert failure(up, "/key/large", "x" * 1_000_000) == "Error_Other: the disk is full"
            full = failure(up, "/sql", "INSERT INTO t VALUES (zeroblob(1000000))")
            assert full == "Error_Io: database or disk is full"
            assert up.get("/key/before") == b"x"
            assert up.get("/key/large") == b"nothing"
            assert json.loads(up.post("/sql", "SELECT count(*) FROM t"))[1] == [[0]]
            assert up.post("/key/after", "y") == b"y"
            assert up.end() == 0
        assert apsw.Connection(str(state / "sqlite_db.db")).execute("PRAGMA integrity_check").get == "ok"


def test_files_that_may_not_grow(environment: dict[str, str], folder: Path) -> None:
    """As a full disk, for whoever may not mount one; and it goes on once there is room."""
    with serving(environment, folder, "-L", "", "--workers", "1") as up:
        up.post("/key/before", "x")
        unlimited = resource.prlimit(up.process.pid, resource.RLIMIT_FSIZE, (200_000, resource.RLIM_INFINITY))
        assert failure(up, "/key/large", "x" * 1_000_000) == "Error_Other: disk I/O error"
        assert up.get("/key/before") == b"x"
        resource.prlimit(up.process.pid, resource.RLIMIT_FSIZE, unlimited)
        assert up.post("/key/large", "y") == b"y"
        assert "the key-value store" in up.err.read_text()
        assert str(folder / ".spin" / "sqlite_key_value.db") in up.err.read_text()
        assert up.end() == 0


@pytest.mark.parametrize(
    ("change", "options", "said"),
    [
        (
            ('["default"]', '["default", "cache"]'),
            (),
            'unknown key_value_stores label "cache" for component "stores"',
        ),
        (
            ("", ""),
            ("--sqlite", "SELEC"),
            '--sqlite: the database `default` refuses a statement: near "SELEC"',
        ),
    ],
)
def test_mistakes(
    spinfer: Spinfer, folder: Path, change: tuple[str, str], options: tuple[str, ...], said: str
) -> None:
    manifest = folder / "spin.toml"
    manifest.write_text(manifest.read_text().replace(*change, 1))
    done = spinfer("up", "--listen", "127.0.0.1:0", *OPTIONS, *options, folder=folder)
    assert done.code == 1
    assert said in done.err
    assert "Traceback" not in done.err


def test_a_command_keeps_things_too(spinfer: Spinfer, tmp_path: Path) -> None:
    probe = Path(__file__).parents[1] / "factors" / "stores" / "probe"
    folder = Path(shutil.copytree(app(probe), tmp_path / "probe"))
    manifest = folder / "spin.toml"
    source = 'source = "probe.wasm"'
    grants = 'key_value_stores = ["default"]\nsqlite_databases = ["default"]'
    manifest.write_text(manifest.read_text().replace(source, f"{source}\n{grants}"))
    seeds = ("--key-value", "k=seed", "--sqlite", "CREATE TABLE t AS SELECT 'kept' AS x")
    program = """
said["k"] = key_value.Store.open("default").get("k")
said["x"] = sqlite.Connection.open("default").execute("SELECT x FROM t", []).rows[0].values[0].value
said["other"] = failing(key_value.Store.open, "other")
"""
    done = spinfer("run", *OPTIONS[:2], *seeds, folder, program)
    assert (done.err, done.code) == ("", 0)
    assert json.loads(done.out) == {"k": "seed", "x": "kept", "other": ["AccessDenied"]}
    again = spinfer("run", *OPTIONS[:2], folder, program)
    assert again.out == done.out


def test_stores_that_the_machine_defines(environment: dict[str, str], folder: Path, tmp_path: Path) -> None:
    (tmp_path / "runtime-config.toml").write_text(
        '[key_value_store.default]\ntype = "spin"\npath = "elsewhere/kv.db"\n'
        '[sqlite_database.default]\ntype = "spin"\n'
    )
    given = ("--runtime-config-file", str(tmp_path / "runtime-config.toml"))
    with serving(environment, folder, *given) as up:
        up.post("/key/k", "x")
        up.post("/sql", "CREATE TABLE t (x)")
        assert up.end() == 0
    assert (tmp_path / "elsewhere" / "kv.db").exists()
    assert not list(folder.glob("**/sqlite*.db"))
