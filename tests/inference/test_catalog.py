from __future__ import annotations

import logging
import shutil
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from spinfer.builtin import CHAT_MODEL
from spinfer.config.models import MockConfig, ModelConfig
from spinfer.errors import InferenceFailed, ModelError, ModelNotSupported
from spinfer.inference.backend import infer
from spinfer.inference.catalog import Catalog
from spinfer.inference.types import EmbeddingRequest, FinishReason, Request, SamplingParams

SHORT = SamplingParams(temperature=0, max_tokens=5)
MOCK = ModelConfig(mock=MockConfig(default="scripted"))

Make = Callable[..., Catalog]


@pytest.fixture
def catalog() -> Iterator[Make]:
    made: list[Catalog] = []

    def make(folder: Path | None = None, **table: ModelConfig) -> Catalog:
        made.append(Catalog(table, folder))
        return made[-1]

    yield make
    for each in made:
        each.close()


@pytest.fixture
def folder(tmp_path: Path, tiny_llama: Path) -> Path:
    found = tmp_path / "ai-models"
    found.mkdir()
    shutil.copy(tiny_llama, found / "found.gguf")
    return found


def test_the_table_then_the_folder_then_any(catalog: Make, folder: Path, tiny_bert: Path) -> None:
    one = catalog(folder, **{"named": ModelConfig(path=tiny_bert), "*": MOCK})
    assert one.where("named") == str(tiny_bert)
    assert one.where("found") == str(folder / "found.gguf")
    assert one.where("anything") == "mock"
    assert infer(one.get("anything"), Request("x")).text == "scripted"
    assert infer(one.get("found"), Request("the cat", SHORT)).generated_tokens == 5
    assert one.get("named").embed(EmbeddingRequest(("a",))).vectors.shape == (1, 32)


def test_the_table_goes_before_the_folder(catalog: Make, folder: Path) -> None:
    assert catalog(folder, found=MOCK).where("found") == "mock"


def test_a_name_that_nobody_serves(catalog: Make, folder: Path) -> None:
    one = catalog(folder, known=MOCK)
    assert not one.serves("llama2-chat")
    assert one.where("llama2-chat") is None
    with pytest.raises(ModelNotSupported, match="there is no model 'llama2-chat'"):
        one.get("llama2-chat")
    (problem,) = one.check(["known", "llama2-chat"])
    assert str(problem) == (
        "there is no model 'llama2-chat' (configured: 'known')\n"
        '  To add it: write [models."llama2-chat"] with path = "….gguf" or builtin = true into spinfer.toml; '
        f"or put the model file at {folder}/llama2-chat.gguf; or pass --model 'llama2-chat=path.gguf'."
    )


def test_the_star_is_not_a_name(catalog: Make) -> None:
    assert catalog(**{"*": MOCK}).serves("*"), "whoever is called that is served as everybody is"
    assert not catalog().serves("*")


def test_what_shows_without_loading(catalog: Make, tmp_path: Path, tiny_llama: Path) -> None:
    text = tmp_path / "text.gguf"
    text.write_text("not a model")
    one = catalog(
        good=ModelConfig(path=tiny_llama),
        gone=ModelConfig(path=tmp_path / "gone.gguf"),
        text=ModelConfig(path=text),
    )
    problems = one.check(["good", "gone", "text"])
    assert [problem.what for problem in problems] == [
        "model 'gone': there is no such file",
        "model 'text': this is not a GGUF file",
    ]


def test_names_of_one_file_share_the_model(catalog: Make, tiny_llama: Path) -> None:
    plain, again = ModelConfig(path=tiny_llama), ModelConfig(path=tiny_llama, seed=4, stop=("x",))
    other = ModelConfig(path=tiny_llama, context_tokens=64)
    one = catalog(plain=plain, again=again, other=other)
    before = threading.active_count()
    backends = [one.load(name) for name in ("plain", "again", "other", "plain")]
    assert threading.active_count() == before + 2, "one engine for two names, one for other settings"
    assert backends[0] is backends[3]
    assert infer(backends[1], Request("the", SHORT)).seed == 4
    one.close()
    assert threading.active_count() == before


def test_concurrent_first_calls_load_once(
    catalog: Make, tiny_llama: Path, caplog: pytest.LogCaptureFixture
) -> None:
    one = catalog(m=ModelConfig(path=tiny_llama))
    got: list[object] = []
    with caplog.at_level(logging.INFO, "spinfer.inference.engine.load"):
        threads = [threading.Thread(target=lambda: got.append(one.load("m"))) for _ in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert len(set(map(id, got))) == 1
    assert len(caplog.records) == 1


def test_a_model_that_cannot_be_loaded_is_tried_again_when_the_file_changes(
    catalog: Make, tmp_path: Path, tiny_llama: Path, caplog: pytest.LogCaptureFixture
) -> None:
    path = tmp_path / "m.gguf"
    path.write_bytes(tiny_llama.read_bytes()[:5000])
    one = catalog(m=ModelConfig(path=path))
    with pytest.raises(ModelError) as first:
        one.load("m")
    with pytest.raises(ModelError) as second:
        one.load("m")
    assert second.value is first.value
    with pytest.raises(InferenceFailed, match=r"^model 'm' could not be loaded; the host's log says why$"):
        infer(one.get("m"), Request("the", SHORT))
    assert caplog.records[-1].getMessage() == str(first.value)
    shutil.copy(tiny_llama, path)
    assert infer(one.get("m"), Request("the", SHORT)).generated_tokens == 5


def test_a_file_that_appears_is_found(catalog: Make, folder: Path, tiny_llama: Path) -> None:
    one = catalog(folder)
    assert not one.serves("later")
    shutil.copy(tiny_llama, folder / "later.gguf")
    assert infer(one.get("later"), Request("the", SHORT)).generated_tokens == 5


def test_settings_reach_the_model(catalog: Make, tiny_llama: Path) -> None:
    one = catalog(
        m=ModelConfig(path=tiny_llama, context_tokens=30, prompt="chat", seed=8),
        raw=ModelConfig(path=tiny_llama, prompt="raw"),
    )
    completion = infer(one.get("m"), Request("x" * 14, SamplingParams(max_tokens=100, temperature=0)))
    assert completion.prompt_tokens > infer(one.get("raw"), Request("x" * 14, SHORT)).prompt_tokens
    assert completion.prompt_tokens + completion.generated_tokens == 30
    assert (completion.seed, completion.finish_reason) == (8, FinishReason.LENGTH)


def test_loading_is_heard_of_by_name(tiny_llama: Path) -> None:
    heard: list[tuple[str, float]] = []
    one = Catalog({"m": ModelConfig(path=tiny_llama)}, progress=lambda name, part: heard.append((name, part)))
    one.load("m")
    one.close()
    assert heard[-1] == ("m", 1.0)


def test_a_closed_catalog_serves_nobody(catalog: Make, tiny_llama: Path) -> None:
    one = catalog(m=ModelConfig(path=tiny_llama))
    backend = one.get("m")
    assert infer(backend, Request("the", SHORT)).text
    one.close()
    with pytest.raises(InferenceFailed):
        infer(backend, Request("the", SHORT))
    with pytest.raises(InferenceFailed, match="shutting down"):
        one.get("m")
    one.close()


@pytest.mark.skipif(not CHAT_MODEL.exists(), reason="the built-in model is not there yet")
def test_the_built_in_model_says_the_same_alone_and_in_company(catalog: Make) -> None:
    backend = catalog(m=ModelConfig(builtin=True)).get("m")
    asked = ["What is the capital of {}?", "Is this positive or negative? The {} was awful.", "Hello, {}!"]
    prompts = [ask.format(word) for ask in asked for word in ("France", "Italy", "food", "film")] * 2
    greedy = SamplingParams(temperature=0, max_tokens=40)
    alone = [infer(backend, Request(prompt, greedy)).text for prompt in prompts]
    together = [""] * len(prompts)

    def ask(n: int) -> None:
        together[n] = infer(backend, Request(prompts[n], greedy)).text

    threads = [threading.Thread(target=ask, args=(n,)) for n in range(len(prompts))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert together == alone


@pytest.mark.skipif(not CHAT_MODEL.exists(), reason="the built-in model is not there yet")
def test_the_built_in_models_chat_and_embed(catalog: Make) -> None:
    one = catalog(**{"*": ModelConfig(builtin=True)})
    assert one.where("any") == "built in"
    assert infer(one.get("any"), Request("Hello", SamplingParams(temperature=0))).text
    assert one.get("other").embed(EmbeddingRequest(("a", "b"))).vectors.shape[0] == 2
    assert one.get("any").summary().startswith("built in: ")
