"""Which route a path takes, and what it learns on the way."""

from __future__ import annotations

import pytest

from spinfer.errors import ManifestError
from spinfer.triggers.http.routes import Route, Routes


def routes(*declared: str) -> Routes[str]:
    return Routes((Route.parse(raw), raw) for raw in declared)


def taken(declared: tuple[str, ...], path: str) -> str | None:
    match = routes(*declared).find(path)
    return None if match is None else match.target


@pytest.mark.parametrize(
    ("route", "path", "matches"),
    [
        ("/", "/", True),
        ("/", "", True),
        ("/", "/a", False),
        ("/a/b", "/a/b", True),
        ("/a/b", "/a/b/", True),
        ("/a/b", "//a///b", True),
        ("/a/b", "/a", False),
        ("/a/b", "/a/b/c", False),
        ("/a/b", "/A/b", False),
        ("/a%20b", "/a%20b", True),
        ("/a b", "/a%20b", False),
        ("/a/:name", "/a/b", True),
        ("/a/:name", "/a/", False),
        ("/a/:name", "/a/b/c", False),
        ("/:one/b/:two", "/a/b/c", True),
        ("/...", "/", True),
        ("/...", "/a/b", True),
        ("/*", "/a/b", True),
        ("/a/...", "/a", True),
        ("/a/...", "/a/", True),
        ("/a/...", "/a/b/c", True),
        ("/a/...", "/ab", False),
        ("/a/:b/...", "/a", False),
        ("/a/:b/...", "/a/x", True),
    ],
)
def test_a_route_matches(route: str, path: str, matches: bool) -> None:
    assert (taken((route,), path) is not None) is matches


@pytest.mark.parametrize(
    ("declared", "path", "winner"),
    [
        (("/:x", "/a"), "/a", "/a"),
        (("/...", "/:x"), "/a", "/:x"),
        (("/...", "/a/..."), "/a/b", "/a/..."),
        (("/a/...", "/a"), "/a", "/a"),
        (("/a/:x", "/:x/b"), "/a/b", "/a/:x"),
        (("/a/:x", "/a/..."), "/a/b/c", "/a/..."),
        (("/a/:x/c", "/a/b/..."), "/a/b/c", "/a/b/..."),
        (("/a/b", "/..."), "/a/c", "/..."),
        (("/a/b/c", "/:x/b/d"), "/a/b/d", "/:x/b/d"),
        (("/a/:x/...", "/a/..."), "/a", "/a/..."),
    ],
)
def test_the_most_exact_route_wins_in_any_order(declared: tuple[str, ...], path: str, winner: str) -> None:
    assert taken(declared, path) == winner
    assert taken(declared[::-1], path) == winner


def test_of_equal_routes_the_last_wins() -> None:
    declared = routes("/a/:x", "/a/:y/", "/b", "/b/...")
    found = declared.find("/a/1")
    assert found is not None
    assert (found.target, dict(found.parameters)) == ("/a/:y/", {"y": "1"})
    assert Route.parse("/a/:x").shape == Route.parse("/a/:y/").shape
    assert Route.parse("/a/x").shape != Route.parse("/a/:x").shape != Route.parse("/a/:x/...").shape


@pytest.mark.parametrize(
    ("route", "path", "path_info"),
    [
        ("/test/...", "/test", ""),
        ("/test/...", "/test/", "/"),
        ("/test/...", "/test/hello", "/hello"),
        ("/test/...", "/test/hello/", "/hello/"),
        ("/test/...", "/test/hello/there", "/hello/there"),
        ("/test/...", "/test//http://x", "/http://x"),
        ("/...", "/", "/"),
        ("/...", "/a/b", "/a/b"),
        ("/users/:userid/...", "/users/42/", "/"),
        ("/users/:userid/...", "/users/42/a%2Fb", "/a%2Fb"),
        ("/test", "/test/", ""),
    ],
)
def test_path_info(route: str, path: str, path_info: str) -> None:
    found = routes(route).find(path)
    assert found is not None
    assert found.path_info == path_info


def test_parameters() -> None:
    found = routes("/users/:user/posts/:post_id/...").find("/users/ada/posts/7%20a/x")
    assert found is not None
    assert dict(found.parameters) == {"user": "ada", "post_id": "7%20a"}


@pytest.mark.parametrize(
    ("raw", "prefix"), [("/a/...", "/a"), ("/...", ""), ("/*", ""), ("/a", "/a"), ("/", "/")]
)
def test_the_route_without_its_wildcard(raw: str, prefix: str) -> None:
    assert Route.parse(raw).prefix == prefix


@pytest.mark.parametrize("raw", ["/a/.../b", "/*/b", "/a/:"])
def test_routes_that_make_no_sense(raw: str) -> None:
    with pytest.raises(ManifestError, match="route"):
        Route.parse(raw)


def test_a_long_path_costs_no_stack() -> None:
    found = routes("/:a/:b/...").find("/x" * 30_000)
    assert found is not None
    assert len(found.path_info) == 2 * 29_998
