"""`wasi:sockets`, refused: no guest gets a socket or an address, and every attempt says `access-denied`.

No handle of a socket is ever made, so the methods of sockets need not exist: nothing can call them.
"""

from __future__ import annotations

from typing import Final

from spinfer.bindings.hostcall import current
from spinfer.bindings.imports import Function, Interface
from spinfer.bindings.resources import Resource
from spinfer.bindings.values import Err
from spinfer.factors.wasi.state import WasiState
from spinfer.factors.wasi.versions import NAME, VERSIONS
from spinfer.factors.wasi_io.handles import ERROR, INPUT_STREAM, OUTPUT_STREAM, POLLABLE

_NETWORK: Final = Resource("network")
_TCP_SOCKET: Final = Resource("tcp-socket")
_UDP_SOCKET: Final = Resource("udp-socket")
_INCOMING_DATAGRAMS: Final = Resource("incoming-datagram-stream")
_OUTGOING_DATAGRAMS: Final = Resource("outgoing-datagram-stream")
_ADDRESSES: Final = Resource("resolve-address-stream")

_ERROR_CODE = (
    "enum{unknown, access-denied, not-supported, invalid-argument, out-of-memory, timeout, "
    "concurrency-conflict, not-in-progress, would-block, invalid-state, new-socket-limit, "
    "address-not-bindable, address-in-use, remote-unreachable, connection-refused, connection-reset, "
    "connection-aborted, datagram-too-large, name-unresolvable, temporary-resolver-failure, "
    "permanent-resolver-failure}"
)


def instance_network(_state: WasiState) -> int:
    """A network like any other, bar that it leads nowhere."""
    return current().resources.own(_NETWORK, None)


def create_socket(_state: WasiState, _family: str) -> Err[str]:
    return Err("access-denied")


def resolve_addresses(_state: WasiState, _network: int, _name: str) -> Err[str]:
    return Err("access-denied")


def network_error_code(_state: WasiState, _error: int) -> None:
    """No stream's error is a network's."""


def _interface(name: str, functions: tuple[Function, ...], *resources: Resource) -> Interface:
    return Interface(f"wasi:sockets/{name}", VERSIONS, NAME, functions, resources)


def _create(kind: str) -> Function:
    type_ = f"func(address-family: enum{{ipv4, ipv6}}) -> result<own<{kind}-socket>, {_ERROR_CODE}>"
    return Function(f"create-{kind}-socket", type_, create_socket)


INTERFACES: Final = (
    _interface(
        "network",
        (
            Function(
                "network-error-code",
                f"func(err: borrow<error>) -> option<{_ERROR_CODE}>",
                network_error_code,
            ),
        ),
        _NETWORK,
        ERROR,
    ),
    _interface(
        "instance-network",
        (Function("instance-network", "func() -> own<network>", instance_network),),
        _NETWORK,
    ),
    _interface(
        "ip-name-lookup",
        (
            Function(
                "resolve-addresses",
                "func(network: borrow<network>, name: string)"
                f" -> result<own<resolve-address-stream>, {_ERROR_CODE}>",
                resolve_addresses,
            ),
        ),
        _NETWORK,
        _ADDRESSES,
        POLLABLE,
    ),
    _interface("tcp", (), _TCP_SOCKET, _NETWORK, INPUT_STREAM, OUTPUT_STREAM, POLLABLE),
    _interface("tcp-create-socket", (_create("tcp"),), _TCP_SOCKET, _NETWORK),
    _interface("udp", (), _UDP_SOCKET, _INCOMING_DATAGRAMS, _OUTGOING_DATAGRAMS, _NETWORK, POLLABLE),
    _interface("udp-create-socket", (_create("udp"),), _UDP_SOCKET, _NETWORK),
)
