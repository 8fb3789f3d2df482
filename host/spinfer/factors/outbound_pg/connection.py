"""A guest's connection to a PostgreSQL server, by libpq's calls that do not block. Guest thread."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

import psycopg
from psycopg import pq
from psycopg.postgres import types as known_types

from spinfer.errors import Cancelled
from spinfer.factors.outbound_networking.connection import is_silent
from spinfer.factors.outbound_networking.gate import Gate, Prohibited
from spinfer.factors.outbound_pg import server_errors
from spinfer.factors.outbound_pg.address import PgAddress
from spinfer.factors.outbound_pg.failures import ConnectionFailed, PgFailed, QueryFailed
from spinfer.factors.outbound_pg.oids import INT8
from spinfer.factors.outbound_pg.parameters import Parameter
from spinfer.factors.outbound_pg.waiting import READ, WRITE, Waiter
from spinfer.inference.cancellation import Cancellation

CONNECT_S: Final = 10.0
RESET_S: Final = 0.5
MAX_RESULT_BYTES: Final = 128 << 20
VALUE_BYTES: Final = 32
"""What a value takes beside its bytes."""
_CHUNK_ROWS: Final = 100
_BINARY: Final = 1
_TYPE_NAME = "SELECT typname::text FROM pg_catalog.pg_type WHERE oid = $1::int8"
_RESET = "DISCARD ALL"
_CLOSED = "the connection is closed"
_GOOD = (
    pq.ExecStatus.TUPLES_OK,
    pq.ExecStatus.TUPLES_CHUNK,
    pq.ExecStatus.SINGLE_TUPLE,
    pq.ExecStatus.COMMAND_OK,
    pq.ExecStatus.EMPTY_QUERY,
)


@dataclass(frozen=True, slots=True)
class Result:
    """What a statement gave, in the server's binary forms."""

    columns: tuple[tuple[str, int], ...]
    """Each with its name and the number of its type."""
    rows: list[list[bytes | None]]
    changed: int
    """Rows that it changed, or gave."""


class Connection:
    """Connects when it is made. Ended early, a statement ends its connection too. Close it."""

    def __init__(self, address: PgAddress, gate: Gate, cancellation: Cancellation) -> None:
        """Raises ConnectionFailed, or Cancelled when the guest's caller leaves."""
        addresses = {server: _found(gate, server.host, server.port) for server in address.servers}
        self._type_names: dict[int, str] = {}
        self._waiter = Waiter(cancellation)
        self._open = False
        try:
            with self._waiter.listening(CONNECT_S):
                self._pg = self._connected(address.conninfo(addresses).encode())
        except BaseException:
            self._waiter.close()
            raise
        self._open = True

    def run(self, statement: str, parameters: Sequence[Parameter]) -> Result:
        """One statement, to its end. Raises QueryFailed, or Cancelled when the guest's caller leaves."""
        if not self._open:
            raise QueryFailed(_CLOSED)
        if "\0" in statement:
            raise QueryFailed("a statement has no NUL character")
        try:
            with self._waiter.listening():
                self._send(statement, parameters)
                return self._received()
        except psycopg.Error as e:
            self.close()
            raise QueryFailed(server_errors.clean(str(e))) from e
        except QueryFailed:
            raise
        except BaseException:
            self.close()
            raise

    def type_name(self, oid: int) -> str:
        """What the server calls a type; its number where it does not say."""
        known = known_types.get(oid)
        if known is not None:
            return known.name
        if oid not in self._type_names:
            try:
                number = Parameter(INT8, oid.to_bytes(8, "big"), True)
                found = self.run(_TYPE_NAME, [number])
                name = found.rows[0][0] if found.rows else None
            except PgFailed:
                name = None
            self._type_names[oid] = str(oid) if name is None else name.decode()
        return self._type_names[oid]

    def reset(self) -> bool:
        """As the server does it; a transaction that is left open is undone by closing the connection."""
        if not self._open or self._pg.transaction_status != pq.TransactionStatus.IDLE:
            return False
        try:
            with self._waiter.listening(RESET_S):
                self._send(_RESET, ())
                self._received()
        except (psycopg.Error, PgFailed, Cancelled, TimeoutError):
            return False
        return True

    def resume(self, cancellation: Cancellation) -> bool:
        """A server that has something to say to nobody's connection may have ended it."""
        self._waiter.resume(cancellation)
        self._type_names.clear()
        return is_silent(self._pg.socket)

    def close(self) -> None:
        """What is not committed is undone. Twice is no mistake."""
        if self._open:
            self._open = False
            self._pg.finish()
            self._waiter.close()

    def _connected(self, conninfo: bytes) -> pq.abc.PGconn:
        pg = pq.PGconn.connect_start(conninfo)
        try:
            self._shake_hands(pg)
        except BaseException:
            pg.finish()
            raise
        pg.nonblocking = 1
        return pg

    def _shake_hands(self, pg: pq.abc.PGconn) -> None:
        while pg.status != pq.ConnStatus.BAD:
            match pg.connect_poll():
                case pq.PollingStatus.OK:
                    return
                case pq.PollingStatus.READING:
                    events = READ
                case pq.PollingStatus.WRITING:
                    events = WRITE
                case _:
                    break
            try:
                self._waiter.wait(pg.socket, events)
            except TimeoutError as e:
                raise ConnectionFailed(f"the PostgreSQL server did not answer within {CONNECT_S:g} s") from e
        raise ConnectionFailed(server_errors.clean(pg.get_error_message()))

    def _send(self, statement: str, parameters: Sequence[Parameter]) -> None:
        self._pg.send_query_params(
            statement.encode(),
            [parameter.content for parameter in parameters],
            param_types=[parameter.type for parameter in parameters],
            param_formats=[int(parameter.is_binary) for parameter in parameters],
            result_format=_BINARY,
        )
        if psycopg.capabilities.has_stream_chunked():
            self._pg.set_chunked_rows_mode(_CHUNK_ROWS)
        else:
            self._pg.set_single_row_mode()
        while self._pg.flush():
            self._waiter.wait(self._pg.socket, READ | WRITE)
            self._pg.consume_input()

    def _received(self) -> Result:
        columns: tuple[tuple[str, int], ...] = ()
        rows: list[list[bytes | None]] = []
        changed, room = 0, MAX_RESULT_BYTES
        failure: QueryFailed | None = None
        for part in self._parts():
            if part.status not in _GOOD:
                failure = failure or self._refused(part)
                continue
            columns = columns or _columns(part)
            changed = part.command_tuples or changed
            for row in _rows(part):
                room -= sum(VALUE_BYTES + len(value or b"") for value in row)
                if room < 0:
                    self.close()
                    raise QueryFailed(f"query result exceeds limit of {MAX_RESULT_BYTES} bytes")
                rows.append(row)
        if failure is not None:
            raise failure
        return Result(columns, rows, changed)

    def _parts(self) -> Iterator[pq.abc.PGresult]:
        """Of one statement's result; chunks of rows, then how it ended."""
        while True:
            while self._pg.is_busy():
                self._waiter.wait(self._pg.socket, READ)
                self._pg.consume_input()
            part = self._pg.get_result()
            if part is None:
                return
            yield part
            if not self._open:
                return

    def _refused(self, part: pq.abc.PGresult) -> QueryFailed:
        if part.status in (pq.ExecStatus.COPY_IN, pq.ExecStatus.COPY_OUT, pq.ExecStatus.COPY_BOTH):
            self.close()
            return QueryFailed("COPY from or to the client is not for components")
        if self._pg.status == pq.ConnStatus.BAD:
            self.close()
        return server_errors.failure(part)


def _found(gate: Gate, host: str, port: int) -> tuple[str, ...]:
    try:
        return gate.addresses(host, port)
    except Prohibited as e:
        raise ConnectionFailed("the PostgreSQL server is in a network that the host blocks") from e
    except OSError as e:
        raise ConnectionFailed(f"no address of `{host}` is found: {e.strerror}") from e


def _columns(part: pq.abc.PGresult) -> tuple[tuple[str, int], ...]:
    return tuple(((part.fname(i) or b"").decode(), part.ftype(i)) for i in range(part.nfields))


def _rows(part: pq.abc.PGresult) -> Iterator[list[bytes | None]]:
    columns = range(part.nfields)
    for row in range(part.ntuples):
        yield [part.get_value(row, column) for column in columns]
