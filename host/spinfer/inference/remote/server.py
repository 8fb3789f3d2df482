"""One model's server: sends it JSON, and turns whatever goes wrong into an InferenceError.

A guest reads why its own request cannot be answered; addresses and what concerns the operator are in the log.
"""

from __future__ import annotations

import json
import logging
import re
from collections.abc import Iterator
from contextlib import contextmanager

from spinfer.config.remote import RemoteConfig
from spinfer.errors import Busy, InferenceError, InferenceFailed, InvalidInput, ModelNotSupported
from spinfer.inference.cancellation import Cancellation
from spinfer.inference.remote.key import bearer, redacted
from spinfer.web.client import Answer, Interrupted, Question, WebClient, WebFailure

MAX_SAID = 500
"""Characters of a server's own words that are passed on."""

log = logging.getLogger(__name__)


class Refused(Exception):
    """The server answers with an error: `said` is its own sentence, `code` its word for it."""

    def __init__(self, status: int, said: str, code: str) -> None:
        super().__init__(f"status {status}: {said}")
        self.status = status
        self.said = said
        self.code = code


class Server:
    """Where one model is asked. Any thread; `closing` ends every question."""

    def __init__(self, model: str, config: RemoteConfig, web: WebClient, closing: Cancellation) -> None:
        """`model`: what guests call it, in messages."""
        self._model = model
        self._config = config
        self._web = web
        self._closing = closing
        self._said = ""

    def __repr__(self) -> str:
        return f"<Server {self._config.url}>"

    @contextmanager
    def post(self, path: str, content: object, cancellation: Cancellation) -> Iterator[Answer]:
        """The answer, of status 200; reading it in the block may fail as well.

        Raises Refused, InferenceFailed, or Cancelled.
        """
        question = Question(
            "POST",
            self._config.url + path,
            {"content-type": "application/json", **bearer(self._config)},
            json.dumps(content).encode(),
            silence_s=self._config.timeout_s,
        )
        try:
            with self._web.ask(question, cancellation, self._closing) as answer:
                if answer.status != 200:
                    raise Refused(answer.status, *self._error(answer.read()))
                yield answer
        except WebFailure as e:
            self.report(f"{question.url}: {e}")
            raise InferenceFailed(f"model '{self._model}' could not be asked; the host's log says why") from e
        except Interrupted as e:
            cancellation.check()
            raise InferenceFailed(f"model '{self._model}' was closed") from e

    def failed(self, refused: Refused, path: str) -> InferenceError:
        """What a refusal is to the guest; the log hears of what the operator must mend."""
        status = refused.status
        match status:
            case 404 if "model" in refused.said.lower() or refused.code == "model_not_found":
                self.report(f"{self._config.url}: it has no such model: {refused.said}")
                return ModelNotSupported(f"the server of model '{self._model}' does not have it")
            case 400 | 413 | 422:
                return InvalidInput(refused.said or f"the server of model '{self._model}' refuses it")
            case 429 | 503:
                return Busy(f"the server of model '{self._model}' is busy: try again later")
            case 401 | 403:
                self.report(f"{self._config.url}: it refuses the key ({status}): see `key` of the model")
            case _:
                self.report(f"{self._config.url}{path}: it answers with {refused}")
        return InferenceFailed(f"model '{self._model}' could not be asked; the host's log says why")

    def nonsense(self, path: str) -> InferenceFailed:
        """For an answer that is not what the API promises."""
        self.report(f"{self._config.url}{path}: this is no answer of the API `{self._config.api}`")
        return InferenceFailed(f"model '{self._model}' gave an answer that cannot be read")

    def report(self, what: str) -> None:
        """To the operator, unless it was the last thing said: guests may ask in a loop."""
        shown = self._shown(what)
        if shown != self._said:
            self._said = shown
            log.warning("model '%s': %s", self._model, shown)

    def _shown(self, text: str) -> str:
        """A server's words for a terminal: short, on one line, without the key."""
        said = redacted(" ".join(text.split()), self._config)
        return re.sub(r"[^\x20-\x7e\xa0-\U0010ffff]", "\ufffd", said)[:MAX_SAID]

    def _error(self, content: bytes) -> tuple[str, str]:
        """The server's sentence and its code, from one of the forms in use."""
        text = content[: 4 * MAX_SAID].decode("utf-8", "replace")
        code: object = None
        try:
            parsed = json.loads(content)
        except (ValueError, RecursionError):
            parsed = None
        match parsed:
            case {"error": {"message": str(text), **more}}:
                code = more.get("code") or more.get("type")
            case {"error": str(text)} | {"message": str(text)} | {"detail": str(text)}:
                pass
        return self._shown(text), str(code or "")
