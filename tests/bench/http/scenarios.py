"""Each scenario starts what it measures and hands out rounds, whose contenders come one after another."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass

from bench.http import figures, floor, guests, load, memory, servers, streaming
from bench.http.guests import Guest

Round = Callable[[], Mapping[str, float]]
"""One measurement of each contender, by name."""
CORES = len(os.sched_getaffinity(0))


@dataclass(frozen=True, slots=True)
class Scenario:
    name: str
    open: Callable[[], AbstractContextManager[Round]]


def every(seconds: float) -> tuple[Scenario, ...]:
    """`seconds`: how long each server is under load, each time."""

    def hello(build: Callable[[], Guest]) -> Callable[[], AbstractContextManager[Round]]:
        return lambda: throughput(build(), seconds)

    return (
        Scenario(figures.PYTHON, hello(guests.python)),
        Scenario(figures.JAVASCRIPT, hello(guests.javascript)),
        Scenario(figures.C, hello(guests.c)),
        Scenario(figures.FIRST_BYTE, first_byte),
        Scenario(figures.MEMORY, in_memory),
        Scenario(figures.START, start),
    )


@contextmanager
def throughput(guest: Guest, seconds: float) -> Iterator[Round]:
    with ExitStack() as running:
        ours = running.enter_context(servers.ours(guest.app))
        jco = running.enter_context(servers.jco(guest))

        def restarted() -> servers.Server:
            """jco ends when a guest traps, and a guest may trap when the load ends and its client is gone."""
            nonlocal jco
            if jco.ended:
                jco = running.enter_context(servers.jco(guest))
            return jco

        def measure() -> Mapping[str, float]:
            alone = floor.measured(guest.app)
            least_ms = alone["instantiate"] + alone["guest"]
            here, there = load.put_on(ours, seconds), load.put_on(restarted(), seconds)
            return {
                figures.FLOOR: CORES * 1000 / least_ms,
                figures.RATE: here.rate,
                figures.JCO: there.rate,
                figures.OWN: here.cpu_ms - least_ms,
                "instantiate, ms": alone["instantiate"],
                "guest, ms": alone["guest"],
                "host calls, ms": alone["host"],
                "giving the instance back, ms": alone["free"],
                "host calls, number": alone["calls"],
                "CPU a request under load, ms": here.cpu_ms,
            }

        yield measure


@contextmanager
def first_byte() -> Iterator[Round]:
    with streaming.chat() as chat:

        def measure() -> Mapping[str, float]:
            since_token, since_end = chat.first_byte_ms()
            return {figures.FIRST_BYTE: since_token, figures.SENDING: since_end}

        yield measure


@contextmanager
def in_memory() -> Iterator[Round]:
    app = guests.python().app
    yield lambda: {figures.MEMORY: memory.added_mib(app)}


@contextmanager
def start() -> Iterator[Round]:
    app = guests.python().app

    def measure() -> Mapping[str, float]:
        with servers.ours(app) as server:
            return {figures.START: server.ready_s}

    yield measure
