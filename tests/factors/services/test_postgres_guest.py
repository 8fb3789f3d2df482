"""A PostgreSQL server through a real guest, by each version of the interface."""

from __future__ import annotations

import socket
import threading
from contextlib import closing
from pathlib import Path

import psycopg
import pytest

from factors.services.conftest import Run
from fakes.postgres_server import FAR_S, PASSWORD, PostgresServer, needs_postgres
from spinfer.errors import GuestCancelled
from spinfer.factors.outbound_networking.pool import Pool
from spinfer.factors.outbound_pg import connection, state
from spinfer.inference.cancellation import Cancellation

pytestmark = needs_postgres

VERSIONS = ("postgres_2", "postgres_3", "postgres_4")


def opened(pg: PostgresServer, version: str = "postgres_4") -> str:
    types = "rdbms" if version == "postgres_2" else version
    return (
        f"pg, types, address = {version}, {types}, {pg.address()!r}\nserver = pg.Connection.open(address)\n"
    )


def body(source: str) -> str:
    return "\n".join(line.strip() for line in source.strip().splitlines())


@pytest.mark.parametrize("version", VERSIONS)
def test_rows_come_back_typed(run: Run, pg: PostgresServer, version: str) -> None:
    said = run(
        opened(pg, version)
        + body("""
            found = server.query(
            "SELECT true AS yes, 7::int2, -1::int4, 5000000000::int8, 0.5::float4, 0.25::float8, "
            "'ü'::text, 'v'::varchar, 'c'::char(2), '\\\\x00ff'::bytea, NULL::int4, '{}'::json", [])
            said["names"] = [column.name for column in found.columns[:2]]
            said["types"] = [column.data_type for column in found.columns]
            said["row"] = found.rows[0]
            said["nothing"] = server.query("SELECT 1 WHERE false", []).rows
        """)
    )
    names = ["boolean", "int16", "int32", "int64", "floating32", "floating64", "str", "str", "str", "binary"]
    json = ["Other", "json"] if version == "postgres_4" else "other"
    assert [kind[0].lower() if isinstance(kind, list) else kind.lower() for kind in said["types"][:11]] == [
        *names,
        "int32",
    ]
    assert said["types"][11] == json
    assert said["names"] == ["yes", "int2"]
    assert said["row"][:11] == [
        ["Boolean", True],
        ["Int16", 7],
        ["Int32", -1],
        ["Int64", 5_000_000_000],
        ["Floating32", 0.5],
        ["Floating64", 0.25],
        ["Str", "ü"],
        ["Str", "v"],
        ["Str", "c "],
        ["Binary", "\x00ÿ"],
        ["DbNull"],
    ]
    assert said["row"][11] == (["Unsupported", "{}"] if version == "postgres_4" else ["Unsupported"])
    assert said["nothing"] == []


@pytest.mark.parametrize("version", VERSIONS)
def test_parameters_arrive_typed(run: Run, pg: PostgresServer, version: str) -> None:
    said = run(
        opened(pg, version)
        + body("""
            P = types
            values = [P.ParameterValue_Boolean(True), P.ParameterValue_Int8(-8), P.ParameterValue_Int16(-16),
            P.ParameterValue_Int32(32), P.ParameterValue_Int64(1 << 60), P.ParameterValue_Floating32(0.5),
            P.ParameterValue_Floating64(0.1), P.ParameterValue_Str("it's"), P.ParameterValue_Binary(b"\\xff"),
            P.ParameterValue_DbNull()]
            server.execute("CREATE TEMP TABLE t (a bool, b int2, c int2, d int4, e int8, f float4, g float8, "
            "h varchar(9), i bytea, j date)", [])
            said["changed"] = server.execute("INSERT INTO t VALUES ($1,$2,$3,$4,$5,$6,$7,$8,$9,$10)", values)
            found = server.query("SELECT * FROM t WHERE d = $1 AND h = $2", [values[3], values[7]])
            said["row"] = found.rows[0]
            said["inferred"] = server.query("SELECT $1::text::int4 + 1", [P.ParameterValue_Str("41")]).rows[0]
            said["two"] = server.execute("INSERT INTO t (d) VALUES (1), (2)", [])
            said["none"] = server.execute("DELETE FROM t WHERE d = 99", [])
        """)
    )
    assert said == {
        "changed": 1,
        "row": [
            ["Boolean", True],
            ["Int16", -8],
            ["Int16", -16],
            ["Int32", 32],
            ["Int64", 1 << 60],
            ["Floating32", 0.5],
            ["Floating64", 0.1],
            ["Str", "it's"],
            ["Binary", "ÿ"],
            ["DbNull"],
        ],
        "inferred": [["Int32", 42]],
        "two": 2,
        "none": 0,
    }


@pytest.mark.parametrize("version", ["postgres_3", "postgres_4"])
def test_times_both_ways(run: Run, pg: PostgresServer, version: str) -> None:
    said = run(
        opened(pg, version)
        + body("""
            P = types
            values = [P.ParameterValue_Date((-43, 3, 15)), P.ParameterValue_Time((23, 59, 59, 999999000)),
            P.ParameterValue_Datetime((2024, 2, 29, 1, 2, 3, 4000)), P.ParameterValue_Timestamp(-1),
            P.ParameterValue_Date((29999, 12, 31))]
            said["same"] = server.query("SELECT $1, $2, $3, $4, $5", values).rows[0]
            said["text"] = server.query("SELECT $1::text, $2::text, $3::text", values[:3]).rows[0]
            said["no day"] = failing(server.query, "SELECT $1", [P.ParameterValue_Date((2023, 2, 29))])
            said["no time"] = failing(server.query, "SELECT $1", [P.ParameterValue_Time((24, 0, 0, 0))])
            said["infinite"] = failing(server.query, "SELECT 'infinity'::timestamptz", [])
        """)
    )
    assert said == {
        "same": [
            ["Date", [-43, 3, 15]],
            ["Time", [23, 59, 59, 999999000]],
            ["Datetime", [2024, 2, 29, 1, 2, 3, 4000]],
            ["Datetime", [1969, 12, 31, 23, 59, 59, 0]],
            ["Date", [29999, 12, 31]],
        ],
        "text": [["Str", "0044-03-15 BC"], ["Str", "23:59:59.999999"], ["Str", "2024-02-29 01:02:03.000004"]],
        "no day": ["BadParameter", "invalid date: day is out of range for month"],
        "no time": ["BadParameter", "invalid time: 24:00:00 and 0 ns is no time of the day"],
        "infinite": ["ValueConversionFailed", "a timestamp is infinite"],
    }


def test_what_only_version_4_has(run: Run, pg: PostgresServer) -> None:
    said = run(
        opened(pg)
        + body("""
            P, inclusive, exclusive = types, pg.RangeBoundKind.INCLUSIVE, pg.RangeBoundKind.EXCLUSIVE
            values = [P.ParameterValue_Uuid("0F0E0D0C-0B0A-0908-0706-050403020100"),
            P.ParameterValue_Jsonb(b'{"a": [1, null]}'), P.ParameterValue_Decimal("-00120.0450"),
            P.ParameterValue_RangeInt32(((1, inclusive), (5, inclusive))),
            P.ParameterValue_RangeInt64((None, (1 << 40, exclusive))),
            P.ParameterValue_RangeDecimal((("0.5", exclusive), None)),
            P.ParameterValue_ArrayInt32([1, None, -3]), P.ParameterValue_ArrayInt64([]),
            P.ParameterValue_ArrayDecimal(["0.00001", None]),
            P.ParameterValue_ArrayStr(["a", None, "NULL", 'q"\\\\', "", "ü,}"]),
            P.ParameterValue_Interval(pg.Interval(-1, 2, 14))]
            marks = ", ".join(f"${n}" for n in range(1, len(values) + 1))
            found = server.query(f"SELECT {marks}", values)
            said["types"] = [plain(column.data_type)[0] for column in found.columns]
            said["same"] = found.rows[0][:10]
            span = found.rows[0][10].value
            said["span"] = [span.micros, span.days, span.months]
            said["numbers"] = server.query(
            "SELECT 'NaN'::numeric, 1e20::numeric, 0.000000010, 0::numeric, -12345678.9", []).rows[0]
            said["no place"] = server.query("SELECT 'empty'::int4range, '{{1},{2}}'::int4[]", []).rows[0]
            said["wrong"] = [failing(server.query, "SELECT $1", [value]) for value in (
            P.ParameterValue_Uuid("x"), P.ParameterValue_Jsonb(b"{"), P.ParameterValue_Decimal("1e5"),
            P.ParameterValue_ArrayStr(["a\\0"]), P.ParameterValue_Str("a\\0"))]
        """)
    )
    assert said["types"] == [
        *("Uuid", "Jsonb", "Decimal", "RangeInt32", "RangeInt64", "RangeDecimal"),
        *("ArrayInt32", "ArrayInt64", "ArrayDecimal", "ArrayStr", "Interval"),
    ]
    assert said["same"] == [
        ["Uuid", "0f0e0d0c-0b0a-0908-0706-050403020100"],
        ["Jsonb", '{"a": [1, null]}'],
        ["Decimal", "-120.0450"],
        ["RangeInt32", [[1, "inclusive"], [6, "exclusive"]]],  # as the server writes it
        ["RangeInt64", [None, [1 << 40, "exclusive"]]],
        ["RangeDecimal", [["0.5", "exclusive"], None]],
        ["ArrayInt32", [1, None, -3]],
        ["ArrayInt64", []],
        ["ArrayDecimal", ["0.00001", None]],
        ["ArrayStr", ["a", None, "NULL", 'q"\\', "", "ü,}"]],
    ]
    assert said["span"] == [-1, 2, 14]
    assert [value for _, value in said["numbers"]] == [
        *("NaN", "100000000000000000000", "0.000000010", "0", "-12345678.9"),
    ]
    assert [name for name, _ in said["no place"]] == ["Unsupported", "Unsupported"]
    assert [name for name, _ in said["wrong"]] == ["BadParameter"] * 5


def test_types_of_the_database_s_own_have_their_name(run: Run, pg: PostgresServer) -> None:
    said = run(
        opened(pg)
        + body("""
            server.execute("BEGIN", [])
            server.execute("CREATE TYPE mood AS ENUM ('calm', 'happy')", [])
            found = server.query("SELECT $1::mood", [types.ParameterValue_Str("happy")])
            said["type"], said["value"] = found.columns[0].data_type, found.rows[0][0]
            server.execute("ROLLBACK", [])
        """)
    )
    assert said == {"type": ["Other", "mood"], "value": ["Unsupported", "happy"]}


def test_unsigned_numbers_are_not_postgres_s(run: Run, pg: PostgresServer) -> None:
    said = run(
        opened(pg, "postgres_2")
        + 'said["why"] = failing(server.query, "SELECT $1", [types.ParameterValue_Uint32(1)])'
    )
    assert said == {"why": ["ValueConversionFailed", "Postgres does not support unsigned integers"]}


@pytest.mark.parametrize("version", VERSIONS)
def test_what_the_server_refuses(run: Run, pg: PostgresServer, version: str) -> None:
    said = run(
        opened(pg, version)
        + body("""
            server.execute("CREATE TEMP TABLE u (id int4 PRIMARY KEY)", [])
            server.execute("INSERT INTO u VALUES (1)", [])
            said["twice"] = failing(server.execute, "INSERT INTO u VALUES (1)", [])
            said["two"] = failing(server.query, "SELECT 1; SELECT 2", [])[0]
            said["after"] = server.query("SELECT 1", []).rows
            said["copy"] = failing(server.query, "COPY u TO STDOUT", [])
        """)
    )
    text = (
        'ERROR 23505: duplicate key value violates unique constraint "u_pkey" (Key (id)=(1) already exists.)'
    )
    copy = "COPY from or to the client is not for components"
    rich = version == "postgres_4"
    assert said["two"] == "QueryFailed"
    assert said["after"] == [[["Int32", 1]]]
    assert said["copy"] == ["QueryFailed", ["Text", copy] if rich else copy]
    if not rich:
        assert said["twice"] == ["QueryFailed", text]
        return
    name, [kind, fields] = said["twice"]
    assert (name, kind) == ("QueryFailed", "DbError")
    extras = dict(map(tuple, fields["extras"]))
    assert (fields["as_text"], fields["severity"], fields["code"]) == (text, "ERROR", "23505")
    assert (fields["message"], fields["detail"]) == (
        'duplicate key value violates unique constraint "u_pkey"',
        "Key (id)=(1) already exists.",
    )
    assert (extras["table"], extras["constraint"]) == ("u", "u_pkey")


def test_the_unversioned_interface(run: Run, pg: PostgresServer) -> None:
    said = run(
        body(f"""
            pg, types, at = postgres_unversioned, rdbms_unversioned, {pg.address()!r}
            pg.execute(at, "CREATE TABLE kept (n int4)", [])
            said["changed"] = pg.execute(at, "INSERT INTO kept VALUES ($1)", [types.ParameterValue_Int32(3)])
            found = pg.query(at, "SELECT n FROM kept", [])
            said["found"] = [found.columns[0].name, found.columns[0].data_type, found.rows]
            said["why"] = failing(pg.query, at, "SELECT x", [])
            pg.execute(at, "DROP TABLE kept", [])
        """)
    )
    assert said == {
        "changed": 1,
        "found": ["n", "int32", [[["Int32", 3]]]],
        "why": ["QueryFailed", 'ERROR 42703: column "x" does not exist'],
    }


@pytest.mark.parametrize(
    ("address", "why"),
    [
        ("nonsense", 'missing "=" after "nonsense" in connection info string'),
        ("postgres:///db", "the address names no host"),
        ("postgres://%2Ftmp/db", "Unix sockets are not for components"),
        ("host=h passfile=/etc/passwd", "unknown option `passfile`"),
        ("host=h hostaddr=127.0.0.1", "unknown option `hostaddr`"),
        ("host=h service=x", "unknown option `service`"),
        ("postgres://h:99999/db", "`99999` is not a port"),
    ],
)
def test_what_is_no_address(run: Run, address: str, why: str) -> None:
    said = run(f'said["why"] = failing(postgres_2.Connection.open, {address!r})', allowed=["*://*:*"])
    assert said == {"why": ["ConnectionFailed", why]}


def test_what_was_not_granted(run: Run, pg: PostgresServer, caplog: pytest.LogCaptureFixture) -> None:
    entry = f"postgres://127.0.0.1:{pg.port}"
    source = f'said["why"] = failing(postgres_3.Connection.open, {pg.address()!r})'
    assert run(source, allowed=["postgres://127.0.0.1"]) == {
        "why": ["ConnectionFailed", f"address {entry} is not permitted"]
    }
    assert f'add "{entry}" to its `allowed_outbound_hosts`' in caplog.text
    second = f"host=127.0.0.1,other.example.com port={pg.port} user=tester"
    said = run(f'said["why"] = failing(postgres_3.Connection.open, {second!r})', allowed=[entry])
    assert said == {
        "why": ["ConnectionFailed", f"address postgres://other.example.com:{pg.port} is not permitted"]
    }


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost"])
def test_a_network_that_is_blocked(run: Run, pg: PostgresServer, host: str) -> None:
    said = run(
        f'said["why"] = failing(postgres_2.Connection.open, {pg.address(host)!r})',
        blocked=["127.0.0.0/8", "::1"],
    )
    assert said == {"why": ["ConnectionFailed", "the PostgreSQL server is in a network that the host blocks"]}


def test_who_is_not_let_in(run: Run, pg: PostgresServer) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port = taken.getsockname()[1]
        said = run(
            body(f"""
                said["nobody"] = failing(postgres_2.Connection.open, "postgres://tester@127.0.0.1:{port}/x")
                said["wrong"] = failing(postgres_2.Connection.open, "postgres://tester:no@127.0.0.1:{pg.port}/x")
            """)
        )
    assert said["nobody"][0] == said["wrong"][0] == "ConnectionFailed"
    assert "Connection refused" in said["nobody"][1]
    assert 'password authentication failed for user "tester"' in said["wrong"][1]


def test_what_the_operator_knows_is_not_the_guest_s(
    run: Run,
    pg: PostgresServer,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
) -> None:
    """Neither by the environment, nor by files that libpq reads: a guest's server may be anybody's."""
    line = PASSWORD.replace("\\", "\\\\").replace(":", "\\:")
    (tmp_path / ".pgpass").write_text(f"*:*:*:*:{line}\n")
    (tmp_path / ".pgpass").chmod(0o600)
    (tmp_path / ".pg_service.conf").write_text(f"[main]\npassword={PASSWORD}\n")
    without = f"postgres://tester@127.0.0.1:{pg.port}/postgres"
    settings = {
        "HOME": str(tmp_path),
        "PGPASSFILE": str(tmp_path / ".pgpass"),
        "PGPASSWORD": PASSWORD,
        "PGSERVICEFILE": str(tmp_path / ".pg_service.conf"),
        "PGSERVICE": "main",
        "PGAPPNAME": "the operator",
        "PGSSLMODE": "require",
        "PGCONNECT_TIMEOUT": "nonsense",
    }
    for name, value in settings.items():
        monkeypatch.setenv(name, value)
    said = run(
        opened(pg)
        + body(f"""
            said["name"] = plain(server.query("SHOW application_name", []).rows[0][0])
            said["without"] = failing(pg.Connection.open, {without!r})[1]
        """)
    )
    assert said["name"] == ["Str", ""]
    assert "no password supplied" in said["without"]
    assert "password file" not in capfd.readouterr().err


def test_a_name_is_looked_up_once_and_reached(run: Run, pg: PostgresServer) -> None:
    source = (
        f'said["one"] = postgres_2.Connection.open({pg.address("localhost")!r}).query("SELECT 1", []).rows'
    )
    assert run(source) == {"one": [[["Int32", 1]]]}


def test_too_many_connections(run: Run, pg: PostgresServer) -> None:
    said = run(
        opened(pg, "postgres_3")
        + body("""
            said["full"] = failing(pg.Connection.open, address)
            server.__exit__(None, None, None)
            server = pg.Connection.open(address)
            said["room"] = server.query("SELECT 1", []).rows
        """),
        pool=Pool(1, patience_s=0.0),
    )
    assert said == {"full": ["ConnectionFailed", "too many connections"], "room": [[["Int32", 1]]]}


def test_a_transaction_ends_with_its_guest(run: Run, pg: PostgresServer) -> None:
    run(
        opened(pg)
        + body("""
            server.execute("BEGIN", [])
            server.execute("CREATE TABLE never (n int4)", [])
        """)
    )
    said = run(opened(pg) + 'said["there"] = server.query("SELECT to_regclass(\'never\')::text", []).rows')
    assert said == {"there": [[["DbNull"]]]}


def test_a_result_that_is_too_large(run: Run, pg: PostgresServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connection, "MAX_RESULT_BYTES", 100_000)
    said = run(
        opened(pg, "postgres_3")
        + body("""
            said["fits"] = len(server.query("SELECT n FROM generate_series(1, 1000) n", []).rows)
            said["large"] = failing(server.query, "SELECT n FROM generate_series(1, 100000000) n", [])
            said["after"] = failing(server.query, "SELECT 1", [])
        """)
    )
    assert said == {
        "fits": 1000,
        "large": ["QueryFailed", "query result exceeds limit of 100000 bytes"],
        "after": ["QueryFailed", "the connection is closed"],
    }


def test_a_server_that_ends_the_connection(run: Run, pg: PostgresServer) -> None:
    said = run(
        opened(pg, "postgres_3")
        + body("""
            said["lost"] = failing(server.query, "SELECT pg_terminate_backend(pg_backend_pid())", [])[0]
            said["after"] = failing(server.query, "SELECT 1", [])
        """)
    )
    assert said == {"lost": "QueryFailed", "after": ["QueryFailed", "the connection is closed"]}


def test_a_caller_that_leaves_while_the_server_thinks(run: Run, pg: PostgresServer) -> None:
    cancellation = Cancellation()
    ended, in_time = threading.Event(), []

    def leave() -> None:
        with closing(psycopg.connect(pg.address(), autocommit=True)) as other:
            sleeping = "SELECT count(*) FROM pg_stat_activity WHERE wait_event = 'PgSleep'"
            while other.execute(sleeping).fetchone() == (0,):
                pass
            cancellation.cancel()
            in_time.append(ended.wait(FAR_S))
            other.execute(sleeping.replace("count(*)", "pg_terminate_backend(pid)"))

    leaving = threading.Thread(target=leave)
    leaving.start()
    with closing(Pool()) as pool:
        run(opened(pg), pool=pool)  # another guest had the connection before
        with pytest.raises(GuestCancelled):
            run(opened(pg) + 'server.query("SELECT pg_sleep(600)", [])', pool=pool, cancellation=cancellation)
        ended.set()
    leaving.join()
    assert in_time == [True]


def test_without_the_client(
    run: Run, pg: PostgresServer, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(state, "CLIENT", "no_such_package")
    said = run(f'said["why"] = failing(postgres_2.Connection.open, {pg.address()!r})')
    assert said == {"why": ["ConnectionFailed", "the host has no client for PostgreSQL"]}
    assert "pip install 'spinfer[postgres]'" in caplog.text


PID = 'said["pid"] = plain(server.query("SELECT pg_backend_pid()", []).rows[0][0])[1]\n'


def test_the_next_guest_has_the_same_connection_as_new(run: Run, pg: PostgresServer) -> None:
    left = (
        *("CREATE TEMP TABLE mine (n int4)", "SET search_path = pg_temp", "SET app.secret = 'mine'"),
        *("LISTEN news", "SELECT pg_advisory_lock(7)", "PREPARE mine AS SELECT 1"),
        *("DECLARE mine CURSOR WITH HOLD FOR SELECT 1", "SET ROLE pg_monitor"),
    )
    found = {
        "SELECT count(*) FROM pg_class WHERE relname = 'mine'": 0,
        "SHOW search_path": '"$user", public',
        "SELECT coalesce(current_setting('app.secret', true), '')": "",
        "SELECT count(*) FROM pg_listening_channels()": 0,
        "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory'": 0,
        "SELECT count(*) FROM pg_prepared_statements": 0,
        "SELECT count(*) FROM pg_cursors WHERE name = 'mine'": 0,
        "SELECT current_user::text": "tester",
    }
    leaving = f"for statement in {left!r}: server.execute(statement, [])\n"
    asking = f"for it in {list(found)!r}: said[it] = plain(server.query(it, []).rows[0][0])[1]\n"
    with closing(Pool()) as pool:
        begin = run(opened(pg) + PID + leaving + asking, pool=pool)
        end = run(opened(pg) + PID + asking, pool=pool)
    assert end.pop("pid") == begin.pop("pid")
    assert end == found
    assert not found.items() & begin.items(), "each of them was left"


def test_calls_by_address_share_a_connection(run: Run, pg: PostgresServer) -> None:
    asking = f"postgres_unversioned.query({pg.address()!r}, 'SELECT pg_backend_pid()', []).rows[0][0].value"
    with closing(Pool()) as pool:
        said = run(f'said["pids"] = [{asking} for _ in range(3)]', pool=pool)
    assert len(set(said["pids"])) == 1


def test_a_transaction_is_left_to_nobody(run: Run, pg: PostgresServer) -> None:
    with closing(Pool()) as pool:
        begun = (
            opened(pg) + 'server.execute("BEGIN", [])\nserver.execute("CREATE TABLE never (n int4)", [])\n'
        )
        first = run(begun + PID, pool=pool)
        said = run(
            opened(pg)
            + 'said["there"] = server.query("SELECT to_regclass(\'never\')::text", []).rows\n'
            + PID,
            pool=pool,
        )
    assert said.pop("pid") != first["pid"]
    assert said == {"there": [[["DbNull"]]]}


def test_a_connection_that_the_server_has_ended_is_not_handed_on(run: Run, pg: PostgresServer) -> None:
    with closing(Pool()) as pool, closing(psycopg.connect(pg.address(), autocommit=True)) as other:
        first = run(opened(pg) + PID, pool=pool)
        other.execute("SELECT pg_terminate_backend(%s, 20000)", [first["pid"]])
        assert run(opened(pg) + PID, pool=pool) != first
