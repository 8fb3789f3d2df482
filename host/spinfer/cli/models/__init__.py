"""`spinfer models`: get models, and see what there is."""

from __future__ import annotations

import click

from spinfer.cli.lazy import LazyGroup

COMMANDS = {
    "pull": "Bring models into the store, where every app finds them.",
    "list": "List the models that apps can use by name.",
    "discover": "List what Ollama, LM Studio and others hold on this machine.",
    "show": "Show what a model is and takes, and who uses it.",
    "check": "Check that models are whole, load and answer.",
    "quantize": "Make a smaller model out of a larger one.",
    "alias": "Give a model another name.",
    "rm": "Remove models.",
    "import": "Convert a sentence-transformers model for an app.",
}
"""Each command's name, which is its module's too, and its line in the help."""


@click.group(cls=LazyGroup, package=__name__, table=COMMANDS)
def models() -> None:
    """Get models for apps to use."""
