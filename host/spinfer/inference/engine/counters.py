"""What an engine has done since it began, in numbers that only grow."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(slots=True)
class Counters:
    """Written by the engine's thread alone; EngineThread.counters gives others a copy."""

    steps: int = 0
    """Decodes that succeeded, whatever they held."""
    prompt_tokens: int = 0
    """Computed, of prompts or of texts to embed; those found in the cache are counted apart."""
    cached_prompt_tokens: int = 0
    generated_tokens: int = 0
    embedded_texts: int = 0
    finished: int = 0
    """Requests that were answered; each one that reached the engine ends up as one of these three."""
    cancelled: int = 0
    failed: int = 0
