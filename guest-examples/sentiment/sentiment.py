"""Tell whether a sentence is positive, negative or neutral: a page to ask, and a language model to answer."""

import json
from urllib.parse import urlsplit

from spin_sdk import http, llm
from spin_sdk.http import Request, Response

MODEL = "llama2-chat"
QUESTION = "Classify the sentiment of this text as positive, negative or neutral: {}"
VERDICTS = ("positive", "negative", "neutral")
GREEDY = llm.InferencingParams(max_tokens=8, temperature=0.0)

PAGES = {"/": ("/index.html", "text/html"), "/style.css": ("/style.css", "text/css")}


class IncomingHandler(http.IncomingHandler):
    def handle_request(self, request: Request) -> Response:
        path = urlsplit(request.uri).path
        if path == "/api/sentiment":
            return judge(request)
        if path in PAGES and request.method == "GET":
            file, kind = PAGES[path]
            with open(file, "rb") as content:
                return Response(200, {"content-type": f"{kind}; charset=utf-8"}, content.read())
        return Response(404, {}, b"")


def judge(request: Request) -> Response:
    """The body is the sentence; the answer is `{"sentiment": "positive"}`."""
    if request.method != "POST":
        return Response(405, {"allow": "POST"}, b"")
    sentence = " ".join((request.body or b"").decode("utf-8", "replace").split())
    if not sentence:
        return answer(400, {"error": "send a sentence as the body"})
    text = llm.infer_with_options(MODEL, QUESTION.format(sentence), GREEDY).text.lower()
    verdict = next((word for word in VERDICTS if word in text), "unsure")
    print(f"{verdict}: {sentence}")
    return answer(200, {"sentiment": verdict})


def answer(status: int, content: object) -> Response:
    return Response(status, {"content-type": "application/json"}, json.dumps(content).encode())
