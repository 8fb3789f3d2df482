"""What an OpenAI-compatible server sends back for a completion: events of a stream, or one table. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from spinfer.inference.remote import reading
from spinfer.inference.remote.reading import Unreadable
from spinfer.inference.types import Completion, FinishReason, Request

DONE = "[DONE]"
"""The data of the event after the last."""


class BrokenOff(Exception):
    """The server ends its stream with an error; the text is its own."""


@dataclass(slots=True)
class Tally:
    """What is known of an answer so far."""

    pieces: list[str] = field(default_factory=list)
    """Those with text, which are roughly its tokens."""
    finish: str | None = None
    usage: Mapping[str, object] | None = None

    def add(self, event: Mapping[str, object]) -> str:
        """Take in a stream's event, or a whole answer; its text. Raises Unreadable or BrokenOff."""
        match event:
            case {"error": {"message": str(said)}} | {"error": str(said)}:
                raise BrokenOff(said)
        if isinstance(usage := event.get("usage"), Mapping):
            self.usage = usage
        match event.get("choices"):
            case [Mapping() as choice, *_]:
                return self._add(choice)
            case []:
                return ""
        raise Unreadable("no choices")

    def completion(self, request: Request, seed: int | None) -> Completion:
        """What it all comes to; numbers that the server does not give are estimated, or 0."""
        cached = self.usage.get("prompt_tokens_details") if self.usage else None
        nothing = request.params.max_tokens == 0
        generated = reading.count(self.usage, "completion_tokens")
        prompt = reading.count(self.usage, "prompt_tokens") or 0
        cut = nothing or self.finish == "length"
        return Completion(
            text="" if nothing else "".join(self.pieces),
            finish_reason=FinishReason.LENGTH if cut else FinishReason.STOP,
            prompt_tokens=prompt,
            generated_tokens=0 if nothing else len(self.pieces) if generated is None else generated,
            cached_prompt_tokens=min(reading.count(cached, "cached_tokens") or 0, prompt),
            seed=seed or 0,
        )

    def _add(self, choice: Mapping[str, object]) -> str:
        if isinstance(finish := choice.get("finish_reason"), str):
            self.finish = finish
        match choice:
            case {"delta": {"content": str(said)}} | {"message": {"content": str(said)}}:
                piece = reading.text(said)
            case {"text": str(said)}:
                piece = reading.text(said)
            case _:  # a role, a tool, a thought
                return ""
        if piece:
            self.pieces.append(piece)
        return piece
