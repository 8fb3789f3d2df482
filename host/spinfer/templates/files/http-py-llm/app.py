"""Answer the question in a request's body, with a language model."""

from spin_sdk import http, llm
from spin_sdk.http import Request, Response
from spin_sdk.wit.types import Err

MODEL = "llama2-chat"
OPTIONS = llm.InferencingParams(max_tokens=200, temperature=0.0)


class IncomingHandler(http.IncomingHandler):
    def handle_request(self, request: Request) -> Response:
        question = (request.body or b"").decode("utf-8", "replace").strip()
        if not question:
            return text(400, "Send a question as the body.")
        try:
            return text(200, llm.infer_with_options(MODEL, question, OPTIONS).text.strip())
        except Err as failure:
            print(f"no answer: {failure.value}")
            return text(500, "The model gave no answer.")


def text(status: int, content: str) -> Response:
    return Response(status, {"content-type": "text/plain; charset=utf-8"}, f"{content}\n".encode())
