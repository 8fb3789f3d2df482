"""The trigger over a real Redis server: one app's components after another's, and no message lost."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import closing
from pathlib import Path

import pytest
import redis

from fakes.redis_server import FAR_S, needs_redis, redis_server
from spinfer.factors.outbound_redis.address import RedisAddress
from spinfer.inference.cancellation import Cancellation
from spinfer.triggers.redis.audience import Audience
from spinfer.triggers.redis.target import Server
from spinfer.triggers.redis.trigger import RedisTrigger


class Heard:
    """What the components of an app were told, in its order."""

    def __init__(self) -> None:
        self.messages: list[tuple[str, str, bytes]] = []
        self._changed = threading.Condition()

    def __call__(self, component: str, channel: str, message: bytes, _: Cancellation) -> None:
        with self._changed:
            self.messages.append((component, channel, message))
            self._changed.notify_all()

    def wait(self, message: bytes) -> None:
        with self._changed:
            assert self._changed.wait_for(lambda: any(it[2] == message for it in self.messages), FAR_S)


def audience(heard: Heard, port: int, channels: Mapping[str, tuple[str, ...]]) -> Audience:
    servers = [Server(RedisAddress("127.0.0.1", port), channels)] if channels else []
    return Audience(heard, servers)


def ended(trigger: RedisTrigger) -> None:
    trigger.cancel()
    assert trigger.wait(FAR_S)
    assert trigger.exit_code() == 0


def until_heard(server: redis.Redis, channel: str, count: int = 1) -> None:
    """Somebody listens to it, or nobody does."""
    end = time.monotonic() + FAR_S
    while server.pubsub_numsub(channel) != [(channel.encode(), count)]:
        assert time.monotonic() < end, "nobody turns to it, or away"
        time.sleep(0.001)


def until_one_waits(audience: Audience) -> None:
    """A message that it was told, and has not begun to handle."""
    end = time.monotonic() + FAR_S
    while not any(worker._messages.qsize() for worker in audience._workers):
        assert time.monotonic() < end, "it is not told"
        time.sleep(0.001)


@pytest.fixture
def port(tmp_path: Path) -> Iterator[int]:
    with redis_server(tmp_path) as port:
        yield port


@needs_redis
def test_no_message_is_lost_or_told_twice_when_it_turns(port: int) -> None:
    apps = [Heard() for _ in range(20)]
    trigger = RedisTrigger(audience(apps[0], port, {"a": ("one",)}))
    trigger.start()
    published: list[bytes] = []
    over = threading.Event()
    with closing(redis.Redis(port=port)) as server:
        until_heard(server, "a")

        def publish() -> None:
            while not over.is_set():
                published.append(b"%d" % len(published))
                assert server.publish("a", published[-1]) == 1

        publishing = threading.Thread(target=publish)
        publishing.start()
        for app in apps[1:]:
            trigger.turn(audience(app, port, {"a": ("one",)}))
            app.wait(b"%d" % (len(published) + 5))  # said after the turn
        over.set()
        publishing.join()
        apps[-1].wait(published[-1])
    ended(trigger)
    assert [message for app in apps for *_, message in app.messages] == published


@needs_redis
def test_other_channels_and_none(port: int) -> None:
    first, second, third = Heard(), Heard(), Heard()
    trigger = RedisTrigger(audience(first, port, {"a": ("one",), "b": ("one",)}))
    trigger.start()
    with closing(redis.Redis(port=port)) as server:
        until_heard(server, "b")
        trigger.turn(audience(second, port, {"b": ("two",), "c": ("two", "three")}))
        until_heard(server, "c")
        until_heard(server, "a", 0)
        server.publish("b", "1")
        server.publish("c", "2")
        second.wait(b"2")
        trigger.turn(audience(Heard(), port, {}))
        until_heard(server, "c", 0)
        trigger.turn(audience(third, port, {"c": ("four",)}))
        until_heard(server, "c")
        server.publish("c", "3")
        third.wait(b"3")
    ended(trigger)
    assert first.messages == []
    assert sorted(second.messages) == [("three", "c", b"2"), ("two", "b", b"1"), ("two", "c", b"2")]
    assert third.messages == [("four", "c", b"3")]


@needs_redis
def test_what_was_told_before_is_handled_to_its_end(port: int) -> None:
    begun, going_on = threading.Event(), threading.Event()
    handled = []

    def slowly(_component: str, _channel: str, message: bytes, _: Cancellation) -> None:
        begun.set()
        assert going_on.wait(FAR_S)
        handled.append(message)

    before = Audience(slowly, [Server(RedisAddress("127.0.0.1", port), {"a": ("one",)})])
    trigger = RedisTrigger(before)
    trigger.start()
    with closing(redis.Redis(port=port)) as server:
        until_heard(server, "a")
        server.publish("a", "1")
        server.publish("a", "2")
        assert begun.wait(FAR_S)
        until_one_waits(before)
        following = Heard()
        trigger.turn(audience(following, port, {"a": ("one",)}))
        server.publish("a", "3")
        following.wait(b"3")
        assert not before.join(0)
        going_on.set()
        assert before.join(FAR_S)
    ended(trigger)
    assert handled == [b"1", b"2"]


def test_it_ends_once() -> None:
    """Whoever comes after that is told nothing, and ends at once."""
    trigger = RedisTrigger(audience(Heard(), 1, {}))
    trigger.start()
    ended(trigger)
    late = audience(Heard(), 1, {"a": ("one",)})
    trigger.turn(late)
    assert late.join(FAR_S)
