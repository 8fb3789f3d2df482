"""What is served of a manifest, what is said of the rest, and how it is announced."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from spinfer.errors import ConfigError, ManifestError
from spinfer.manifest import load
from spinfer.triggers.http import announcement
from spinfer.triggers.http.target import HttpTarget, of_manifest

HEAD = 'spin_manifest_version = 2\napplication.name = "app"\n'
COMPONENTS = """
[component.a]
source = "a.wasm"
description = "The first"
[component.b]
source = "b.wasm"
"""


def target(triggers: str, *only: str, components: str = COMPONENTS) -> HttpTarget:
    return of_manifest(load.loads(HEAD + triggers + components, Path("/app/spin.toml")), only)


def http(route: str, component: str, more: str = "") -> str:
    return f'[[trigger.http]]\nroute = {route}\ncomponent = "{component}"\n{more}\n'


def test_routes_in_order_and_private_components() -> None:
    found = target(http('"/x/..."', "b") + http("{ private = true }", "a"))
    assert [(served.route.raw, served.id) for served in found.routes] == [("/x/...", "b")]
    assert found.components == ("b", "a")
    assert found.notes == ()


def test_of_equal_routes_the_last_is_served_and_the_other_named() -> None:
    found = target(http('"/:x"', "a") + http('"/:y/"', "b"))
    assert [served.id for served in found.routes] == ["b"]
    assert found.notes == ("route `/:x` of `a` is never taken: `b` has it too",)


def test_chosen_components() -> None:
    triggers = http('"/a"', "a") + http('"/b"', "b")
    assert target(triggers, "b").components == ("b",)
    with pytest.raises(ConfigError, match=r"(?s)no component `c`.*`a`, `b`"):
        target(triggers, "c")


def test_no_triggers() -> None:
    with pytest.raises(ConfigError) as caught:
        target("")
    assert str(caught.value) == "No triggers in app"


@pytest.mark.parametrize(
    ("trigger", "said"),
    [
        ('[[trigger.command]]\ncomponent = "a"\n', "`spinfer run`"),
        ('[[trigger.mqtt]]\ncomponent = "a"\n', "mqtt triggers"),
    ],
)
def test_triggers_of_other_kinds(trigger: str, said: str) -> None:
    [note] = target(trigger + http('"/"', "b")).notes
    assert said in note
    with pytest.raises(ConfigError, match=f"(?s)no HTTP trigger to serve.*{said}"):
        target(trigger)


def test_components_with_a_redis_trigger() -> None:
    redis = '[[trigger.redis]]\ncomponent = "a"\nchannel = "c"\naddress = "redis://x"\n'
    both = target(redis + http('"/"', "b"))
    assert (both.components, both.told, both.everyone, both.notes) == (("b",), ("a",), ("b", "a"), ())
    alone = target(redis)
    assert (alone.routes, alone.components, alone.told) == ((), (), ("a",))


def test_what_cannot_be_served_is_listed_at_once() -> None:
    wagi = 'executor = { type = "wagi" }'
    with pytest.raises(ManifestError) as caught:
        target(http('"/w"', "a", wagi) + http('"/.../x"', "b"))
    first, second = map(str, caught.value.problems)
    assert "component `a` asks for the wagi executor" in first
    assert "spin.toml: trigger.http (b-http-trigger).route" in second


PLAIN = """
Serving http://127.0.0.1:3000
Available Routes:
  a: http://127.0.0.1:3000/api/:id
    The first
  b: http://127.0.0.1:3000 (wildcard)
  http-trigger1: http://127.0.0.1:3000/tea"""


def announced() -> HttpTarget:
    tea = '[[trigger.http]]\nroute = "/tea"\nstatic_response = { status_code = 418 }\n'
    return target(http('"/api/:id"', "a") + http('"/..."', "b") + tea)


def test_plain_announcement() -> None:
    assert announcement.plain("http://127.0.0.1:3000", announced().routes) == PLAIN


def test_announcement_for_programs() -> None:
    assert json.loads(announcement.as_json("http://127.0.0.1:3000", announced().routes)) == {
        "base_url": "http://127.0.0.1:3000",
        "routes": [
            {"id": "a", "route": "/api/:id", "wildcard": False, "description": "The first"},
            {"id": "b", "route": "/", "wildcard": True},
            {"id": "http-trigger1", "route": "/tea", "wildcard": False},
        ],
    }
