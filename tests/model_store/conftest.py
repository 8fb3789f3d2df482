"""A hub, and machines without any models."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import huggingface_hub.constants
import pytest

from fakes.hub import Hub, hub


@pytest.fixture(scope="module")
def running_hub() -> Iterator[Hub]:
    with hub() as running:
        yield running


@pytest.fixture
def server(running_hub: Hub, monkeypatch: pytest.MonkeyPatch) -> Hub:
    """As new, and what huggingface_hub asks."""
    running_hub.ranges = running_hub.validators = True
    for each in (running_hub.repositories, running_hub.files, running_hub.faults, running_hub.asked):
        each.clear()
    monkeypatch.setattr(huggingface_hub.constants, "ENDPOINT", running_hub.url)
    template = running_hub.url + "/{repo_id}/resolve/{revision}/{filename}"
    monkeypatch.setattr(huggingface_hub.constants, "HUGGINGFACE_CO_URL_TEMPLATE", template)
    monkeypatch.setattr(huggingface_hub.constants, "HF_HUB_OFFLINE", False)
    return running_hub


@pytest.fixture
def bare(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A home without models or tokens, by the variables that say where those are; its folder."""
    home = tmp_path / "home"
    home.mkdir()
    monkeypatch.setenv("HOME", str(home))
    for variable in ("HF_TOKEN", "HUGGING_FACE_HUB_TOKEN", "HF_HOME", "HF_HUB_CACHE", "XDG_CACHE_HOME"):
        monkeypatch.delenv(variable, raising=False)
    monkeypatch.setenv("OLLAMA_MODELS", str(home / "ollama"))
    monkeypatch.setattr(huggingface_hub.constants, "HF_TOKEN_PATH", str(home / "token"))
    return home
