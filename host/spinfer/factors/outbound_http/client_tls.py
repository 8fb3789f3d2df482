"""`[[client_tls]]` of runtime-config.toml: whom a component trusts at a host, and as whom it goes there."""

from __future__ import annotations

import ssl
from collections.abc import Iterable
from pathlib import Path

from spinfer.config.outbound import ClientTls
from spinfer.errors import ConfigError
from spinfer.factors.outbound_networking.hosts import Destination


class ClientTlsContexts:
    """The contexts of an app's components, where they are not the usual one. Any thread."""

    def __init__(self, entries: Iterable[ClientTls] = ()) -> None:
        """Reads the files. Raises ConfigError for one that cannot be used."""
        self._contexts: dict[tuple[str, str], ssl.SSLContext] = {}
        for entry in entries:
            context = _context(entry)
            for component in entry.component_ids:
                for host in entry.hosts:
                    self._contexts.setdefault((component, host.lower()), context)

    def of(self, component: str, destination: Destination) -> ssl.SSLContext | None:
        """For a connection; an entry with the port comes before one without. None: the usual one."""
        with_port = f"{destination.host}:{destination.usual_port}"
        return self._contexts.get((component, with_port)) or self._contexts.get((component, destination.host))


def _context(entry: ClientTls) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    if entry.trusts_public_authorities:
        context.load_default_certs(ssl.Purpose.SERVER_AUTH)
    roots, certificate, key = entry.ca_roots_file, entry.client_cert_file, entry.client_private_key_file
    if roots is not None:
        try:
            context.load_verify_locations(roots)
        except OSError as e:
            raise _unusable("ca_roots_file", roots, e) from e
    if certificate is not None:
        try:
            context.load_cert_chain(
                certificate, key, password=""
            )  # "": an encrypted key must not ask for one
        except OSError as e:
            raise _unusable("client_cert_file, or its key,", certificate, e) from e
    return context


def _unusable(what: str, file: Path, failure: OSError) -> ConfigError:
    missing = isinstance(failure, FileNotFoundError)
    reason = "there is no such file" if missing else "it is no certificate, or no key, in PEM format"
    return ConfigError(f"{what} cannot be used: {reason}", where=f"client_tls: {file}")
