"""A Redis server through a real guest, by both interfaces."""

from __future__ import annotations

import shutil
import socket
import subprocess
import threading
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
import redis

from factors.services.conftest import Run
from fakes.redis_server import FAR_S, breaking_off, needs_redis, redis_server
from spinfer.errors import GuestCancelled
from spinfer.factors.outbound_networking.held import MAX_OPEN
from spinfer.factors.outbound_networking.pool import Pool
from spinfer.factors.outbound_redis import connection, plain, replies
from spinfer.inference.cancellation import Cancellation

pytestmark = needs_redis

OPEN = 'server = redis.Connection.open("redis://127.0.0.1:{port}")\n'
BY_ADDRESS = 'redis, at = redis_unversioned, "redis://127.0.0.1:{port}"\n'


@pytest.fixture
def port(redis_port: int) -> Iterator[int]:
    yield redis_port
    with closing(redis.Redis(port=redis_port)) as server:
        server.flushall()


def body(source: str) -> str:
    return "\n".join(line.strip() for line in source.strip().splitlines())


def test_values_counters_and_sets(run: Run, port: int) -> None:
    said = run(
        OPEN.format(port=port)
        + body("""
            said["none"] = server.get("k")
            server.set("k", bytes(range(256)))
            said["same"] = server.get("k") == bytes(range(256))
            said["counted"] = [server.incr("n"), server.incr("n")]
            said["added"] = [server.sadd("s", ["a", "b"]), server.sadd("s", ["b", "ü"])]
            said["members"] = sorted(server.smembers("s"))
            said["removed"] = [server.srem("s", ["b", "z"]), server.smembers("nobody")]
            said["deleted"] = server.del_(["k", "n", "nothing"])
        """)
    )
    assert said == {
        "none": None,
        "same": True,
        "counted": [1, 2],
        "added": [2, 1],
        "members": ["a", "b", "ü"],
        "removed": [1, []],
        "deleted": 2,
    }


def test_what_a_guest_keeps_others_see(run: Run, port: int) -> None:
    with closing(redis.Redis(port=port)) as other:
        listener = other.pubsub(ignore_subscribe_messages=True)
        listener.subscribe("news")
        listener.get_message(timeout=FAR_S)
        run(OPEN.format(port=port) + 'server.set("k", b"\\xff"); server.publish("news", b"\\xfe")')
        assert other.get("k") == b"\xff"
        message = listener.get_message(timeout=FAR_S)
        listener.close()
    assert message is not None
    assert message["data"] == b"\xfe"


def test_any_command(run: Run, port: int) -> None:
    said = run(
        OPEN.format(port=port)
        + body("""
            number, text = redis.RedisParameter_Int64, redis.RedisParameter_Binary
            said["ok"] = server.execute("SET", [text(b"k"), number(7)])
            said["seven"] = server.execute("GET", [text(b"k")])
            said["eight"] = server.execute("INCR", [text(b"k")])
            said["nil"] = server.execute("GET", [text(b"nothing")])
            said["lists"] = server.execute("EVAL", [text(b"return {1, {'a', {2}}, false}"), number(0)])
            said["two words"] = server.execute("CONFIG GET", [text(b"maxmemory")])
            deep = ("return " + "{" * 40 + "}" * 40).encode()
            said["deep"] = failing(server.execute, "EVAL", [text(deep), number(0)])[0]
            said["unknown"] = failing(server.execute, "NOSUCH", [])
            said["empty"] = failing(server.execute, " ", [])
            server.execute("MULTI", [])
            server.execute("LPUSH", [text(b"k"), text(b"x")])
            said["within"] = failing(server.execute, "EXEC", [])
            said["after"] = server.execute("PING", [])
        """)
    )
    unknown = said.pop("unknown")
    assert unknown[0] == "Other"
    assert unknown[1].startswith("ERR unknown command 'NOSUCH'")
    within = said.pop("within")
    assert within[0] == "Other"
    assert within[1].startswith("WRONGTYPE")
    assert said == {
        "ok": [["Status", "OK"]],
        "seven": [["Binary", "7"]],
        "eight": [["Int64", 8]],
        "nil": [["Nil"]],
        "lists": [["Int64", 1], ["Binary", "a"], ["Int64", 2], ["Nil"]],
        "two words": [["Binary", "maxmemory"], ["Binary", "0"]],
        "deep": "Other",
        "empty": ["Other", "the command is empty"],
        "after": [["Status", "PONG"]],
    }


def test_a_value_of_another_type(run: Run, port: int) -> None:
    said = run(
        OPEN.format(port=port)
        + body("""
            server.set("text", b"one")
            server.sadd("set", ["a"])
            binary = redis.RedisParameter_Binary
            server.execute("SADD", [binary(b"bytes"), binary(b"\\xff")])
            said["get"] = failing(server.get, "set")
            said["incr"] = [failing(server.incr, "text"), failing(server.incr, "set")]
            said["sets"] = [failing(server.sadd, "text", ["a"]), failing(server.srem, "text", ["a"])]
            said["smembers"] = [failing(server.smembers, "text"), failing(server.smembers, "bytes")]
            said["none"] = failing(server.del_, [])[0]
        """)
    )
    wrong = ["TypeError"]
    assert said == {
        "get": wrong,
        "incr": [wrong, wrong],
        "sets": [wrong, wrong],
        "smembers": [wrong, wrong],
        "none": "Other",
    }


@pytest.mark.parametrize(
    "address",
    [
        "",
        "127.0.0.1",
        "http://127.0.0.1",
        "redis://",
        "redis://h:x",
        "redis://h/name",
        "unix:///tmp/redis.sock",
    ],
)
def test_what_is_no_address(run: Run, address: str) -> None:
    said = run(f'said["why"] = failing(redis.Connection.open, {address!r})', allowed=["*://*:*"])
    assert said == {"why": ["InvalidAddress"]}


def test_what_was_not_granted(run: Run, port: int, caplog: pytest.LogCaptureFixture) -> None:
    source = BY_ADDRESS.format(port=port) + body("""
        said["old"] = failing(redis.get, at, "k")
    """)
    said = run(source, allowed=["redis://127.0.0.1:1", "redis://localhost:*"])
    new = run(f'said["new"] = failing(redis.Connection.open, "redis://127.0.0.1:{port}")', allowed=[])
    assert (said, new) == ({"old": "error"}, {"new": ["InvalidAddress"]})
    assert [record.message for record in caplog.records if record.levelname == "WARNING"] == [
        f"component `probe` may not reach redis://127.0.0.1:{port}: to permit it, add "
        f'"redis://127.0.0.1:{port}" to its `allowed_outbound_hosts` in spin.toml'
    ] * 2


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost"])
def test_a_network_that_is_blocked(run: Run, port: int, host: str) -> None:
    said = run(
        f'said["why"] = failing(redis.Connection.open, "redis://{host}:{port}")',
        allowed=["redis://*:*"],
        blocked=["private"],
    )
    assert said == {"why": ["Other", "the Redis server is in a network that the host blocks"]}


def test_nobody_there(run: Run) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        said = run(
            f'said["why"] = failing(redis.Connection.open, "redis://127.0.0.1:{taken.getsockname()[1]}")'
        )
    assert said["why"][0] == "Other"
    assert "refused" in said["why"][1]


def test_a_password_and_a_database(run: Run, tmp_path: Path) -> None:
    with redis_server(tmp_path, "--requirepass", "s3cret/") as port:
        said = run(
            body(f"""
                said["without"] = failing(redis.Connection.open, "redis://127.0.0.1:{port}/2")[0]
                said["wrong"] = failing(redis.Connection.open, "redis://:wrong@127.0.0.1:{port}")
                redis.Connection.open("redis://:s3cret%2F@127.0.0.1:{port}/2").set("k", b"in 2")
                said["in 2"] = redis.Connection.open("redis://default:s3cret%2F@127.0.0.1:{port}/2").get("k")
                said["in 0"] = redis.Connection.open("redis://:s3cret%2F@127.0.0.1:{port}").get("k")
            """)
        )
    assert said.pop("wrong")[1].startswith("WRONGPASS")
    assert said == {"without": "Other", "in 2": "in 2", "in 0": None}


@pytest.mark.skipif(shutil.which("openssl") is None, reason="openssl makes the certificate")
def test_tls(run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """To a server whose certificate the system trusts, and is for that name."""
    certificate, key = tmp_path / "certificate.pem", tmp_path / "key.pem"
    name = ["-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost"]
    made = ["-newkey", "rsa:2048", "-nodes", "-keyout", key, "-out", certificate]
    subprocess.run(["openssl", "req", "-x509", *name, *made], check=True, capture_output=True)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    tls = ("--tls-port", f"{port}", "--tls-cert-file", str(certificate), "--tls-key-file", str(key))
    with redis_server(tmp_path, *tls, "--tls-auth-clients", "no"):
        refused = body(f"""
            said["other name"] = failing(redis.Connection.open, "rediss://127.0.0.1:{port}")
            said["not trusted"] = failing(redis.Connection.open, "rediss://localhost:{port}")
        """)
        said = run(refused, allowed=["rediss://*:*"])
        assert all("certificate verify failed" in why for _, why in said.values())
        monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
        trusted = f'said["pong"] = redis.Connection.open("rediss://localhost:{port}").execute("PING", [])'
        assert run(trusted, allowed=["rediss://localhost:*"]) == {"pong": [["Status", "PONG"]]}
        assert "IP address mismatch" in run(refused, allowed=["rediss://*:*"])["other name"][1]
        assert run(refused, allowed=["redis://*:*"])["not trusted"] == ["InvalidAddress"]


def test_a_server_that_ends_and_comes_back(run: Run, port: int) -> None:
    said = run(
        OPEN.format(port=port)
        + body("""
            binary = redis.RedisParameter_Binary
            other = redis.Connection.open("redis://127.0.0.1:%d")
            me = server.execute("CLIENT", [binary(b"ID")])[0].value
            other.execute("CLIENT", [binary(b"KILL"), binary(b"ID"), redis.RedisParameter_Int64(me)])
            said["lost"] = failing(server.get, "k")[0]
            said["again"] = server.get("k")
        """)
        % port
    )
    assert said == {"lost": "Other", "again": None}


def test_what_may_have_been_counted_is_not_counted_again(run: Run, port: int) -> None:
    with breaking_off(port, b"INCR") as other:
        said = run(
            OPEN.format(port=other)
            + body("""
                said["broken"] = failing(server.incr, "once")[0]
                said["counted"] = server.get("once")
            """)
        )
    assert said == {"broken": "Other", "counted": "1"}


def test_too_many_connections(run: Run, port: int) -> None:
    said = run(
        body(f"""
            first = redis.Connection.open("redis://127.0.0.1:{port}")
            second = redis.Connection.open("redis://127.0.0.1:{port}")
            said["full"] = failing(redis.Connection.open, "redis://127.0.0.1:{port}")
            said["old"] = failing(redis_unversioned.get, "redis://127.0.0.1:{port}", "k")
            first.__exit__(None, None, None)
            said["room"] = redis_unversioned.get("redis://127.0.0.1:{port}", "k")
            third = redis.Connection.open("redis://127.0.0.1:{port}")
        """),
        pool=Pool(2, patience_s=0.0),
    )
    assert said == {"full": ["TooManyConnections"], "old": "error", "room": ""}


def test_an_instance_holds_only_so_many(run: Run, port: int) -> None:
    said = run(
        body(f"""
            held = [redis.Connection.open("redis://127.0.0.1:{port}") for _ in range({MAX_OPEN})]
            said["full"] = failing(redis.Connection.open, "redis://127.0.0.1:{port}")
        """)
    )
    assert said == {"full": ["TooManyConnections"]}


def test_connections_end_with_their_guest(run: Run, port: int) -> None:
    run(f'held = [redis.Connection.open("redis://127.0.0.1:{port}") for _ in range(5)]')
    with closing(redis.Redis(port=port)) as other:
        while len(other.client_list()) > 1:  # the server learns of it a moment later
            pass


def test_the_older_interface(run: Run, port: int) -> None:
    said = run(
        BY_ADDRESS.format(port=port)
        + body("""
            said["missing"] = redis.get(at, "k")
            redis.set(at, "k", b"v")
            redis.publish(at, "news", b"x")
            said["found"] = redis.get(at, "k")
            said["counted"] = redis.incr(at, "n")
            said["failed"] = failing(redis.incr, at, "k")
            said["added"] = redis.sadd(at, "s", ["a", "b"])
            said["members"] = sorted(redis.smembers(at, "s"))
            said["removed"] = redis.srem(at, "s", ["a"])
            said["deleted"] = redis.del_(at, ["k", "n", "s"])
            said["any"] = redis.execute(at, "ECHO", [redis_types.RedisParameter_Binary(b"hi")])
            said["nobody"] = failing(redis.get, "redis://", "k")
        """)
    )
    assert said == {
        "missing": "",
        "found": "v",
        "counted": 1,
        "failed": "error",
        "added": 2,
        "members": ["a", "b"],
        "removed": 1,
        "deleted": 3,
        "any": [["Binary", "hi"]],
        "nobody": "error",
    }


def test_a_caller_that_leaves_while_the_server_thinks(
    run: Run, port: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connection, "ANSWER_S", 10 * FAR_S)
    cancellation = Cancellation()
    ended, in_time = threading.Event(), []
    waits = OPEN.format(port=port) + (
        'server.execute("BLPOP", [redis.RedisParameter_Binary(b"never"), redis.RedisParameter_Int64(0)])'
    )

    def leave() -> None:
        with closing(redis.Redis(port=port)) as other:
            while not any(client["cmd"] == "blpop" for client in other.client_list()):
                pass
            cancellation.cancel()
            in_time.append(ended.wait(FAR_S))
            other.client_kill_filter(_type="normal", skipme=True)

    leaving = threading.Thread(target=leave)
    leaving.start()
    with closing(Pool()) as pool:
        run(OPEN.format(port=port), pool=pool)  # another guest had the connection before
        with pytest.raises(GuestCancelled):
            run(waits, pool=pool, cancellation=cancellation)
        ended.set()
    leaving.join()
    assert in_time == [True]


def test_a_reply_that_is_too_large(run: Run, port: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(replies, "MAX_REPLY_BYTES", 1000)
    said = run(
        OPEN.format(port=port)
        + body("""
            server.set("k", bytes(900))
            said["fits"] = len(server.get("k"))
            server.set("k", bytes(1000))
            said["large"] = failing(server.get, "k")
            server.sadd("s", [str(n) for n in range(100)])
            said["many"] = failing(server.smembers, "s")
            server.del_(["k"])
            said["after"] = server.get("k")
        """)
    )
    large = ["Other", "query result exceeds limit of 1000 bytes"]
    assert said == {"fits": 900, "large": large, "many": large, "after": None}


def test_the_next_guest_has_the_same_connection(run: Run, port: int) -> None:
    with closing(redis.Redis(port=port)) as server, closing(Pool()) as pool:
        begin = connected(server)
        run(OPEN.format(port=port) + 'server.set("k", b"v")', pool=pool)
        run(BY_ADDRESS.format(port=port) + 'redis.set(at, "k", redis.get(at, "k") * 2)', pool=pool)
        said = run(OPEN.format(port=port) + 'said["k"] = server.get("k")', pool=pool)
        assert said == {"k": "vv"}
        assert connected(server) == begin + 1
        server.client_kill_filter(_type="normal", skipme=True)
        assert run(OPEN.format(port=port) + 'said["k"] = server.get("k")', pool=pool) == {"k": "vv"}
        assert connected(server) == begin + 2


@pytest.mark.parametrize(
    "command",
    [("SELECT", "5"), ("MULTI",), ("WATCH", "k"), ("CLIENT", "SETNAME", "me"), ("CLIENT NO-EVICT", "on")],
)
def test_nothing_of_a_session_is_left_to_the_next(run: Run, port: int, command: tuple[str, ...]) -> None:
    name, *arguments = command
    with closing(redis.Redis(port=port)) as server, closing(Pool()) as pool:
        server.set("k", "of 0")
        begin = connected(server)
        values = ", ".join(f"redis.RedisParameter_Binary({it.encode()!r})" for it in arguments)
        run(OPEN.format(port=port) + f'server.get("k"); server.execute("{name}", [{values}])', pool=pool)
        assert run(OPEN.format(port=port) + 'said["k"] = server.get("k")', pool=pool) == {"k": "of 0"}
        assert connected(server) == begin + 2


def test_plain_commands_are_those_that_redis_calls_so(port: int) -> None:
    with closing(redis.Redis(port=port, decode_responses=True)) as server:
        special: set[str] = set()
        for category in ("connection", "transaction", "pubsub", "admin", "scripting"):
            special.update(server.execute_command("COMMAND LIST", "FILTERBY", "ACLCAT", category))
    assert {"select", "multi", "subscribe", "client|reply", "monitor", "auth", "eval"} <= special
    assert {name for name in plain.PLAIN if name.lower() in special} == {"ECHO", "PING", "PUBLISH"}


def connected(server: redis.Redis) -> int:
    """How many connections there have been."""
    return int(server.info("stats")["total_connections_received"])
