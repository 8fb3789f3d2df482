"""`[[variables_provider]]` of runtime-config.toml: where the values of an app's variables come from."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import BeforeValidator, Field

from spinfer.config.kinds import by_type
from spinfer.config.models import FilePath
from spinfer.config.secret import Secret
from spinfer.config.web_address import WebAddress
from spinfer.documents.table import Table, mistake


class _Provider(Table):
    def resolved(self, folder: Path) -> Self:
        """The same, its paths absolute: relative ones start in `folder`."""
        return self


def _table(value: object) -> object:
    """Another mistake than the usual one, which quotes the value."""
    if not isinstance(value, Mapping):
        raise mistake("expected a table", 'for example: values = { api_host = "api.example.com" }')
    return value


class StaticProvider(_Provider):
    """Values as they stand here."""

    type: Literal["static"] = "static"
    values: Annotated[Mapping[str, Secret], BeforeValidator(_table)] = Field(
        examples=['values = { api_host = "api.example.com" }']
    )


class EnvProvider(_Provider):
    """The environment: variable `api_host` is `<prefix>_API_HOST` there, else in a file of such lines."""

    type: Literal["env"] = "env"
    prefix: str = Field(default="SPIN_VARIABLE", examples=['prefix = "MY_APP"'])
    """"": no prefix and no `_`."""
    dotenv_path: FilePath | None = Field(default=None, examples=['dotenv_path = ".env"'])

    def resolved(self, folder: Path) -> Self:
        path = None if self.dotenv_path is None else folder / self.dotenv_path.expanduser()
        return self.model_copy(update={"dotenv_path": path})


class VaultProvider(_Provider):
    """HashiCorp Vault or OpenBao: the field `value` of a secret in a key-value engine of version 2."""

    type: Literal["vault", "open_bao"] = "vault"
    url: WebAddress = Field(examples=['url = "http://127.0.0.1:8200"'])
    token: Secret = Field(examples=['token = "root"'])
    mount: str = Field(min_length=1, examples=['mount = "secret"'])
    prefix: str = Field(default="", examples=['prefix = "my-app"'])
    """Before each name, as `<prefix>/<name>`; "": nothing."""


VariablesProvider = Annotated[
    StaticProvider | EnvProvider | VaultProvider,
    BeforeValidator(
        by_type(
            "variables provider",
            {"static": StaticProvider, "env": EnvProvider, "vault": VaultProvider, "open_bao": VaultProvider},
            unsupported=("azure_key_vault",),
        )
    ),
]
