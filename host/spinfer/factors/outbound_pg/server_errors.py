"""What libpq tells of an error, as a failure."""

from __future__ import annotations

from typing import Final

from psycopg import pq

from spinfer.factors.outbound_pg.failures import QueryFailed, ServerError

_FIELD = pq.DiagnosticField
_EXTRAS: Final = {
    "column": _FIELD.COLUMN_NAME,
    "constraint": _FIELD.CONSTRAINT_NAME,
    "routine": _FIELD.SOURCE_FUNCTION,
    "hint": _FIELD.MESSAGE_HINT,
    "table": _FIELD.TABLE_NAME,
    "datatype": _FIELD.DATATYPE_NAME,
    "schema": _FIELD.SCHEMA_NAME,
    "file": _FIELD.SOURCE_FILE,
    "line": _FIELD.SOURCE_LINE,
    "where_": _FIELD.CONTEXT,
}


def failure(result: pq.abc.PGresult) -> QueryFailed:
    """By the server's word where it has said one."""

    def said(field: pq.DiagnosticField) -> str | None:
        value = result.error_field(field)
        return None if value is None else value.decode("utf-8", "replace")

    code = said(_FIELD.SQLSTATE)
    if code is None:
        return QueryFailed(clean(result.get_error_message()))
    extras = {name: value for name, field in _EXTRAS.items() if (value := said(field)) is not None}
    error = ServerError(
        said(_FIELD.SEVERITY) or "ERROR",
        code,
        said(_FIELD.MESSAGE_PRIMARY) or "",
        said(_FIELD.MESSAGE_DETAIL),
        extras,
    )
    return QueryFailed(str(error), error)


def clean(message: str) -> str:
    """libpq's texts span lines."""
    return " ".join(message.split())
