"""What an app does with its variables: reads them, asks another service with a secret, asks a model."""

from urllib.parse import parse_qs, urlsplit

from spin_sdk import http, llm, variables
from spin_sdk.http import Request, Response
from spin_sdk.wit.types import Err


class IncomingHandler(http.IncomingHandler):
    def handle_request(self, request: Request) -> Response:
        url = urlsplit(request.uri)
        asked = {name: values[0] for name, values in parse_qs(url.query).items()}
        try:
            text = ACTIONS[url.path](**asked)
        except Err as e:
            return Response(418, {}, f"{type(e.value).__name__}: {getattr(e.value, 'value', '')}".encode())
        return Response(200, {}, text.encode())


def read(name: str) -> str:
    return variables.get(name)


def fetch() -> str:
    headers = {"authorization": variables.get("token")}
    return (http.send(Request("GET", variables.get("url"), headers, None)).body or b"").decode()


def ask(prompt: str, model: str = "") -> str:
    done = llm.infer_with_options(
        model or variables.get("model"), prompt, llm.InferencingParams(max_tokens=5)
    )
    return f"{done.text} [{done.usage.prompt_token_count}, {done.usage.generated_token_count}]"


ACTIONS = {"/read": read, "/fetch": fetch, "/ask": ask}
