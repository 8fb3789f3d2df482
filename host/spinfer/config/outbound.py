"""What runtime-config.toml says of connections to other hosts: pools, limits, blocked networks, TLS."""

from __future__ import annotations

import ipaddress
from pathlib import Path
from typing import Annotated, Self

from pydantic import AfterValidator, Field, ValidationInfo, field_validator

from spinfer.config.models import FilePath
from spinfer.documents.table import Array, Table, mistake, quoted

PRIVATE = "private"
"""The word for every network that is not the public internet."""


class OutboundHttp(Table):
    """`[outbound_http]`: how components ask others over HTTP."""

    connection_pooling: bool = Field(default=True, examples=["connection_pooling = false"])
    max_connections: int | None = Field(default=None, ge=1, examples=["max_connections = 100"])
    """At once, to whomever. None: as many as are asked for."""
    max_concurrent_requests: int | None = Field(
        default=None, ge=1, examples=["max_concurrent_requests = 100"]
    )
    """Another name for the same: a connection carries one request at a time."""

    @property
    def limit(self) -> int | None:
        """The stricter of the two. None: no limit."""
        return min(filter(None, (self.max_connections, self.max_concurrent_requests)), default=None)


def _network(text: str) -> str:
    if text != PRIVATE:
        try:
            ipaddress.ip_network(text, strict=False)
        except ValueError as e:
            cure = f'write an address, a network such as "10.0.0.0/8", or "{PRIVATE}"'
            raise mistake(f"{quoted(text)} is no network", cure) from e
    return text


class OutboundNetworking(Table):
    """`[outbound_networking]`: whom no component may reach, whatever it is granted."""

    block_networks: Array[Annotated[str, AfterValidator(_network)]] = Field(
        default=(), examples=['block_networks = ["10.0.0.0/8", "private"]']
    )


class Connections(Table):
    """`[outbound_pg]` and its like."""

    max_connections: int | None = Field(default=None, ge=1, examples=["max_connections = 20"])
    """None: as many as are asked for."""


class ClientTls(Table):
    """One of `[[client_tls]]`: whom these components trust at these hosts, and who they say they are."""

    component_ids: Array[str] = Field(min_length=1, examples=['component_ids = ["my-component"]'])
    hosts: Array[Annotated[str, Field(min_length=1)]] = Field(
        min_length=1, examples=['hosts = ["internal.example.com"]']
    )
    """Names, or `name:port`."""
    ca_use_webpki_roots: bool | None = Field(default=None, examples=["ca_use_webpki_roots = true"])
    """Whether to trust the public authorities. None: unless `ca_roots_file` is given."""
    ca_roots_file: FilePath | None = Field(default=None, examples=['ca_roots_file = "roots.pem"'])
    client_cert_file: FilePath | None = Field(default=None, examples=['client_cert_file = "client.pem"'])
    client_private_key_file: FilePath | None = Field(
        default=None, validate_default=True, examples=['client_private_key_file = "client.key"']
    )

    @property
    def trusts_public_authorities(self) -> bool:
        return self.ca_roots_file is None if self.ca_use_webpki_roots is None else self.ca_use_webpki_roots

    @field_validator("client_private_key_file")
    @classmethod
    def _both_or_neither(cls, key: Path | None, info: ValidationInfo) -> Path | None:
        if "client_cert_file" in info.data and (info.data["client_cert_file"] is None) != (key is None):
            raise mistake(
                "a certificate and its key belong together",
                "write both `client_cert_file` and `client_private_key_file`, or neither",
                in_table=True,
            )
        return key

    def resolved(self, folder: Path) -> Self:
        """The same, its paths absolute: relative ones start in `folder`."""
        names = ("ca_roots_file", "client_cert_file", "client_private_key_file")
        paths = {name: getattr(self, name) for name in names}
        return self.model_copy(
            update={
                name: None if path is None else folder / path.expanduser() for name, path in paths.items()
            }
        )
