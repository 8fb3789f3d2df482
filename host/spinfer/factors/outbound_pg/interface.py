"""The PostgreSQL interfaces as a host declares them: names and types, structure identical to Spin's."""

from __future__ import annotations

from typing import Final, NamedTuple

from spinfer.bindings.values import Case, Some

SPIN: Final = "fermyon:spin/postgres"
OWN: Final = "spin:postgres/postgres"


class Types(NamedTuple):
    """The parts that differ between versions."""

    open: str
    query: str
    execute: str


class Column(NamedTuple):
    name: str
    data_type: str | Case


class RowSet(NamedTuple):
    columns: list[Column]
    rows: list[list[Case]]


class DbErrorRecord(NamedTuple):
    as_text: str
    severity: str
    code: str
    message: str
    detail: Some[str] | None
    extras: list[tuple[str, str]]


_DB_ERROR = (
    "record{as-text: string, severity: string, code: string, message: string, detail: option<string>, "
    "extras: list<tuple<string, string>>}"
)
_QUERY_ERROR = f"variant{{text(string), db-error({_DB_ERROR})}}"


def _error(query_error: str) -> str:
    texts = f"bad-parameter(string), query-failed({query_error}), value-conversion-failed(string)"
    return f"variant{{connection-failed(string), {texts}, other(string)}}"


_OLD_ERROR = _error("string").replace("variant{", "variant{success, ").replace("other(", "other-error(")

_NUMBERS = ("boolean(bool)", "int8(s8)", "int16(s16)", "int32(s32)", "int64(s64)")
_UNSIGNED = ("uint8(u8)", "uint16(u16)", "uint32(u32)", "uint64(u64)")
_REST = ("floating32(f32)", "floating64(f64)", "str(string)", "binary(list<u8>)")
_TIMES = (
    "date(tuple<s32, u8, u8>)",
    "time(tuple<u8, u8, u8, u32>)",
    "datetime(tuple<s32, u8, u8, u8, u8, u8, u32>)",
    "timestamp(s64)",
)


def _range(of: str) -> str:
    bound = f"option<tuple<{of}, enum{{inclusive, exclusive}}>>"
    return f"tuple<{bound}, {bound}>"


_SINCE_4 = (
    "uuid(string)",
    "jsonb(list<u8>)",
    "decimal(string)",
    f"range-int32({_range('s32')})",
    f"range-int64({_range('s64')})",
    f"range-decimal({_range('string')})",
    "array-int32(list<option<s32>>)",
    "array-int64(list<option<s64>>)",
    "array-decimal(list<option<string>>)",
    "array-str(list<option<string>>)",
    "interval(record{micros: s64, days: s32, months: s32})",
)

CASES_2: Final = (*_NUMBERS, *_UNSIGNED, *_REST)
CASES_3: Final = (*_NUMBERS, *_REST, *_TIMES)
CASES_4: Final = (*CASES_3, *_SINCE_4)


def names(cases: tuple[str, ...]) -> tuple[str, ...]:
    """What the cases are called."""
    return tuple(case.partition("(")[0] for case in cases)


def _types(cases: tuple[str, ...], *, four: bool = False, error: str | None = None) -> Types:
    wrong = error or _error(_QUERY_ERROR if four else "string")
    kind = ", ".join(names(cases))
    data_type = f"variant{{{kind}, other(string)}}" if four else f"enum{{{kind}, other}}"
    value = f"variant{{{', '.join(cases)}, db-null, unsupported{'(list<u8>)' if four else ''}}}"
    parameters = f"statement: string, params: list<variant{{{', '.join(cases)}, db-null}}>"
    rows = (
        f"record{{columns: list<record{{name: string, data-type: {data_type}}}>, rows: list<list<{value}>>}}"
    )
    at = "self: borrow<connection>" if error is None else "address: string"
    return Types(
        open=f"func(address: string) -> result<own<connection>, {wrong}>",
        query=f"func({at}, {parameters}) -> result<{rows}, {wrong}>",
        execute=f"func({at}, {parameters}) -> result<u64, {wrong}>",
    )


UNVERSIONED: Final = _types(CASES_2, error=_OLD_ERROR)
VERSION_2: Final = _types(CASES_2)
VERSION_3: Final = _types(CASES_3)
VERSION_4: Final = _types(CASES_4, four=True)
