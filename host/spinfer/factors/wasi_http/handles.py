"""The kinds of handle that `wasi:http/types` has. `headers` and `trailers` are `fields` under other names."""

from __future__ import annotations

from operator import methodcaller
from typing import Final, cast

from spinfer.bindings.resources import Resource, Resources
from spinfer.factors.wasi_http.fields import Fields

_drop = methodcaller("drop")

FIELDS: Final = Resource("fields")
INCOMING_REQUEST: Final = Resource("incoming-request", _drop)
INCOMING_RESPONSE: Final = Resource("incoming-response", _drop)
INCOMING_BODY: Final = Resource("incoming-body", _drop)
FUTURE_TRAILERS: Final = Resource("future-trailers")
OUTGOING_REQUEST: Final = Resource("outgoing-request", _drop)
OUTGOING_RESPONSE: Final = Resource("outgoing-response", _drop)
OUTGOING_BODY: Final = Resource("outgoing-body", _drop)
REQUEST_OPTIONS: Final = Resource("request-options")
RESPONSE_OUTPARAM: Final = Resource("response-outparam", _drop)
FUTURE_INCOMING_RESPONSE: Final = Resource("future-incoming-response", _drop)

ALL: Final = (
    FIELDS,
    FIELDS.named("headers"),
    FIELDS.named("trailers"),
    INCOMING_REQUEST,
    INCOMING_RESPONSE,
    INCOMING_BODY,
    FUTURE_TRAILERS,
    OUTGOING_REQUEST,
    OUTGOING_RESPONSE,
    OUTGOING_BODY,
    REQUEST_OPTIONS,
    RESPONSE_OUTPARAM,
    FUTURE_INCOMING_RESPONSE,
)


def own_fields(resources: Resources, fields: Fields, parent: int | None = None) -> int:
    """The rep of new `fields`; `parent` is the rep of the message they belong to."""
    return resources.own(FIELDS, fields, parent)


def fields_of(resources: Resources, rep: int) -> Fields:
    return cast(Fields, resources.borrow(rep))
