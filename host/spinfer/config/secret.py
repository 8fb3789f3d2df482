"""Strings that nobody may read in a log: tokens, keys, addresses that hold a password."""

from __future__ import annotations

from typing import Annotated

from pydantic import PlainSerializer, PlainValidator, SecretStr

from spinfer.documents.table import mistake


def _secret(value: object) -> SecretStr:
    """Mistakes do not quote the value, as others do."""
    match value:
        case SecretStr():
            return value
        case "":
            raise mistake("must not be empty")
        case str():
            return SecretStr(value)
    raise mistake("expected a string")


Secret = Annotated[SecretStr, PlainValidator(_secret), PlainSerializer(str, return_type=str)]
"""Shown as stars; `get_secret_value()` where it is used and nowhere else."""
