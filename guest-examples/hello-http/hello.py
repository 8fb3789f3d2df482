"""Greet whoever asks, by the name in the path."""

from urllib.parse import unquote

from spin_sdk import http
from spin_sdk.http import Request, Response


class IncomingHandler(http.IncomingHandler):
    def handle_request(self, request: Request) -> Response:
        name = unquote(request.headers["spin-path-match-name"])
        return Response(200, {"content-type": "text/plain; charset=utf-8"}, f"Hello, {name}!\n".encode())
