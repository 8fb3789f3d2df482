"""The numbers by which PostgreSQL knows its own types: they are the same on every server."""

from __future__ import annotations

from typing import Final

UNKNOWN: Final = 0
"""The server finds out what a parameter is."""
BOOL: Final = 16
BYTEA: Final = 17
INT8: Final = 20
INT2: Final = 21
INT4: Final = 23
TEXT: Final = 25
FLOAT4: Final = 700
FLOAT8: Final = 701
INT4_ARRAY: Final = 1007
TEXT_ARRAY: Final = 1009
BPCHAR_ARRAY: Final = 1014
VARCHAR_ARRAY: Final = 1015
INT8_ARRAY: Final = 1016
BPCHAR: Final = 1042
VARCHAR: Final = 1043
DATE: Final = 1082
TIME: Final = 1083
TIMESTAMP: Final = 1114
TIMESTAMPTZ: Final = 1184
INTERVAL: Final = 1186
NUMERIC_ARRAY: Final = 1231
NUMERIC: Final = 1700
UUID: Final = 2950
JSONB: Final = 3802
INT4_RANGE: Final = 3904
NUM_RANGE: Final = 3906
INT8_RANGE: Final = 3926
