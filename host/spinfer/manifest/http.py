"""What an HTTP trigger says of itself: its route, its executor, and the response that needs no component."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Annotated, Literal

from pydantic import AfterValidator, Field, PlainValidator

from spinfer.documents.keys import suggestion
from spinfer.documents.table import Table, mistake, quoted

ROUTE_EXAMPLE = 'route = "/hello/..."'
EXECUTOR_EXAMPLE = 'for example: executor = { type = "http" }'


class PrivateRoute(Table):
    """No route: the component is reached by other components only."""

    private: Literal[True]


def _route(value: object) -> str | PrivateRoute:
    match value:
        case PrivateRoute():
            return value
        case str():
            return value if value.startswith("/") else f"/{value}"  # as Spin reads it
        case {"private": True, **rest} if not rest:
            return PrivateRoute(private=True)
    raise mistake(
        f"expected a path or `{{ private = true }}`, got {quoted(value)}", f"for example: {ROUTE_EXAMPLE}"
    )


Route = Annotated[str | PrivateRoute, PlainValidator(_route)]


class ComponentExecutor(Table):
    """The component exports one of the HTTP interfaces; Spin calls this `http`, and once called it `spin`."""

    type: Literal["http"] = "http"


class WagiExecutor(Table):
    """The component is a command that is run once for each request."""

    type: Literal["wagi"] = "wagi"
    entrypoint: str = Field(default="_start", examples=['entrypoint = "_start"'])
    argv: str = Field(default="${SCRIPT_NAME} ${ARGS}", examples=['argv = "${SCRIPT_NAME} ${ARGS}"'])


def _executor(value: object) -> ComponentExecutor | WagiExecutor:
    match value:
        case ComponentExecutor() | WagiExecutor():
            return value
        case {"type": "http" | "spin", **rest}:
            return ComponentExecutor.model_validate(rest)
        case {"type": "wagi"}:
            return WagiExecutor.model_validate(value)
        case {"type": str(kind)}:
            raise mistake(
                f"no executor is called `{kind}`", suggestion(kind, ("http", "spin", "wagi"), "executors")
            )
        case dict():
            raise mistake("its `type` is missing", EXECUTOR_EXAMPLE)
    raise mistake(f"expected a table, got {quoted(value)}", EXECUTOR_EXAMPLE)


Executor = Annotated[ComponentExecutor | WagiExecutor, PlainValidator(_executor)]


def _header_name(name: str) -> str:
    if re.fullmatch(r"[A-Za-z0-9!#$%&'*+.^_`|~-]+", name):
        return name
    raise mistake(f"{quoted(name)} is not the name of a header", 'for example: "cache-control"')


def _header_value(value: str) -> str:
    if re.search(r"[\0\r\n]", value):
        raise mistake("a header's value must be one line", "remove the line break")
    return value


class StaticResponse(Table):
    """A response that the host gives without a component."""

    status_code: int = Field(default=200, ge=100, le=599, examples=["status_code = 404"])
    headers: Mapping[
        Annotated[str, AfterValidator(_header_name)], Annotated[str, AfterValidator(_header_value)]
    ] = Field(default_factory=dict, examples=['headers = { content-type = "text/plain" }'])
    body: str = Field(default="", examples=['body = "Not found"'])
