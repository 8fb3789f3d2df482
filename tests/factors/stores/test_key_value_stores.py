"""What every key-value store holds to: in memory, in a file, and in a real Redis server."""

from __future__ import annotations

import logging
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import apsw
import pytest

from fakes.redis_server import breaking_off, needs_redis, redis_server
from spinfer.errors import ConfigError
from spinfer.factors.key_value.memory_store import MemoryStore
from spinfer.factors.key_value.redis_store import RedisStore
from spinfer.factors.key_value.sqlite_store import SqliteFile
from spinfer.factors.key_value.store import MAX_COUNT, Store, StoreFailed

KINDS = ["memory", "file", pytest.param("redis", marks=needs_redis)]


@pytest.fixture(scope="module")
def redis_port(tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    with redis_server(tmp_path_factory.mktemp("redis")) as port:
        yield port


@pytest.fixture(params=KINDS)
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Store]:
    match request.param:
        case "memory":
            yield MemoryStore()
        case "file":
            file = SqliteFile(tmp_path / "new" / "kv.db")
            yield file.store("default")
            file.close()
        case _:
            found = RedisStore("default", f"redis://127.0.0.1:{request.getfixturevalue('redis_port')}/0")
            found._client.flushdb()
            yield found
            found.close()


def test_a_key_s_life(store: Store) -> None:
    assert (store.get("k"), store.exists("k"), store.keys()) == (None, False, [])
    store.set("k", b"one")
    store.set("k", b"\0two\xff")
    store.set("é", b"")
    assert (store.get("k"), store.get("é"), store.exists("é")) == (b"\0two\xff", b"", True)
    assert sorted(store.keys()) == ["k", "é"]
    store.delete("k")
    store.delete("k")
    assert store.keys() == ["é"]


def test_many_at_once(store: Store) -> None:
    store.set_many([("a", b"1"), ("b", b"2"), ("a", b"3")])
    assert store.get_many(["b", "none", "a", "b"]) == [b"2", None, b"3", b"2"]
    store.delete_many(["a", "none"])
    assert store.keys() == ["b"]
    store.set_many([])
    store.delete_many([])
    assert store.get_many([]) == []


def test_counters(store: Store) -> None:
    assert [store.increment("n", 5), store.increment("n", -7), store.increment("n", 0)] == [5, -2, -2]
    assert store.increment("edge", MAX_COUNT) == MAX_COUNT
    with pytest.raises(StoreFailed):
        store.increment("edge", 1)
    assert store.increment("edge", 0) == MAX_COUNT
    store.set("text", b"seven")
    with pytest.raises(StoreFailed):
        store.increment("text", 1)
    assert store.get("text") == b"seven"


def test_compare_and_swap(store: Store) -> None:
    assert store.swap("k", None, b"1")
    assert not store.swap("k", None, b"2")
    assert not store.swap("k", b"", b"2")
    assert store.swap("k", b"1", b"")
    assert not store.swap("none", b"1", b"2")
    assert (store.get("k"), store.exists("none")) == (b"", False)


def test_threads_lose_nothing(store: Store) -> None:
    def work(number: int) -> None:
        for turn in range(50):
            store.increment("n", 1)
            store.set(f"{number}/{turn}", b"x")
            while not store.swap("s", was := store.get("s"), (was or b"") + b"."):
                pass

    with ThreadPoolExecutor(8) as threads:
        list(threads.map(work, range(8)))
    assert store.increment("n", 0) == 400
    assert len(store.keys()) == 402
    assert store.get("s") == b"." * 400


def test_labels_in_one_file_are_apart_and_spin_reads_them(tmp_path: Path) -> None:
    file = SqliteFile(tmp_path / "kv.db")
    file.store("default").set("k", b"mine")
    file.store("cache").set("k", b"yours")
    assert file.store("default").get("k") == b"mine"
    file.close()
    rows = sqlite3.connect(tmp_path / "kv.db")
    assert sorted(rows.execute("SELECT store, key, value FROM spin_key_value")) == [
        ("cache", "k", b"yours"),
        ("default", "k", b"mine"),
    ]
    rows.execute("UPDATE spin_key_value SET value = 'a text' WHERE store = 'default'")
    rows.commit()
    rows.close()
    again = SqliteFile(tmp_path / "kv.db")
    assert again.store("default").get("k") == b"a text"
    assert again.store("default").swap("k", b"a text", b"ours")
    again.close()


WRITER = """
import sys
from pathlib import Path
from spinfer.factors.key_value.sqlite_store import SqliteFile
file = SqliteFile(Path(sys.argv[1]))
store = file.store("default")
for turn in range(200):
    store.increment("n", 1)
    store.set(f"{sys.argv[2]}/{turn}", b"x")
file.close()
"""


def test_processes_share_a_file_from_its_first_moment(tmp_path: Path) -> None:
    path = tmp_path / "kv.db"
    command = [sys.executable, "-c", WRITER, str(path)]
    processes = [subprocess.Popen([*command, str(number)]) for number in range(3)]
    assert [process.wait(120) for process in processes] == [0, 0, 0]
    file = SqliteFile(path)
    assert file.store("default").increment("n", 0) == 600
    assert len(file.store("default").keys()) == 601
    file.close()


def test_a_file_that_is_full(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """SQLite says the same of a full disk as of a file that may not grow."""
    file = SqliteFile(tmp_path / "kv.db")
    store = file.store("default")
    store.set("kept", b"x")
    with file.writing() as connection:
        connection.execute("PRAGMA max_page_count = 8").fetchall()
    for _ in range(2):
        with pytest.raises(StoreFailed, match="the disk is full"):
            store.set("large", bytes(1 << 20))
        with pytest.raises(StoreFailed, match="the disk is full"):
            store.set_many([("small", b"x"), ("large", bytes(1 << 20))])
    assert store.get_many(["kept", "small", "large"]) == [b"x", None, None]
    store.set("small", b"y")
    assert [record.levelno for record in caplog.records] == [logging.WARNING]
    file.close()


def test_another_process_that_writes_for_ever(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("spinfer.factors.key_value.sqlite_store.BUSY_S", 0.05)
    file = SqliteFile(tmp_path / "kv.db")
    other = apsw.Connection(str(tmp_path / "kv.db"))
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(StoreFailed, match="the store is busy"):
        file.store("default").set("k", b"x")
    assert file.store("default").get("k") is None
    other.execute("ROLLBACK")
    file.store("default").set("k", b"x")
    other.close()
    file.close()


def test_a_place_where_no_file_can_be(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("no folder")
    with pytest.raises(ConfigError, match=r"the key-value store .*kv.db cannot be opened"):
        SqliteFile(tmp_path / "file" / "kv.db")
    (tmp_path / "kv.db").write_bytes(b"not a database" * 100)
    with pytest.raises(ConfigError, match="file is not a database"):
        SqliteFile(tmp_path / "kv.db")


def test_a_redis_server_that_is_not_there(unused_port: int, caplog: pytest.LogCaptureFixture) -> None:
    store = RedisStore("cache", f"redis://user:secret@127.0.0.1:{unused_port}/0")
    for _ in range(2):
        with pytest.raises(StoreFailed, match="the Redis server cannot be reached"):
            store.get("k")
    store.close()
    assert len(caplog.records) == 1
    assert "secret" not in caplog.text


@needs_redis
def test_what_may_have_been_counted_is_not_counted_again(redis_port: int) -> None:
    with breaking_off(redis_port, b"INCRBY") as port:
        store = RedisStore("cache", f"redis://127.0.0.1:{port}/1")
        store.delete("once")
        with pytest.raises(StoreFailed, match="cannot be reached"):
            store.increment("once", 1)
        assert store.get("once") == b"1"
        store.close()


def test_a_redis_address_that_is_none() -> None:
    with pytest.raises(ConfigError) as refused:
        RedisStore("cache", "http://:secret@localhost")
    assert refused.value.problems[0].where == "key_value_store.cache.url"
    assert "secret" not in str(refused.value)


@needs_redis
def test_a_redis_server_that_wants_another_password(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    with redis_server(tmp_path, "--requirepass", "right") as port:
        store = RedisStore("cache", f"redis://:wrong@127.0.0.1:{port}")
        with pytest.raises(StoreFailed, match="did not let the host in"):
            store.get("k")
        store.close()
        assert "wrong" not in caplog.text.replace("WRONGPASS", "")
        good = RedisStore("cache", f"redis://:right@127.0.0.1:{port}")
        good.set("k", b"x")
        good._client.set(b"\xff", b"no text")
        assert good.keys() == ["k"]
        good.close()


@pytest.fixture
def unused_port() -> Iterator[int]:
    import socket

    with socket.socket() as held:  # bound and not listening: refuses
        held.bind(("127.0.0.1", 0))
        yield held.getsockname()[1]
