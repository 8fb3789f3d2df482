"""Servers of language models on loopback: the two remote APIs, before any Backend."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field

from fakes.http_servers import Server, head_of, serving
from spinfer.errors import Cancelled, InferenceError, InvalidInput
from spinfer.inference.backend import Backend
from spinfer.inference.cancellation import Cancellation
from spinfer.inference.types import Completion, EmbeddingRequest, Piece, Request, SamplingParams


@dataclass(frozen=True)
class Asked:
    """One request as it arrived."""

    target: str
    head: str
    content: dict


@dataclass
class ModelServer:
    """Answers both APIs with `backend`; refuses to know the parameters in `unknown`."""

    backend: Backend
    unknown: frozenset[str] = frozenset()
    asked: list[Asked] = field(default_factory=list)
    ended_early: list[str] = field(default_factory=list)
    """Targets whose caller went away in the middle."""

    async def script(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while True:
            head = (await head_of(reader)).decode()
            length = next(
                int(line.partition(":")[2])
                for line in head.splitlines()
                if line.lower().startswith("content-length")
            )
            asked = Asked(head.split()[1], head, json.loads(await reader.readexactly(length)))
            self.asked.append(asked)
            unknown = sorted(self.unknown & asked.content.keys())
            if unknown:
                said = f"Unrecognized request argument supplied: {', '.join(unknown)}"
                writer.write(_json(400, {"error": {"message": said, "type": "invalid_request_error"}}))
                continue
            try:
                await self._answer(asked, reader, writer)
            except InferenceError as e:
                status = 400 if isinstance(e, InvalidInput) else 500
                writer.write(_json(status, {"error": {"message": str(e)}}))
            await writer.drain()

    async def _answer(self, asked: Asked, reader, writer) -> None:
        content = asked.content
        match asked.target.rpartition("/v1")[2]:
            case "/infer":
                done = await self._whole(_spin_request(content), reader)
                usage = {
                    "promptTokenCount": done.prompt_tokens,
                    "generatedTokenCount": done.generated_tokens,
                }
                writer.write(_json(200, {"text": done.text, "usage": usage}))
            case "/embed":
                found = await asyncio.to_thread(self.backend.embed, EmbeddingRequest(tuple(content["input"])))
                usage = {"promptTokenCount": found.prompt_tokens}
                writer.write(_json(200, {"embeddings": found.vectors.tolist(), "usage": usage}))
            case "/embeddings":
                found = await asyncio.to_thread(self.backend.embed, EmbeddingRequest(tuple(content["input"])))
                rows = [
                    {"index": n, "embedding": [2 * x for x in row.tolist()]}
                    for n, row in enumerate(found.vectors)
                ]
                usage = {"prompt_tokens": found.prompt_tokens}
                writer.write(_json(200, {"data": rows[::-1], "usage": usage}))
            case "/chat/completions" | "/completions":
                await self._completion(asked, reader, writer)
            case target:
                writer.write(_json(404, {"error": {"message": f"no {target} here"}}))

    async def _completion(self, asked: Asked, reader, writer) -> None:
        request, chat = _open_ai_request(asked.content), "messages" in asked.content
        if not asked.content.get("stream"):
            done = await self._whole(request, reader)
            body = {"message": {"content": done.text}} if chat else {"text": done.text}
            choice = {**body, "finish_reason": done.finish_reason.value}
            writer.write(_json(200, {"choices": [choice], "usage": _usage(done)}))
            return
        events = self._events(request, reader)
        first = await anext(events)
        writer.write(
            b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream; charset=utf-8\r\n"
            b"transfer-encoding: chunked\r\n\r\n"
        )
        try:
            await self._stream(first, events, writer, chat=chat)
        except (Cancelled, ConnectionError):  # seen while the next piece is made, or while one is sent
            self.ended_early.append(asked.target)
            raise ConnectionError from None

    async def _stream(self, first, events, writer, *, chat: bool) -> None:
        event = first
        while isinstance(event, Piece):
            delta = {"delta": {"content": event.text}} if chat else {"text": event.text}
            _send(writer, {"choices": [{"index": 0, **delta, "finish_reason": None}], "usage": None})
            await writer.drain()
            event = await anext(events)
        last = {"delta": {}} if chat else {"text": ""}
        _send(writer, {"choices": [{"index": 0, **last, "finish_reason": event.finish_reason.value}]})
        _send(writer, {"choices": [], "usage": _usage(event)})
        writer.write(_chunk(b"data: [DONE]\n\n") + b"0\r\n\r\n")

    async def _whole(self, request: Request, reader) -> Completion:
        async for event in self._events(request, reader):
            if isinstance(event, Completion):
                return event
        raise AssertionError

    async def _events(self, request: Request, reader) -> AsyncIterator[Piece | Completion]:
        """The backend's stream; a caller that hangs up cancels it. Nobody sends before it is answered."""

        async def watch() -> None:
            with suppress(ConnectionError):
                assert not await reader.read(1)
            request.cancellation.cancel()

        stream = self.backend.stream(request)
        watching = asyncio.ensure_future(watch())
        try:
            while (event := await asyncio.to_thread(next, stream, None)) is not None:
                if isinstance(event, Completion):
                    await _ended(watching)
                yield event
        finally:
            await _ended(watching)


@contextmanager
def model_server(backend: Backend, *unknown: str) -> Iterator[tuple[ModelServer, Server]]:
    served = ModelServer(backend, frozenset(unknown))
    with serving(served.script) as server:
        yield served, server


async def _ended(task: asyncio.Future) -> None:
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)


def _spin_request(content: dict) -> Request:
    options = content["options"]
    params = SamplingParams(
        max_tokens=options["maxTokens"],
        repeat_penalty=options["repeatPenalty"],
        repeat_penalty_last_n_token_count=options["repeatPenaltyLastNTokenCount"],
        temperature=options["temperature"],
        top_k=options["topK"],
        top_p=options["topP"],
    )
    return Request(content["prompt"], params, cancellation=Cancellation())


def _open_ai_request(content: dict) -> Request:
    prompt = content["prompt"] if "prompt" in content else content["messages"][0]["content"]
    limit = content.get("max_tokens", content.get("max_completion_tokens", 1000))
    params = SamplingParams(max_tokens=limit, temperature=content.get("temperature", 1.0))
    return Request(prompt, params, seed=content.get("seed"), cancellation=Cancellation())


def _usage(done: Completion) -> dict:
    return {
        "prompt_tokens": done.prompt_tokens,
        "completion_tokens": done.generated_tokens,
        "prompt_tokens_details": {"cached_tokens": done.cached_prompt_tokens},
    }


def _json(status: int, content: dict) -> bytes:
    body = json.dumps(content).encode()
    head = f"HTTP/1.1 {status} S\r\ncontent-type: application/json\r\ncontent-length: {len(body)}\r\n\r\n"
    return head.encode() + body


def _send(writer: asyncio.StreamWriter, event: dict) -> None:
    writer.write(_chunk(f"data: {json.dumps(event)}\n\n".encode()))


def _chunk(data: bytes) -> bytes:
    return f"{len(data):x}\r\n".encode() + data + b"\r\n"
