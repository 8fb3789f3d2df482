"""A key-value store, an SQLite database and files behind HTTP, with nothing but Spin's SDK."""

import json
from pathlib import Path
from urllib.parse import urlsplit

from spin_sdk import key_value, sqlite
from spin_sdk.http import IncomingHandler, Request, Response
from spin_sdk.sqlite import Value_Blob, Value_Integer, Value_Text
from spin_sdk.wit.types import Err


class IncomingHandler(IncomingHandler):
    def handle_request(self, request: Request) -> Response:
        _, kind, *rest = urlsplit(request.uri).path.removeprefix("/poor").split("/")
        try:
            return Response(200, {}, ANSWERS[kind](request, *rest))
        except Err as e:
            name = type(e.value).__name__
            return Response(500, {}, f"{name}: {getattr(e.value, 'value', '')}".encode())


def key(request: Request, name: str) -> bytes:
    with key_value.open_default() as store:
        if request.method == "POST":
            store.set(name, request.body or b"")
        return store.get(name) or b"nothing"


def keys(_request: Request) -> bytes:
    with key_value.open_default() as store:
        return json.dumps(sorted(store.get_keys())).encode()


def sql(request: Request) -> bytes:
    with sqlite.open_default() as db:
        given = request.headers.get("x-text")
        result = db.execute(request.body.decode(), [Value_Text(given)] if given else [])
    rows = [[getattr(value, "value", None) for value in row.values] for row in result.rows]
    return json.dumps([result.columns, rows], default=bytes.decode).encode()


def types(_request: Request) -> bytes:
    with sqlite.open_default() as db:
        given = [Value_Integer(7), Value_Blob(b"\0\1")]
        return str(db.execute("SELECT ?, ?", given).rows[0].values == given).encode()


def file(request: Request, name: str) -> bytes:
    path = Path("/notes", name)
    if request.method == "POST":
        path.write_bytes(request.body or b"")
    return path.read_bytes()


ANSWERS = {"key": key, "keys": keys, "sql": sql, "types": types, "file": file}
