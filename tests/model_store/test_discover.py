"""Models of LM Studio, the Hugging Face cache and llama.cpp, in folders as those make them."""

import json
from pathlib import Path

import pytest

from spinfer.errors import ModelError
from spinfer.model_store import discover, hf_cache, lmstudio
from spinfer.model_store.foreign import ForeignModel, Surroundings


def write(path: Path, content: bytes = b"GGUF") -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    return path


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return tmp_path / "home"


@pytest.fixture
def around(home: Path) -> Surroundings:
    return Surroundings({"OLLAMA_MODELS": str(home / "none")}, home)


def sources(around: Surroundings) -> list[str]:
    return [model.source for model in discover.models(around)]


class TestLMStudio:
    def test_a_model_where_it_lies(self, home: Path, around: Surroundings) -> None:
        path = write(home / ".lmstudio/models/org/Story-1B-GGUF/Story-1B-Q4_K_M.gguf")
        source = "lmstudio:org/Story-1B-GGUF/Story-1B-Q4_K_M.gguf"
        model = ForeignModel("LM Studio", source, path, 4)
        assert discover.models(around) == (model,)
        for name in (
            "org/Story-1B-GGUF/Story-1B-Q4_K_M.gguf",
            "org/story-1b-gguf",
            "org/Story-1B-GGUF:q4_k_m",
            "story-1b",
            "Story-1B-GGUF",
            "story-1b-q4_k_m",
        ):
            assert discover.resolve(f"lmstudio:{name}", around) == model

    def test_a_name_of_several(self, home: Path, around: Surroundings) -> None:
        for kind in ("Q4_K_M", "Q8_0"):
            write(home / f".lmstudio/models/org/story/story-{kind}.gguf")
        with pytest.raises(ModelError, match="2 models that are called `org/story`") as caught:
            lmstudio.find("org/story", around)
        assert "`lmstudio:org/story/story-Q8_0.gguf`" in str(caught.value)
        assert lmstudio.find("org/story:Q8_0", around).path.name == "story-Q8_0.gguf"

    @pytest.mark.parametrize("name", ["", "other", "../../x", "org", "story:Q2_K"])
    def test_what_is_not_there(self, home: Path, around: Surroundings, name: str) -> None:
        write(home / ".lmstudio/models/org/story/story-Q8_0.gguf")
        with pytest.raises(ModelError, match="LM Studio has no model") as caught:
            lmstudio.find(name, around)
        assert "It has `lmstudio:org/story/story-Q8_0.gguf`" in str(caught.value)

    def test_folders_that_its_user_moved(self, home: Path, around: Surroundings) -> None:
        write(home / ".lmstudio-home-pointer", f"{home / 'moved'}\n".encode())
        write(home / "moved/models/org/one/one.gguf")
        write(home / "moved/settings.json", json.dumps({"downloadsFolder": str(home / "disk")}).encode())
        write(home / "disk/org/two/two.gguf")
        write(home / ".cache/lm-studio/models/org/three/three.gguf")
        assert sources(around) == [
            "lmstudio:org/two/two.gguf",
            "lmstudio:org/one/one.gguf",
            "lmstudio:org/three/three.gguf",
        ]

    @pytest.mark.parametrize("settings", [b"", b"[]", b"{", b'{"downloadsFolder": 1}', b"\xff"])
    def test_damaged_settings(self, home: Path, around: Surroundings, settings: bytes) -> None:
        write(home / ".lmstudio/settings.json", settings)
        write(home / ".lmstudio-home-pointer", b"\xff")
        write(home / ".lmstudio/models/org/one/one.gguf")
        assert sources(around) == ["lmstudio:org/one/one.gguf"]

    def test_what_is_no_model_of_its_own(self, home: Path, around: Surroundings) -> None:
        folder = home / ".lmstudio/models/org/big"
        write(folder / "mmproj-big-f16.gguf")
        write(folder / "big.gguf.part")
        for n in (1, 2, 3):
            write(folder / f"big-Q8_0-{n:05}-of-00003.gguf", b"GGUF" * n)
        (model,) = discover.models(around)
        assert model.path.name == "big-Q8_0-00001-of-00003.gguf"
        assert model.bytes == 4 * (1 + 2 + 3)


class TestHuggingFaceCache:
    def fill(self, hub: Path, repository: str, revision: str, file: str, content: bytes = b"GGUF") -> Path:
        """As huggingface_hub does: a link to a blob, for each revision."""
        folder = hub / f"models--{repository.replace('/', '--')}"
        blob = write(folder / "blobs" / f"{revision}-{Path(file).name}", content)
        link = folder / "snapshots" / revision / file
        link.parent.mkdir(parents=True, exist_ok=True)
        link.symlink_to(blob)
        return link

    def test_models_of_the_current_revision(self, home: Path, around: Surroundings) -> None:
        hub = home / ".cache/huggingface/hub"
        self.fill(hub, "org/story-GGUF", "aaaa", "story-Q8_0.gguf")
        path = self.fill(hub, "org/story-GGUF", "bbbb", "story-Q4_K_M.gguf", b"GGUF!")
        self.fill(hub, "org/story-GGUF", "bbbb", "README.md")
        write(hub / "models--org--story-GGUF/refs/main", b"bbbb")
        model = ForeignModel("Hugging Face cache", "hf:org/story-GGUF:story-Q4_K_M.gguf", path, 5)
        assert discover.models(around) == (model,)
        assert set(hf_cache.files("org/story-GGUF", around)) == {"story-Q4_K_M.gguf", "README.md"}

    def test_folders_that_its_variables_name(self, home: Path) -> None:
        for variables, hub in (
            ({"HF_HUB_CACHE": f"{home}/a"}, home / "a"),
            ({"HUGGINGFACE_HUB_CACHE": "~/b"}, home / "b"),
            ({"HF_HOME": f"{home}/c"}, home / "c/hub"),
            ({"XDG_CACHE_HOME": f"{home}/d"}, home / "d/huggingface/hub"),
        ):
            self.fill(hub, "org/x", "r", "sub/x.gguf")
            around = Surroundings({**variables, "OLLAMA_MODELS": "/none"}, home)
            assert sources(around) == ["hf:org/x:sub/x.gguf"]

    def test_a_blob_that_is_gone(self, home: Path, around: Surroundings) -> None:
        link = self.fill(home / ".cache/huggingface/hub", "org/x", "r", "x.gguf")
        link.resolve().unlink()
        assert sources(around) == []
        assert hf_cache.files("org/x", around) == {}

    @pytest.mark.parametrize("repository", ["", "x", "../..", "org/", "a/b/c", "org/other", "a/\0", "./x"])
    def test_what_was_never_fetched(self, home: Path, around: Surroundings, repository: str) -> None:
        self.fill(home / ".cache/huggingface/hub", "org/x", "r", "x.gguf")
        assert hf_cache.files(repository, around) == {}


def test_what_llama_cpp_downloaded(home: Path, around: Surroundings) -> None:
    path = write(home / ".cache/llama.cpp/org_story_story-Q4_K_M.gguf")
    write(home / ".cache/llama.cpp/org_story_story-Q4_K_M.gguf.json")
    assert discover.models(around) == (ForeignModel("llama.cpp", str(path), path, 4),)
    elsewhere = write(home / "elsewhere/x.gguf")
    assert sources(Surroundings({"LLAMA_CACHE": str(elsewhere.parent)}, home)) == [str(elsewhere)]


def test_a_source_of_another_kind(around: Surroundings) -> None:
    assert discover.is_foreign("ollama:x")
    assert not discover.is_foreign("hf:x")
    with pytest.raises(ModelError, match="kept by no program that is known"):
        discover.resolve("hf:x", around)
