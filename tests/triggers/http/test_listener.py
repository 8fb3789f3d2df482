"""Addresses as text, and ports that are taken."""

from __future__ import annotations

import pytest

from spinfer.errors import ConfigError
from spinfer.triggers.http.listener import Address, listen


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("127.0.0.1:3000", Address("127.0.0.1", 3000)),
        ("localhost:0", Address("localhost", 0)),
        ("[::1]:80", Address("::1", 80)),
    ],
)
def test_addresses(text: str, address: Address) -> None:
    assert Address.parse(text) == address
    assert str(address) == text


@pytest.mark.parametrize("text", ["", "3000", "127.0.0.1", "::1:80", "a:70000", "a:b", "http://a:1"])
def test_what_is_no_address(text: str) -> None:
    with pytest.raises(ConfigError, match=r"--listen"):
        Address.parse(text)


def test_a_taken_port() -> None:
    first, address = listen(Address("127.0.0.1", 0))
    with first:
        with pytest.raises(ConfigError, match=r"(?s)in use by another program.*--find-free-port"):
            listen(address)
        second, found = listen(address, find_free_port=True)
        with second:
            assert found.port > address.port


def test_an_address_of_another_machine() -> None:
    with pytest.raises(ConfigError, match=r"cannot listen at 192\.0\.2\.1:0"):
        listen(Address("192.0.2.1", 0))
    with pytest.raises(ConfigError, match="no address of this machine"):
        listen(Address("no-such-host.invalid", 0))
