"""Tokens' bytes → text: whole UTF-8 characters only, and nothing from a stop string on."""

from __future__ import annotations

import codecs


class TextDecoder:
    """The answer of one request, piece by piece. Not for several threads at once.

    A stop string that spans pieces is found all the same, because text that may be its beginning is held
    back until it is known not to be. Of several, the one that is complete first ends the answer, whatever
    pieces the text arrives in.
    """

    def __init__(self, stop: tuple[str, ...] = ()) -> None:
        self._utf8 = codecs.getincrementaldecoder("utf-8")(errors="replace")
        self._stop = stop
        self._held = ""
        self.stopped = False

    def feed(self, data: bytes) -> str:
        """The text that is certain now; "" is a usual answer. After a stop string: always ""."""
        return self._advance(self._utf8.decode(data))

    def finish(self) -> str:
        """What was held back. Half a character at the very end becomes U+FFFD."""
        text = self._advance(self._utf8.decode(b"", final=True))
        if not self.stopped:
            text += self._held
        self._held = ""
        return text

    def _advance(self, text: str) -> str:
        if self.stopped:
            return ""
        text = self._held + text
        if (start := self._find_stop(text)) is not None:
            self.stopped = True
            self._held = ""
            return text[:start]
        certain = len(text) - self._possible_stop(text)
        self._held = text[certain:]
        return text[:certain]

    def _find_stop(self, text: str) -> int | None:
        found = [(start + len(stop), start) for stop in self._stop if (start := text.find(stop)) >= 0]
        return min(found)[1] if found else None

    def _possible_stop(self, text: str) -> int:
        """Length of the longest end of the text that a stop string may begin with."""
        longest = max((len(stop) - 1 for stop in self._stop), default=0)
        for length in range(min(longest, len(text)), 0, -1):
            tail = text[-length:]
            if any(stop.startswith(tail) for stop in self._stop):
                return length
        return 0
