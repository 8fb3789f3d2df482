"""What one name makes of a loaded file: how it answers, and the form that its answers must have."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from pathlib import Path

from spinfer.errors import ModelError
from spinfer.inference.backends.local import Answering, open_local
from spinfer.inference.backends.on_demand import Opened
from spinfer.inference.engine.llama import BadGrammar
from spinfer.inference.engine.llama.json_schema import to_gbnf, unenforced
from spinfer.inference.engine.load import Loaded, LoadedGenerator

_logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Opening:
    """How a name's requests are answered. At most one of `grammar` and `json_schema`: files."""

    name: str
    answering: Answering
    grammar: Path | None = None
    json_schema: Path | None = None

    def open(self, loaded: Loaded) -> Opened:
        """Raises ModelError: no chat template, or a form that cannot be read or used."""
        backend = open_local(self.name, loaded, self.answering)
        form = self.grammar or self.json_schema
        if form is None or not isinstance(loaded, LoadedGenerator):
            return Opened(backend)
        key = "grammar" if form is self.grammar else "json_schema"
        try:
            text = form.read_text("utf-8")
            gbnf = text if key == "grammar" else self._convert(text)
            loaded.model.grammar(gbnf)
        except OSError as e:
            raise self._unusable(key, form, e.strerror or str(e)) from e
        except (BadGrammar, UnicodeDecodeError) as e:
            raise self._unusable(key, form, str(e)) from e
        return Opened(backend, gbnf)

    def _convert(self, schema: str) -> str:
        gbnf = to_gbnf(schema)
        if left_out := unenforced(schema):
            _logger.warning(
                "%s: model '%s' is not kept to these parts of its `json_schema`: %s",
                self.json_schema,
                self.name,
                ", ".join(left_out),
            )
        return gbnf

    def _unusable(self, key: str, form: Path, reason: str) -> ModelError:
        cure = f"Correct the file, or `{key}` of this model in spinfer.toml."
        if key == "grammar":
            cure += " What llama.cpp could not parse, it has printed above."
        return ModelError(
            f"model '{self.name}': this `{key}` cannot be used: {reason}", where=str(form), cure=cure
        )
