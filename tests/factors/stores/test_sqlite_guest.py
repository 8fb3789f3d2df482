"""SQLite through a real guest: values, errors, bounds, and what no statement may do."""

import sys
import threading
from pathlib import Path

import apsw
import pytest

import leftovers
from factors.stores.conftest import Named, Run
from spinfer.errors import GuestCancelled, GuestDeadline, ManifestError
from spinfer.factors.sqlite.factor import SqliteFactor
from spinfer.factors.sqlite.session import MAX_RESULT_BYTES, Session
from spinfer.factors.sqlite.state import MAX_OPEN
from spinfer.inference.cancellation import Cancellation

ENDLESS = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT count(*) FROM n"
MANY_STEPS = ENDLESS.replace("n)", "n LIMIT 20000)")


@pytest.mark.parametrize("label", ["default", "memory"])
@pytest.mark.parametrize("module", ["sqlite", "sqlite_3"])
def test_every_type_both_ways(run: Run, label: str, module: str) -> None:
    said = run(f"""
        m = {module}
        with m.Connection.open("{label}") as db:
            made = db.execute("CREATE TABLE t (a, b, c, d, e)", [])
            said["made"] = [made.columns, made.rows]
            put = [m.Value_Integer(-2**63), m.Value_Real(0.5), m.Value_Text("hällo\\0 ☃"),
                m.Value_Blob(b"\\0ab"), m.Value_Null()]
            db.execute("INSERT INTO t VALUES (?, ?, ?, ?, ?)", put)
            got = db.execute("SELECT *, typeof(a) AS kind, zeroblob(0) FROM t", [])
            said["columns"] = got.columns
            said["same"] = got.rows[0].values[:5] == put
            said["more"] = got.rows[0].values[5:] == [m.Value_Text("integer"), m.Value_Blob(b"")]
            none = db.execute("SELECT a AS x, b FROM t WHERE 0", [])
            said["none"] = [none.columns, none.rows]
    """)
    assert said == {
        "made": [[], []],
        "columns": ["a", "b", "c", "d", "e", "kind", "zeroblob(0)"],
        "same": True,
        "more": True,
        "none": [["x", "b"], []],
    }


def test_what_is_kept_is_there_for_the_next_guest_and_every_interface(run: Run) -> None:
    run("""
        db = sqlite.Connection.open("default")
        db.execute("CREATE TABLE t (x)", [])
        db.execute("INSERT INTO t VALUES (?1)", [sqlite.Value_Text("kept")])
    """)
    said = run("""
        old = sqlite_unversioned
        number = old.open("default")
        said["old"] = old.execute(number, "SELECT x FROM t", []).rows[0].values[0].value
        old.close(number)
        old.close(number)
        said["closed"] = failing(old.execute, number, "SELECT 1", [])
        said["left open"] = old.open("default") != number
        new = sqlite_3.Connection.open("default")
        said["new"] = new.execute("SELECT x FROM t", []).rows[0].values[0].value
    """)
    assert said == {"old": "kept", "closed": ["InvalidConnection"], "left open": True, "new": "kept"}


def test_rowids_and_changes(run: Run) -> None:
    said = run("""
        db, other = sqlite_3.Connection.open("default"), sqlite_3.Connection.open("default")
        said["before"] = [db.last_insert_rowid(), db.changes()]
        db.execute("CREATE TABLE t (id INTEGER PRIMARY KEY, x)", [])
        db.execute("INSERT INTO t VALUES (7, 1), (8, 2), (9, 3)", [])
        said["inserted"] = [db.last_insert_rowid(), db.changes()]
        db.execute("UPDATE t SET x = 0 WHERE id > 7", [])
        said["updated"] = [db.last_insert_rowid(), db.changes()]
        said["other"] = [other.last_insert_rowid(), other.changes()]
    """)
    assert said == {"before": [0, 0], "inserted": [9, 3], "updated": [9, 2], "other": [0, 0]}


def test_a_transaction_lasts_as_long_as_its_connection(run: Run) -> None:
    run('sqlite.Connection.open("default").execute("CREATE TABLE t (x)", [])')
    said = run("""
        with sqlite.Connection.open("default") as db:
            db.execute("BEGIN", [])
            db.execute("INSERT INTO t VALUES (1)", [])
        with sqlite.Connection.open("default") as db:
            said["undone"] = db.execute("SELECT count(*) FROM t", []).rows[0].values[0].value
            db.execute("BEGIN IMMEDIATE", [])
            db.execute("INSERT INTO t VALUES (1)", [])
            db.execute("COMMIT", [])
        db = sqlite.Connection.open("default")
        said["done"] = db.execute("SELECT count(*) FROM t", []).rows[0].values[0].value
        sqlite_unversioned.execute(sqlite_unversioned.open("default"), "BEGIN IMMEDIATE", [])
    """)
    assert said == {"undone": 0, "done": 1}
    run('sqlite.Connection.open("default").execute("INSERT INTO t VALUES (2)", [])', timeout_s=1)


@pytest.mark.parametrize("label", ["default", "nowhere"])
def test_a_label_that_was_not_granted(run: Run, label: str) -> None:
    said = run(
        f"""
        said["spin"] = failing(sqlite.Connection.open, "{label}")
        said["new"] = failing(sqlite_3.Connection.open, "{label}")
        said["old"] = failing(sqlite_unversioned.open, "{label}")
        """,
        "poor",
    )
    assert said == {"spin": ["AccessDenied"], "new": ["AccessDenied"], "old": ["AccessDenied"]}


def test_a_label_that_nobody_defined() -> None:
    factor = SqliteFactor(Named(), {"web": ["vectors"], "other": ["more"]})
    with pytest.raises(ManifestError) as refused:
        factor.configure(["web"])
    assert refused.value.problems[0].what == 'unknown sqlite_databases label "vectors" for component "web"'


def test_mistakes_are_answers(run: Run) -> None:
    said = run("""
        db = sqlite.Connection.open("default")
        said["table"] = failing(db.execute, "SELECT * FROM nope", [])
        said["syntax"] = failing(db.execute, "SELEC", [])
        said["few"] = failing(db.execute, "SELECT ?, ?", [sqlite.Value_Null()])
        said["text"] = failing(db.execute, "SELECT CAST(x'ff' AS TEXT)", [])
        said["unique"] = failing(db.execute, "CREATE TABLE sqlite_x (a)", [])
        said["empty"] = [db.execute("", []).columns, db.execute(" -- nothing", []).rows]
        said["still"] = db.execute("SELECT 1", []).rows[0].values[0].value
    """)
    assert said["table"] == ["Io", "no such table: nope"]
    assert said["syntax"] == ["Io", 'near "SELEC": syntax error']
    assert said["few"][0] == "Io" and "uses 2 and there are 1 supplied" in said["few"][1]
    assert said["text"] == ["Io", "a text in the result is not UTF-8"]
    assert said["unique"] == ["Io", "object name reserved for internal use: sqlite_x"]
    assert said["empty"] == [[], []]
    assert said["still"] == 1


def test_only_the_first_statement_is_run_and_the_operator_hears(
    run: Run, caplog: pytest.LogCaptureFixture
) -> None:
    said = run("""
        db = sqlite.Connection.open("default")
        db.execute("CREATE TABLE t (x); -- that was all", [])
        db.execute("INSERT INTO t VALUES (1); DROP TABLE t", [])
        said["rows"] = len(db.execute("SELECT x FROM t; SELECT 2", []).rows)
    """)
    assert said == {"rows": 1}
    heard = [record.getMessage() for record in caplog.records]
    assert [text.partition(": ")[2] for text in heard if "only the first is run" in text] == [
        "of several statements in one call only the first is run: INSERT INTO t VALUES (1); DROP TABLE t",
        "of several statements in one call only the first is run: SELECT x FROM t; SELECT 2",
    ]


def test_vectors(run: Run) -> None:
    said = run("""
        def vector(*numbers):
            return sqlite.Value_Blob(struct.pack(f"{len(numbers)}f", *numbers))
        db = sqlite.Connection.open("default")
        db.execute("CREATE VIRTUAL TABLE v USING vec0(embedding float[3])", [])
        for id, numbers in enumerate([(1, 0, 0), (0, 1, 0), (0.9, 0.1, 0)]):
            row = [sqlite.Value_Integer(id), vector(*numbers)]
            db.execute("INSERT INTO v(rowid, embedding) VALUES (?, ?)", row)
        near = db.execute("SELECT rowid, distance FROM v WHERE embedding MATCH ? ORDER BY distance LIMIT 2",
            [vector(1, 0, 0)])
        said["near"] = [row.values[0].value for row in near.rows]
        said["distance"] = db.execute("SELECT vec_distance_cosine(?, ?)", [vector(1, 0, 0), vector(0, 1, 0)]
            ).rows[0].values[0].value
    """)
    assert said == {"near": [0, 2], "distance": 1.0}


FORBIDDEN = [
    "ATTACH '{elsewhere}' AS x",
    "ATTACH ? AS x",
    "ATTACH '' AS x",
    "ATTACH ':memory:' AS x",
    "/* VACUUM */ ATTACH '' AS x",
    "VACUUM INTO '{elsewhere}'",
    "SELECT load_extension('{elsewhere}')",
    "PRAGMA writable_schema = 1",
    "PRAGMA temp_store_directory = '{elsewhere}'",
    "PRAGMA data_store_directory = '{elsewhere}'",
    "PRAGMA journal_mode(delete) ; ",
    "SELECT fts3_tokenizer('simple')",
    "SELECT vec_npy_file('{elsewhere}')",
    "SELECT readfile('{elsewhere}')",
    "SELECT writefile('{elsewhere}', 'x')",
    "CREATE VIRTUAL TABLE x USING csv(filename = '{elsewhere}')",
    "SELECT * FROM vec_npy_each('{elsewhere}')",
    "UPDATE sqlite_schema SET sql = ''",
    "SELECT file FROM pragma_database_list",
]


def test_no_statement_reaches_another_file(run: Run, tmp_path: Path) -> None:
    """Neither another label's, nor a new one."""
    other = tmp_path / "other.db"
    for elsewhere in (other, tmp_path / "new.db"):
        said = run(f"""
            db = sqlite.Connection.open("default")
            for statement in {FORBIDDEN!r}:
                statement = statement.replace("{{elsewhere}}", {str(elsewhere)!r})
                given = [sqlite.Value_Text({str(elsewhere)!r})] if "?" in statement else []
                try:
                    said[statement] = len(db.execute(statement, given).rows)
                except Err as e:
                    said[statement] = e.value.value
            said["attached"] = failing(db.execute, "SELECT * FROM x.sqlite_schema", [])[1]
            said["mode"] = db.execute("PRAGMA journal_mode", []).rows[0].values[0].value
        """)
        assert said.pop("attached") == "no such table: x.sqlite_schema"
        assert said.pop("mode") == "wal"
        rows = {statement: outcome for statement, outcome in said.items() if isinstance(outcome, int)}
        assert rows == {"PRAGMA journal_mode(delete) ; ": 0, "SELECT file FROM pragma_database_list": 0}
    assert not (tmp_path / "new.db").exists()
    assert apsw.Connection(str(other)).execute("SELECT count(*) FROM sqlite_schema").get == 0


def test_usual_statements_are_no_one_s_business(run: Run) -> None:
    said = run("""
        db = sqlite.Connection.open("default")
        for statement in ["PRAGMA foreign_keys = ON", "PRAGMA busy_timeout = 5000",
            "PRAGMA journal_mode = WAL",
            "PRAGMA synchronous = OFF", "PRAGMA cache_size = -1000000", "CREATE TEMP TABLE x (y)",
            "CREATE TABLE t (a INTEGER PRIMARY KEY, b TEXT)", "CREATE INDEX i ON t (b)", "ANALYZE",
            "REINDEX", "  vacuum", "PRAGMA user_version = 7", "PRAGMA optimize",
            "CREATE VIRTUAL TABLE f USING fts5(body)", "INSERT INTO f VALUES ('hello world')"]:
            db.execute(statement, [])
        ask = lambda statement: db.execute(statement, []).rows[0].values[0].value
        said["asked"] = [ask("PRAGMA user_version"),
            ask("SELECT name FROM pragma_table_info('t') WHERE pk"), ask("PRAGMA table_info(t)"),
            ask("SELECT body FROM f WHERE f MATCH 'hello'"), ask("PRAGMA synchronous")]
    """)
    assert said == {"asked": [7, "a", 0, "hello world", 1]}


def test_a_statement_has_its_time(run: Run) -> None:
    said = run(
        f"""
        db = sqlite.Connection.open("default")
        said["endless"] = failing(db.execute, "{ENDLESS}", [])
        said["next"] = db.execute("{MANY_STEPS}", []).rows[0].values[0].value
        """,
        timeout_s=1.0,
    )
    assert said == {"endless": ["Io", "the statement took longer than 1 s"], "next": 20_000}


def test_waiting_for_another_writer_has_its_time_too(run: Run, databases: Named) -> None:
    other = databases["default"].connect()
    other.execute("CREATE TABLE t (x); BEGIN IMMEDIATE")
    said = run(
        """
        db = sqlite.Connection.open("default")
        said["read"] = len(db.execute("SELECT x FROM t", []).rows)
        said["write"] = failing(db.execute, "INSERT INTO t VALUES (1)", [])
        """,
        timeout_s=1.0,
    )
    other.close()
    assert said == {"read": 0, "write": ["Io", "database is locked"]}


def test_a_deadline_ends_a_statement(run: Run) -> None:
    with pytest.raises(GuestDeadline):
        run(f'sqlite.Connection.open("default").execute("{ENDLESS}", [])', deadline_s=0.3)


def test_a_caller_that_leaves_ends_a_statement(run: Run, databases: Named) -> None:
    cancellation = Cancellation()
    begun = threading.Event()

    class Telling(Cancellation):
        def listening(self, listener):  # the statement's own ear, after the clock's
            begun.set()
            return super().listening(listener)

    cancellation = Telling()

    def leave() -> None:
        assert begun.wait(60)
        cancellation.cancel()

    leaving = threading.Thread(target=leave)
    databases["default"].run("CREATE TABLE t (x)", "here")
    leaving.start()
    with pytest.raises(GuestCancelled):
        run(f'sqlite.Connection.open("default").execute("{ENDLESS}", [])', cancellation=cancellation)
    leaving.join()


def test_a_caller_that_leaves_waits_for_no_writer(
    run: Run, databases: Named, monkeypatch: pytest.MonkeyPatch
) -> None:
    cancellation = Cancellation()
    waits, ended = Session._wait, threading.Event()

    def leaving(session: Session, attempts: int) -> bool:
        cancellation.cancel()
        return waits(session, attempts)

    def ask() -> None:
        with pytest.raises(GuestCancelled):
            run(
                'sqlite.Connection.open("default").execute("INSERT INTO t VALUES (1)", [])',
                cancellation=cancellation,
                timeout_s=600,
            )
        ended.set()

    monkeypatch.setattr(Session, "_wait", leaving)
    other = databases["default"].connect()
    other.execute("CREATE TABLE t (x); BEGIN IMMEDIATE")
    asking = threading.Thread(target=ask)
    asking.start()
    in_time = ended.wait(60)
    other.close()
    asking.join()
    assert in_time


@pytest.mark.parametrize(
    "statement",
    [
        "SELECT zeroblob(64 << 20), zeroblob(64 << 20)",
        "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n LIMIT 3000) "
        "SELECT hex(zeroblob(25000)) FROM n",
        "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n LIMIT 2000) "
        "SELECT replace(hex(zeroblob(25000)), '0', 'é') FROM n",  # so many bytes, but fewer characters
    ],
)
def test_a_result_has_its_size(run: Run, statement: str) -> None:
    said = run(f"""
        db = sqlite.Connection.open("default")
        said["large"] = failing(db.execute, "{statement}", [])
        said["one"] = failing(db.execute, "SELECT length(zeroblob({MAX_RESULT_BYTES + 1}))", [])
    """)
    assert said == {
        "large": ["Io", f"query result exceeds limit of {MAX_RESULT_BYTES} bytes"],
        "one": ["Io", "string or blob too big"],
    }


def test_too_many_connections(run: Run) -> None:
    said = run(f"""
        held = [sqlite.Connection.open("memory") for _ in range({MAX_OPEN})]
        said["full"] = failing(sqlite.Connection.open, "memory")
        held.pop().__exit__(None, None, None)
        said["again"] = sqlite.Connection.open("memory").execute("SELECT 1", []).columns
    """)
    assert said == {
        "full": ["Io", f"too many connections are open: an instance may hold {MAX_OPEN}"],
        "again": ["1"],
    }


@pytest.mark.skipif(sys.platform != "linux", reason="counts open files in /proc")
def test_nothing_stays_open(run: Run) -> None:
    source = 'held = [sqlite.Connection.open("default"), sqlite_unversioned.open("default")]'
    run(source)
    before = leftovers.files()
    run(source)
    assert leftovers.files() <= before
