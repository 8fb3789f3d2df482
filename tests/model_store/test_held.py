"""A source of the hub is not fetched again where some program has: all of them keep to the hub's names."""

from collections.abc import Callable
from pathlib import Path

import pytest

from fakes.ollama_folder import OllamaFolder
from spinfer.config import model_source
from spinfer.model_store.foreign import Surroundings
from spinfer.model_store.local import LocalModels, Located
from spinfer.model_store.store import Store


def write(path: Path) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(b"GGUF")
    return path


def hf_cache(home: Path, kind: str) -> Path:
    return write(home / f".cache/huggingface/hub/models--org--story-GGUF/snapshots/abcd/story-{kind}.gguf")


def lmstudio(home: Path, kind: str) -> Path:
    return write(home / f".lmstudio/models/org/story-GGUF/story-{kind}.gguf")


def llama_cpp(home: Path, kind: str) -> Path:
    return write(home / f".cache/llama.cpp/org_story-GGUF_story-{kind}.gguf")


PROGRAMS = {"Hugging Face cache": hf_cache, "LM Studio": lmstudio, "llama.cpp": llama_cpp}


@pytest.fixture
def find(tmp_path: Path) -> Callable[[str], Located | None]:
    around = Surroundings({"OLLAMA_MODELS": str(tmp_path / "ollama")}, tmp_path)
    return lambda source: LocalModels(Store(tmp_path / "store"), around).of(model_source.parse(source))


@pytest.mark.parametrize("program", PROGRAMS)
def test_a_repository(find: Callable[[str], Located | None], tmp_path: Path, program: str) -> None:
    small, large = (PROGRAMS[program](tmp_path, kind) for kind in ("Q4_K_M", "Q8_0"))
    for source, path in (
        ("hf:org/story-GGUF", small),
        ("hf:org/story-GGUF:Q8_0", large),
        ("hf:org/story-GGUF:story-Q4_K_M.gguf", small),
    ):
        assert find(source) == Located(path, program)
    for source in ("hf:org/story-GGUF:Q2_K", "hf:org/story", "hf:other/story-GGUF", "hf:org/story-GGUF2"):
        assert find(source) is None


def test_a_repository_that_ollama_pulled(find: Callable[[str], Located | None], tmp_path: Path) -> None:
    folder = OllamaFolder(tmp_path / "ollama", old=True)
    blob = folder.blob(b"GGUF")
    layers = {"layers": [{"mediaType": "application/vnd.ollama.image.model", "digest": blob}]}
    folder.manifest("org/story-GGUF/Q8_0", layers, host="hf.co")
    found = find("hf:org/story-GGUF:Q8_0")
    assert found is not None
    assert found.path == folder.blob_path(blob)
    assert find("hf:org/story-GGUF:Q4_K_M") is None
