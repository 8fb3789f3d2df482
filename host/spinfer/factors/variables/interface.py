"""The three interfaces for variables, as a host declares them: names, versions and types as Spin's."""

from __future__ import annotations

from typing import Final

VARIABLES: Final = "fermyon:spin/variables"
VARIABLES_VERSIONS: Final = ("2.0.0",)
CONFIG: Final = "fermyon:spin/config"
CONFIG_VERSIONS: Final = (None,)
"""What older SDKs import."""
STORE: Final = "wasi:config/store"
STORE_VERSIONS: Final = ("0.2.0-draft-2024-09-27",)

GET: Final = (
    "func(name: string) -> "
    "result<string, variant{invalid-name(string), undefined(string), provider(string), other(string)}>"
)
GET_CONFIG: Final = (
    "func(key: string) -> "
    "result<string, variant{provider(string), invalid-key(string), invalid-schema(string), other(string)}>"
)
_STORE_ERROR = "variant{upstream(string), io(string)}"
STORE_GET: Final = f"func(key: string) -> result<option<string>, {_STORE_ERROR}>"
STORE_GET_ALL: Final = f"func() -> result<list<tuple<string, string>>, {_STORE_ERROR}>"
