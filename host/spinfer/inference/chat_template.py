"""The template that a GGUF file carries: one user message → the prompt that the model was trained on.

Templates are Jinja. llama.cpp's C function for them knows a fixed list by their looks, and takes the rest for
something else, so the template itself is run, in Jinja's sandbox.
"""

from __future__ import annotations

import json
from datetime import datetime
from typing import NoReturn

from jinja2 import TemplateError
from jinja2.ext import loopcontrols
from jinja2.sandbox import ImmutableSandboxedEnvironment


class BadTemplate(Exception):
    """The template cannot be used; the text says why."""


class ChatTemplate:
    """Compiled once, rendered from any thread.

    `bos` and `eos` are the texts of those tokens. Where the tokenizer `adds_bos` itself, a BOS that the
    template begins with is taken off, so that there is one. Raises BadTemplate, also for what only shows when
    rendering.
    """

    def __init__(self, source: str, *, bos: str, eos: str, adds_bos: bool) -> None:
        # the options that the templates' authors tested with: those of the transformers library
        environment = ImmutableSandboxedEnvironment(
            trim_blocks=True, lstrip_blocks=True, extensions=[loopcontrols]
        )
        environment.globals.update(raise_exception=_refuse, strftime_now=_now)
        environment.filters["tojson"] = _json
        self._special = {"bos_token": bos, "eos_token": eos}
        self._drop = bos if adds_bos else ""
        try:
            self._template = environment.from_string(source)
        except TemplateError as e:
            raise BadTemplate(str(e)) from e
        self.render("Hello")

    def render(self, message: str) -> str:
        """The prompt for one message of a user, up to where the answer begins."""
        messages = [{"role": "user", "content": message}]
        try:
            text = self._template.render(messages=messages, add_generation_prompt=True, **self._special)
        except (TemplateError, TypeError, ValueError, ArithmeticError) as e:
            raise BadTemplate(str(e)) from e
        return text.removeprefix(self._drop)


def _refuse(message: str) -> NoReturn:
    raise TemplateError(message)


def _json(value: object, indent: int | None = None) -> str:
    """Jinja's own filter of that name escapes for HTML."""
    return json.dumps(value, ensure_ascii=False, indent=indent)


def _now(form: str) -> str:
    return datetime.now().astimezone().strftime(form)
