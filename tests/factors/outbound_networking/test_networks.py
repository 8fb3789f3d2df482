"""The addresses that nobody may reach."""

import pytest

from spinfer.factors.outbound_networking.entry import InvalidEntry
from spinfer.factors.outbound_networking.networks import BlockedNetworks

NOT_PUBLIC = [
    "0.0.0.0", "10.10.10.10", "100.64.1.1", "127.0.0.1", "127.9.9.9", "169.254.169.254", "172.16.0.1",
    "192.0.2.1", "192.168.1.1", "198.18.0.1", "224.0.0.1", "240.0.0.1", "255.255.255.255",
    "::", "::1", "::7f00:1", "::ffff:10.1.1.1", "::ffff:127.0.0.1", "64:ff9b::7f00:1", "2002:7f00:1::",
    "fc00::1", "fd12::1", "fe80::1", "fe80::1%eth0", "ff02::1", "2001:db8::1",
]  # fmt: skip
PUBLIC = ["1.1.1.1", "8.8.8.8", "123.123.123.123", "2606:4700::1111", "::ffff:8.8.8.8", "64:ff9b::808:808"]


@pytest.mark.parametrize("address", NOT_PUBLIC)
def test_private_means_whatever_is_not_public(address: str) -> None:
    assert BlockedNetworks.parse(["private"]).block(address)
    assert not BlockedNetworks().block(address)


@pytest.mark.parametrize("address", PUBLIC)
def test_public_addresses_are_not_private(address: str) -> None:
    assert not BlockedNetworks.parse(["private"]).block(address)


@pytest.mark.parametrize(
    ("networks", "blocked", "free"),
    [
        (["123.123.0.0/16"], ["123.123.9.9", "::ffff:123.123.9.9", "2002:7b7b:101::"], ["123.124.0.1"]),
        (["123.123.9.9"], ["123.123.9.9"], ["123.123.9.8"]),
        (["123.123.9.9/16"], ["123.123.0.1"], ["123.122.0.1"]),
        (["2001::/96"], ["2001::1000"], ["2002::1000", "32.1.0.0"]),
        (["1.0.0.0/8", "private"], ["1.2.3.4", "10.0.0.1"], ["2.2.3.4"]),
        (["::ffff:0:0/96"], ["::ffff:8.8.8.8"], ["8.8.8.8"]),
        ([], [], ["127.0.0.1", "::1"]),
    ],
)
def test_networks(networks: list[str], blocked: list[str], free: list[str]) -> None:
    rule = BlockedNetworks.parse(networks)
    assert [address for address in blocked if not rule.block(address)] == []
    assert [address for address in free if rule.block(address)] == []


@pytest.mark.parametrize("entry", ["", "10.0.0.0/33", "example.com", "Private", "10.0.0"])
def test_what_is_no_network_is_refused(entry: str) -> None:
    with pytest.raises(InvalidEntry, match="is not a network"):
        BlockedNetworks.parse([entry])


def test_a_name_is_no_address() -> None:
    with pytest.raises(ValueError, match="localhost"):
        BlockedNetworks().block("localhost")
