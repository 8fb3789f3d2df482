"""Answer questions from documents: a database finds what is nearest in meaning, a language model reads it."""

import json
from struct import pack

from spin_sdk import http, llm, sqlite
from spin_sdk.http import Request, Response
from spin_sdk.sqlite import Connection, Value_Blob, Value_Text

CHAT = "llama2-chat"
EMBEDDING = "all-minilm-l6-v2"
NEAREST = 3
OPTIONS = llm.InferencingParams(max_tokens=200, temperature=0.0)
PROMPT = "Answer the question from these facts.\n\n{facts}\n\nQuestion: {question}"

TABLE = """
CREATE VIRTUAL TABLE IF NOT EXISTS documents
USING vec0(text TEXT PRIMARY KEY, meaning FLOAT[{}] distance_metric=cosine)
"""
SEARCH = f"SELECT text FROM documents WHERE meaning MATCH ? AND k = {NEAREST} ORDER BY distance"


class IncomingHandler(http.IncomingHandler):
    def handle_request(self, request: Request) -> Response:
        lines = (request.body or b"").decode("utf-8", "replace").splitlines()
        texts = sorted({line.strip() for line in lines} - {""})
        match request.method, request.headers["spin-path-info"]:
            case "POST", "/documents" if texts:
                return keep(texts)
            case "POST", "/ask" if texts:
                return ask(" ".join(texts))
        return answer(400, {"error": "POST texts to /documents, one a line, or a question to /ask"})


def keep(texts: list[str]) -> Response:
    vectors = meanings(texts)
    with documents(len(vectors[0])) as database:
        for text, vector in zip(texts, vectors, strict=True):
            database.execute("DELETE FROM documents WHERE text = ?", [Value_Text(text)])
            database.execute("INSERT INTO documents VALUES (?, ?)", [Value_Text(text), blob(vector)])
    return answer(200, {"kept": len(texts)})


def ask(question: str) -> Response:
    (vector,) = meanings([question])
    with documents(len(vector)) as database:
        facts = [row.values[0].value for row in database.execute(SEARCH, [blob(vector)]).rows]
    prompt = PROMPT.format(facts="\n".join(facts), question=question)
    said = llm.infer_with_options(CHAT, prompt, OPTIONS).text.strip()
    return answer(200, {"answer": said, "facts": facts})


def documents(dimensions: int) -> Connection:
    """The database, with the table in it."""
    database = sqlite.open_default()
    database.execute(TABLE.format(dimensions), [])
    return database


def meanings(texts: list[str]) -> list[list[float]]:
    return llm.generate_embeddings(EMBEDDING, texts).embeddings


def blob(vector: list[float]) -> Value_Blob:
    """As sqlite-vec reads vectors: 32-bit floats, one after the other."""
    return Value_Blob(pack(f"<{len(vector)}f", *vector))


def answer(status: int, content: object) -> Response:
    text = json.dumps(content, ensure_ascii=False)
    return Response(status, {"content-type": "application/json"}, f"{text}\n".encode())
