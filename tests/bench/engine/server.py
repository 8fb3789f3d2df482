"""`llama-server` with one model, on a loopback port of its own, and what is asked of it."""

from __future__ import annotations

import http.client
import json
import socket
import subprocess
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any

from bench.engine.ours import Usage
from bench.engine.say import Unmeasurable
from bench.engine.tools import Tools

_PATIENCE_S = 120


class Server:
    """Runs in a `with` block, and is ended by its process. Questions may come from any thread."""

    def __init__(
        self,
        tools: Tools,
        model: Path,
        threads: int,
        *,
        slots: int,
        slot_tokens: int,
        embeds: bool = False,
        unified: bool = False,
    ) -> None:
        self._port = _free_port()
        arguments = [
            *("-m", str(model), "-t", str(threads), "-tb", str(threads)),
            *("--host", "127.0.0.1", "--port", str(self._port), "--offline", "--log-disable"),
            *("--parallel", str(slots), "--ctx-size", str(slots * slot_tokens), "--cache-ram", "0"),
            *([] if tools.repack else ["--no-repack"]),
        ]
        if unified:
            arguments.append("--kv-unified")
        if embeds:  # a text must fit one physical batch: let all of them
            batch = str(slots * slot_tokens)
            arguments += ["--embeddings", "--batch-size", batch, "--ubatch-size", batch]
        self._process = subprocess.Popen(
            [tools.path("llama-server"), *arguments],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        try:
            self._wait_until_ready()
        except BaseException:
            self.close()
            raise

    def __enter__(self) -> Server:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def ask(self, prompt: str, tokens: int, *, cache: bool = False) -> Usage:
        """`tokens` tokens, the likeliest each time. `cache`: from what it has of this prompt already."""
        question = {
            "prompt": prompt,
            "n_predict": tokens,
            "temperature": 0.0,
            "samplers": ["temperature"],
            "ignore_eos": True,
            "cache_prompt": cache,
        }
        answer = self._post("/completion", question)
        # what it found in its cache is not among the evaluated
        prompt_tokens = answer["tokens_evaluated"]
        return Usage(prompt_tokens, answer["tokens_predicted"])

    def embed(self, texts: Sequence[str]) -> Usage:
        """The vectors come in base64, which is quicker for both sides than decimal numbers."""
        answer = self._post("/v1/embeddings", {"input": list(texts), "encoding_format": "base64"})
        assert len(answer["data"]) == len(texts)
        return Usage(answer["usage"]["prompt_tokens"])

    def close(self) -> None:
        self._process.terminate()
        try:
            self._process.wait(10)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()

    def _post(self, path: str, body: Mapping[str, Any]) -> dict[str, Any]:
        connection = http.client.HTTPConnection("127.0.0.1", self._port, timeout=600)
        try:
            connection.request("POST", path, json.dumps(body), {"content-type": "application/json"})
            response = connection.getresponse()
            content = response.read()
        finally:
            connection.close()
        if response.status != 200:
            raise Unmeasurable(f"llama-server answered {response.status}: {content[:200]!r}")
        answer: dict[str, Any] = json.loads(content)
        return answer

    def _wait_until_ready(self) -> None:
        until = time.monotonic() + _PATIENCE_S
        while time.monotonic() < until:
            if self._process.poll() is not None:
                raise Unmeasurable(f"llama-server ended with {self._process.returncode} as it started")
            if self._healthy():
                return
            time.sleep(0.05)
        raise Unmeasurable(f"llama-server was not ready after {_PATIENCE_S} s")

    def _healthy(self) -> bool:
        connection = http.client.HTTPConnection("127.0.0.1", self._port, timeout=5)
        try:
            connection.request("GET", "/health")
            return connection.getresponse().status == 200
        except OSError:
            return False
        finally:
            connection.close()


def _free_port() -> int:
    """One that the system has just given away; it hands the same out again only after many others."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
