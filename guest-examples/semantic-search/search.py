"""Find texts by what they mean: a language model makes vectors of them, a database finds the nearest."""

import json
from struct import pack
from urllib.parse import parse_qs, urlsplit

from spin_sdk import http, llm, sqlite
from spin_sdk.http import Request, Response
from spin_sdk.sqlite import Connection, Value_Blob, Value_Text

MODEL = "all-minilm-l6-v2"
NEAREST = 3

TABLE = """
CREATE VIRTUAL TABLE IF NOT EXISTS documents
USING vec0(text TEXT PRIMARY KEY, meaning FLOAT[{}] distance_metric=cosine)
"""
SEARCH = f"SELECT text, 1 - distance FROM documents WHERE meaning MATCH ? AND k = {NEAREST} ORDER BY distance"


class IncomingHandler(http.IncomingHandler):
    def handle_request(self, request: Request) -> Response:
        url = urlsplit(request.uri)
        match request.method, url.path:
            case "POST", "/documents":
                return keep((request.body or b"").decode("utf-8", "replace").splitlines())
            case "GET", "/search":
                return search(" ".join(parse_qs(url.query).get("q", [])))
            case _:
                return answer(405, {"error": "POST /documents, or GET /search?q=…"})


def keep(lines: list[str]) -> Response:
    texts = sorted({line.strip() for line in lines} - {""})
    if not texts:
        return answer(400, {"error": "send texts as the body, one a line"})
    vectors = meanings(texts)
    with documents(len(vectors[0])) as database:
        for text, vector in zip(texts, vectors, strict=True):
            database.execute("DELETE FROM documents WHERE text = ?", [Value_Text(text)])
            database.execute("INSERT INTO documents VALUES (?, ?)", [Value_Text(text), blob(vector)])
    return answer(200, {"kept": len(texts)})


def search(question: str) -> Response:
    if not question:
        return answer(400, {"error": "ask with ?q=…"})
    (vector,) = meanings([question])
    with documents(len(vector)) as database:
        found = database.execute(SEARCH, [blob(vector)]).rows
    rows = [[column.value for column in row.values] for row in found]
    return answer(200, [{"likeness": round(likeness, 3), "text": text} for text, likeness in rows])


def documents(dimensions: int) -> Connection:
    """The database, with the table in it."""
    database = sqlite.open_default()
    database.execute(TABLE.format(dimensions), [])
    return database


def meanings(texts: list[str]) -> list[list[float]]:
    return llm.generate_embeddings(MODEL, texts).embeddings


def blob(vector: list[float]) -> Value_Blob:
    """As sqlite-vec reads vectors: 32-bit floats, one after the other."""
    return Value_Blob(pack(f"<{len(vector)}f", *vector))


def answer(status: int, content: object) -> Response:
    text = json.dumps(content, ensure_ascii=False)
    return Response(status, {"content-type": "application/json"}, f"{text}\n".encode())
