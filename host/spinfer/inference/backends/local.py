"""A GGUF file as a Backend: prompts in, text out, through the engine's thread.

Tokenizing, templates and detokenizing happen here, on the caller's thread.
"""

from __future__ import annotations

import logging
import random
import time
from array import array
from collections.abc import Generator
from dataclasses import dataclass

from spinfer.errors import Cancelled, InferenceFailed, InvalidInput, ModelError
from spinfer.inference.backends.local_embedding import LocalEmbedder
from spinfer.inference.cancellation import Cancellation
from spinfer.inference.chat_template import BadTemplate, ChatTemplate
from spinfer.inference.engine.counters import Counters
from spinfer.inference.engine.handle import AlreadyClosed
from spinfer.inference.engine.load import Loaded, LoadedEmbedder, LoadedGenerator
from spinfer.inference.engine.sequence import AT_THE_END, PIECEWISE_S, Ended, Failed, Sequence
from spinfer.inference.engine.text import TextDecoder
from spinfer.inference.engine.tokens import tokenize_up_to
from spinfer.inference.types import (
    Completion,
    EmbeddingRequest,
    Embeddings,
    FinishReason,
    Piece,
    Request,
)

_logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Answering:
    """How one name's requests are answered, however many names share the loaded model."""

    chat: bool = False
    """Prompts are one user message each, put into the file's own template; otherwise they are as they are."""
    stop: tuple[str, ...] = ()
    seed: int | None = None
    truncate: bool = False
    """Embed the beginning of a text that is too long, instead of refusing it."""


def open_local(name: str, loaded: Loaded, answering: Answering) -> LocalGenerator | LocalEmbedder:
    """The Backend for what the file turned out to be. Raises ModelError, as LocalGenerator does."""
    match loaded:
        case LoadedGenerator():
            return LocalGenerator(name, loaded, answering)
        case LoadedEmbedder():
            return LocalEmbedder(name, loaded, truncate=answering.truncate)


class LocalGenerator:
    """A Backend that continues prompts. Raises ModelError where chat is wanted and the file has no template.

    Closing it closes what it was given.
    """

    def __init__(self, name: str, loaded: LoadedGenerator, answering: Answering) -> None:
        self._name = name
        self._loaded = loaded
        self._answering = answering
        self._template = _template(name, loaded) if self._answering.chat else None

    def __repr__(self) -> str:
        return f"<LocalGenerator {self._name}: {self._loaded.path}>"

    def stream(self, request: Request) -> Generator[Piece | Completion, None, None]:
        try:
            yield from self._answer(request)
        except AlreadyClosed as e:
            raise InferenceFailed(f"model '{self._name}' was closed") from e

    def embed(self, request: EmbeddingRequest) -> Embeddings:
        raise InferenceFailed(f"model '{self._name}' generates text; it does not embed it")

    def tokenize(self, prompt: str) -> array[int]:
        """What the model reads for this prompt: chat template, BOS and all. Raises InvalidInput."""
        text = self._wrap(prompt)
        limit, model = self._loaded.context_tokens, self._loaded.model
        found = tokenize_up_to(limit, text, lambda part: model.tokenize(part, special=True))
        if not found.tokens:
            raise InvalidInput(f"the prompt is empty, and model '{self._name}' needs at least one token")
        if found.total > limit:
            raise InvalidInput(
                f"prompt has {found.count} tokens, the context of model '{self._name}' holds {limit}"
            )
        return found.tokens

    @property
    def counters(self) -> Counters:
        """What the loaded model has done so far, under whatever name it was asked; a copy."""
        return self._loaded.thread.counters

    def summary(self) -> str:
        info = self._loaded.model.info
        return (
            f"{info.description}, {self._loaded.context_tokens} tokens of context, from {self._loaded.path}"
        )

    def close(self) -> None:
        self._loaded.close()

    def _answer(self, request: Request) -> Generator[Piece | Completion, None, None]:
        prompt = self.tokenize(request.prompt)
        seed = self._seed(request)
        room = self._loaded.context_tokens - len(prompt)
        if (most := min(request.params.max_tokens, room)) <= 0:
            yield self._report(Completion("", FinishReason.LENGTH, len(prompt), 0, seed=seed))
            return
        hold_back_s = self._hold_back_s(request)
        sequence = Sequence(prompt, request.params, seed, most, time.monotonic(), hold_back_s)
        leave = sequence.outbox.put
        thread = self._loaded.thread
        with (
            thread.submitted(sequence),
            request.cancellation.listening(lambda: leave(Failed(Cancelled("the caller has left")))),
        ):
            try:
                completion = yield from self._pieces(sequence, request.cancellation)
            except (Cancelled, GeneratorExit):
                _logger.info("model '%s': the caller has left", self._name)
                raise
        yield self._report(completion)

    def _wrap(self, prompt: str) -> str:
        try:
            return prompt if self._template is None else self._template.render(prompt)
        except BadTemplate as e:
            raise InferenceFailed(
                f"the chat template of model '{self._name}' refuses this prompt: {e}"
            ) from e

    def _seed(self, request: Request) -> int:
        for seed in (request.seed, self._answering.seed):
            if seed is not None:
                return seed
        return random.getrandbits(31)

    def _hold_back_s(self, request: Request) -> float:
        """A stop string is only seen on this side, so it must be looked for as the tokens come."""
        return PIECEWISE_S if request.streaming or self._answering.stop else AT_THE_END

    def _pieces(self, sequence: Sequence, cancellation: Cancellation) -> Generator[Piece, None, Completion]:
        decoder = TextDecoder(self._answering.stop)
        texts: list[str] = []
        generated = 0
        while True:
            event = sequence.outbox.get()
            cancellation.check()
            if isinstance(event, Failed):
                raise event.error
            used, text = self._decode(decoder, event.tokens)
            generated += used
            if isinstance(event, Ended):
                text += decoder.finish()
            if text:
                texts.append(text)
                yield Piece(text)
                cancellation.check()
            if decoder.stopped:
                sequence.keep = True
                return _completion(sequence, texts, FinishReason.STOP, generated)
            if isinstance(event, Ended):
                return _completion(sequence, texts, event.reason, generated)

    def _decode(self, decoder: TextDecoder, tokens: tuple[int, ...]) -> tuple[int, str]:
        """How many of the tokens belong to the answer, and the text that they complete."""
        text = ""
        for used, token in enumerate(tokens, 1):
            text += decoder.feed(self._loaded.model.piece(token))
            if decoder.stopped:
                return used, text
        return len(tokens), text

    def _report(self, completion: Completion) -> Completion:
        _logger.info(
            "model '%s': %d prompt tokens (%d cached), %d generated, %s, seed %d; "
            "queued %.3f s, first token after %.3f s, decoded in %.3f s",
            self._name,
            completion.prompt_tokens,
            completion.cached_prompt_tokens,
            completion.generated_tokens,
            completion.finish_reason.value,
            completion.seed,
            completion.timings.queued_s,
            completion.timings.first_token_s,
            completion.timings.decode_s,
        )
        return completion


def _template(name: str, loaded: LoadedGenerator) -> ChatTemplate:
    info = loaded.model.info
    cure = 'Write `prompt = "raw"` for this model in spinfer.toml.'
    if info.chat_template is None:
        raise ModelError(f"model '{name}': the file has no chat template", where=str(loaded.path), cure=cure)
    try:
        return ChatTemplate(info.chat_template, bos=info.bos, eos=info.eos, adds_bos=info.adds_bos)
    except BadTemplate as e:
        what = f"model '{name}': the file's chat template cannot be used ({e})"
        raise ModelError(what, where=str(loaded.path), cure=cure) from e


def _completion(sequence: Sequence, texts: list[str], reason: FinishReason, generated: int) -> Completion:
    return Completion(
        text="".join(texts),
        finish_reason=reason,
        prompt_tokens=sequence.prompt_length,
        generated_tokens=generated,
        cached_prompt_tokens=sequence.cached_prompt_tokens,
        seed=sequence.seed,
        timings=sequence.timings,
        tokens=tuple(sequence.tokens[sequence.prompt_length : sequence.prompt_length + generated]),
    )
