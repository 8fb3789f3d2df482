"""Listening to a real Redis server: several channels, and what happens when it goes away."""

from __future__ import annotations

import queue
import socket
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from functools import partial
from pathlib import Path

import pytest
import redis

from fakes.redis_server import FAR_S, needs_redis, redis_server
from spinfer.factors.outbound_redis.address import RedisAddress
from spinfer.triggers.redis import subscriber
from spinfer.triggers.redis.subscriber import Subscriber

pytestmark = needs_redis

Heard = queue.Queue[tuple[str, bytes]]


@contextmanager
def listening(address: RedisAddress, *channels: str) -> Iterator[Heard]:
    heard: Heard = queue.Queue()
    listener = Subscriber(
        address, {name: partial(lambda name, message: heard.put((name, message)), name) for name in channels}
    )
    listener.start()
    try:
        yield heard
    finally:
        listener.end()
        assert listener.join(FAR_S), "the subscriber does not end"


def publish(server: redis.Redis, channel: str, message: bytes) -> None:
    """As soon as somebody listens."""
    end = time.monotonic() + FAR_S
    while server.publish(channel, message) == 0:
        assert time.monotonic() < end, "nobody listens"
        time.sleep(0.001)


def publish_until_heard(server: redis.Redis, heard: Heard, channel: str, message: bytes) -> None:
    """Again and again: a connection that is about to break counts as a listener, and hears nothing more.

    What is heard of earlier messages, said once more than was needed, is passed over.
    """
    end = time.monotonic() + FAR_S
    said = None
    while said != (channel, message):
        assert time.monotonic() < end, "nobody hears it"
        server.publish(channel, message)
        with suppress(queue.Empty):
            said = heard.get(timeout=0.05)


def test_several_channels(tmp_path: Path) -> None:
    with (
        redis_server(tmp_path) as port,
        closing(redis.Redis(port=port)) as server,
        listening(RedisAddress("127.0.0.1", port), "a", "b ü") as heard,
    ):
        publish(server, "a", b"\xff")
        publish(server, "b ü", b"2")
        server.publish("c", b"nobody's")
        publish(server, "a", b"3")
        assert [heard.get(timeout=FAR_S) for _ in range(3)] == [("a", b"\xff"), ("b ü", b"2"), ("a", b"3")]
        assert heard.empty()


def test_a_password(tmp_path: Path) -> None:
    with (
        redis_server(tmp_path, "--requirepass", "pass") as port,
        closing(redis.Redis(port=port, password="pass")) as server,
        listening(RedisAddress("127.0.0.1", port, password="pass"), "a") as heard,
    ):
        publish(server, "a", b"1")
        assert heard.get(timeout=FAR_S) == ("a", b"1")


def test_it_comes_back(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    with (
        redis_server(tmp_path) as port,
        closing(redis.Redis(port=port)) as server,
        listening(RedisAddress("127.0.0.1", port), "a") as heard,
    ):
        for message in (b"1", b"2", b"3"):
            publish_until_heard(server, heard, "a", message)
            server.execute_command("CLIENT", "KILL", "TYPE", "pubsub")
    pauses = {record.args[2] for record in caplog.records if record.args and len(record.args) == 3}
    assert pauses == {subscriber.FIRST_PAUSE_S}, "it was well in between"


def test_it_waits_for_a_server_that_is_late(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(subscriber, "FIRST_PAUSE_S", 0.01)
    monkeypatch.setattr(subscriber, "LONGEST_PAUSE_S", 0.04)
    with socket.socket() as taken:  # bound, and deaf
        taken.bind(("127.0.0.1", 0))
        port = taken.getsockname()[1]
        with listening(RedisAddress("127.0.0.1", port), "a") as heard:
            end = time.monotonic() + FAR_S
            while "trying again in 0.04 s" not in caplog.text:
                assert time.monotonic() < end, "it does not try again"
                time.sleep(0.001)
            taken.close()
            with redis_server(tmp_path, port=port), closing(redis.Redis(port=port)) as server:
                publish(server, "a", b"1")
                assert heard.get(timeout=FAR_S) == ("a", b"1")
    pauses = [record.args[2] for record in caplog.records if record.args and len(record.args) == 3]
    assert pauses[:3] == [0.01, 0.02, 0.04]
