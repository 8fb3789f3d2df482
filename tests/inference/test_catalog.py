from __future__ import annotations

import json
import logging
import shutil
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

import leftovers
from fakes.tiny_model import write_lora
from spinfer.config.models import LoraConfig, MockConfig, ModelConfig
from spinfer.errors import InferenceFailed, ModelError, ModelNotSupported
from spinfer.inference.backend import infer
from spinfer.inference.catalog import MOST_NAMES, Catalog
from spinfer.inference.types import Completion, EmbeddingRequest, FinishReason, Piece, Request, SamplingParams

SHORT = SamplingParams(temperature=0, max_tokens=5)
MOCK = ModelConfig(mock=MockConfig(default="scripted"))

Make = Callable[..., Catalog]


@pytest.fixture
def catalog() -> Iterator[Make]:
    made: list[Catalog] = []

    def make(folder: Path | None = None, memory_bytes: int | None = None, **table: ModelConfig) -> Catalog:
        made.append(Catalog(table, folder, memory_bytes=memory_bytes))
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
        "  To add it: fetch hf:TheBloke/Llama-2-7B-Chat-GGUF:Q4_K_M, 4.1 GB, licence llama2: "
        "spinfer models pull llama2-chat; "
        'or write [models."llama2-chat"] with source = "hf:…", path = "….gguf" or builtin = true '
        "into spinfer.toml; "
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
    before = leftovers.threads()
    backends = [one.load(name) for name in ("plain", "again", "other", "plain")]
    assert len(leftovers.threads() - before) == 2, "one engine for two names, one for other settings"
    assert backends[0] is backends[3]
    assert infer(backends[1], Request("the", SHORT)).seed == 4
    one.close()
    assert leftovers.threads() <= before


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


def test_a_name_that_would_write_on_the_terminal(catalog: Make, folder: Path) -> None:
    (problem,) = catalog(folder).check(["\x1b[2J\nLoaded: yes\u202e"])
    assert str(problem).isprintable() or str(problem).replace("\n  ", "").isprintable()
    assert problem.what == r"there is no model '\x1b[2J\nLoaded: yes\u202e' (configured: none)"


def test_loading_from_the_start(catalog: Make, tiny_llama: Path, tmp_path: Path) -> None:
    before = leftovers.threads()
    catalog(m=ModelConfig(path=tiny_llama), mock=MOCK).preload()
    assert leftovers.threads() <= before
    catalog(m=ModelConfig(path=tiny_llama, preload=True), n=ModelConfig(path=tiny_llama)).preload()
    assert len(leftovers.threads() - before) == 1
    gone = [ModelConfig(path=tmp_path / f"gone{n}.gguf", preload=True) for n in range(2)]
    with pytest.raises(ModelError) as caught:
        catalog(a=gone[0], b=ModelConfig(path=tiny_llama, preload=True), c=gone[1]).preload()
    assert [problem.what[:9] for problem in caught.value.problems] == ["model 'a'", "model 'c'"]
    assert len(leftovers.threads() - before) == 2, "what can be loaded is"


def test_a_model_is_unloaded_when_nobody_asks(catalog: Make, tiny_llama: Path) -> None:
    one = catalog(m=ModelConfig(path=tiny_llama, keep_alive_s=0))
    for _ in range(3):
        assert infer(one.get("m"), Request("the", SHORT)).generated_tokens == 5
        with one._files._changed:
            assert one._files._changed.wait_for(lambda: not one._files.loaded(), 30)


ROOM_FOR_ONE = 100_000_000
"""The buffers alone are put at 64 MiB for each model."""


def test_what_is_idle_makes_room(catalog: Make, tiny_llama: Path, tiny_bert: Path) -> None:
    one = catalog(
        chat=ModelConfig(path=tiny_llama), embed=ModelConfig(path=tiny_bert), memory_bytes=ROOM_FOR_ONE
    )
    before = leftovers.threads()
    chat, embed = one.load("chat"), one.load("embed")
    text = infer(chat, Request("the", SHORT)).text
    assert embed.embed(EmbeddingRequest(("a",))).vectors.shape == (1, 32)
    assert infer(chat, Request("the", SHORT)).text == text
    assert len(leftovers.threads() - before) == 1, "one engine at a time"


def test_a_model_that_answers_does_not_make_room(catalog: Make, tiny_llama: Path, tiny_bert: Path) -> None:
    one = catalog(
        chat=ModelConfig(path=tiny_llama), embed=ModelConfig(path=tiny_bert), memory_bytes=ROOM_FOR_ONE
    )
    stream = one.get("chat").stream(Request("the cat", SamplingParams(max_tokens=200, temperature=0)))
    assert isinstance(next(stream), Piece)
    embedded: list[int] = []
    thread = threading.Thread(
        target=lambda: embedded.append(one.get("embed").embed(EmbeddingRequest(("a",))).prompt_tokens)
    )
    thread.start()
    *_, last = stream
    assert isinstance(last, Completion)
    assert last.finish_reason
    thread.join(30)
    assert embedded == [3]


def test_a_model_that_never_fits(catalog: Make, tiny_llama: Path) -> None:
    one = catalog(m=ModelConfig(path=tiny_llama, cache_tokens=10_000_000), memory_bytes=ROOM_FOR_ONE)
    with pytest.raises(ModelError) as caught:
        one.load("m")
    assert str(caught.value) == (
        f"{tiny_llama}: model 'm': it needs 2.6 GB of memory, and all models together may use 100 MB\n"
        "  Raise `max_models_memory_mib` under [limits] in spinfer.toml. With "
        "`cache_tokens = 126976` for this model in spinfer.toml it would fit."
    )


def test_an_answer_keeps_to_its_form(catalog: Make, tiny_llama: Path, tmp_path: Path) -> None:
    grammar, schema = tmp_path / "yes.gbnf", tmp_path / "answer.json"
    grammar.write_text('root ::= "yes" | "no"')
    schema.write_text('{"type": "array", "items": {"type": "boolean"}, "minItems": 2, "maxItems": 3}')
    one = catalog(
        free=ModelConfig(path=tiny_llama),
        yes=ModelConfig(path=tiny_llama, grammar=grammar),
        json=ModelConfig(path=tiny_llama, json_schema=schema),
    )
    before = leftovers.threads()
    said: dict[str, set[str]] = {"free": set(), "yes": set(), "json": set()}

    def ask(name: str, seed: int) -> None:
        said[name].add(infer(one.get(name), Request("the cat", seed=seed)).text)

    threads = [threading.Thread(target=ask, args=(name, seed)) for name in said for seed in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(leftovers.threads() - before) == 1, "one engine for three forms"
    assert said["yes"] <= {"yes", "no"}
    for text in said["json"]:
        found = json.loads(text)
        assert 2 <= len(found) <= 3
        assert set(found) <= {True, False}
    assert not said["free"] & {"yes", "no"}


def test_a_form_that_cannot_be_used(
    catalog: Make, tiny_llama: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    path = tmp_path / "form"
    one = catalog(
        grammar=ModelConfig(path=tiny_llama, grammar=path),
        schema=ModelConfig(path=tiny_llama, json_schema=path),
    )
    assert [problem.where for problem in one.check(["grammar", "schema"])] == [str(path)] * 2
    for content in (None, "no grammar", b"\xff"):
        if content is not None:
            path.write_bytes(content if isinstance(content, bytes) else content.encode())
        for name in ("grammar", "schema"):
            with pytest.raises(ModelError, match=f"model '{name}': this `.*` cannot be used: ") as caught:
                one.load(name)
            assert caught.value.problems[0].where == str(path)
    caplog.clear()
    for _ in range(3):
        with pytest.raises(InferenceFailed, match="could not be loaded"):
            infer(one.get("grammar"), Request("x"))
    assert len(caplog.records) == 1, "said once, though it is met by each request"
    path.write_text('root ::= "yes"')
    assert infer(one.get("grammar"), Request("x")).text == "yes", "once it is mended, it is used"


def test_adapters_change_what_is_said(catalog: Make, tiny_llama: Path, tmp_path: Path) -> None:
    adapter = write_lora(tmp_path / "lora.gguf")

    def with_(**lora: float) -> ModelConfig:
        return ModelConfig(path=tiny_llama, lora=tuple(LoraConfig(path=adapter, **each) for each in [lora]))

    one = catalog(plain=ModelConfig(path=tiny_llama), off=with_(scale=0.0), on=with_(), same=with_(scale=1.0))
    said = {
        name: infer(one.get(name), Request("the cat", SamplingParams(temperature=0, max_tokens=12))).text
        for name in ("plain", "off", "on", "same")
    }
    assert said["off"] == said["plain"] != said["on"] == said["same"]
    wrong = write_lora(tmp_path / "wrong.gguf", width=16)
    broken = catalog(
        wrong=ModelConfig(path=tiny_llama, lora=(LoraConfig(path=wrong),)),
        gone=ModelConfig(path=tiny_llama, lora=(LoraConfig(path=tmp_path / "gone.gguf"),)),
    )
    with pytest.raises(ModelError, match=r"wrong\.gguf: .*cannot use this LoRA adapter .*wrong base model"):
        broken.load("wrong")
    (problem,) = broken.check(["gone"])
    assert (problem.what, problem.where) == (
        "model 'gone': there is no such file",
        str(tmp_path / "gone.gguf"),
    )


def test_a_file_that_is_deleted_is_served_while_it_is_loaded(catalog: Make, folder: Path) -> None:
    one = catalog(folder, **{"m": ModelConfig(path=folder / "found.gguf"), "*": MOCK})
    one.load("m")
    one.load("found")
    (folder / "found.gguf").unlink()
    for name in ("m", "found"):
        assert infer(one.get(name), Request("the", SHORT)).generated_tokens == 5
    assert one.where("found") == str(folder / "found.gguf")
    one._files.discard(next(iter(one._files._entries)))
    assert one.where("found") == "mock"


def test_guests_may_think_of_any_number_of_names(catalog: Make) -> None:
    one = catalog(**{"*": MOCK})
    for n in range(MOST_NAMES + 50):
        one.get(f"name {n}")
    assert len(one._served) == MOST_NAMES
    assert infer(one.get("name 0"), Request("x")).text == "scripted"


def test_closing_while_it_loads(tiny_llama: Path) -> None:
    inside, closes = threading.Event(), threading.Event()
    endings: list[str] = []

    def progress(name: str, part: float) -> None:
        inside.set()
        with one._closing.listening(closes.set):
            assert closes.wait(30)

    one = Catalog({"m": ModelConfig(path=tiny_llama)}, progress=progress)
    closing = threading.Thread(target=lambda: inside.wait(30) and one.close())
    before = leftovers.threads()

    def ask() -> None:
        with pytest.raises(InferenceFailed) as caught:
            one.load("m")
        endings.append(str(caught.value))

    asking = threading.Thread(target=ask)
    closing.start()
    asking.start()
    asking.join(30)
    closing.join(30)
    assert endings == ["the host is shutting down"]
    assert leftovers.threads() <= before


def test_progress_that_fails_is_heard_of(catalog: Make, tiny_llama: Path) -> None:
    def interrupted(name: str, part: float) -> None:
        raise KeyboardInterrupt

    one = Catalog({"m": ModelConfig(path=tiny_llama)}, progress=interrupted)
    with pytest.raises(KeyboardInterrupt):
        one.load("m")
    one.close()


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


def test_the_built_in_models_chat_and_embed(catalog: Make) -> None:
    one = catalog(**{"*": ModelConfig(builtin=True)})
    assert one.where("any") == "built in"
    assert infer(one.get("any"), Request("Hello", SamplingParams(temperature=0))).text
    assert one.get("other").embed(EmbeddingRequest(("a", "b"))).vectors.shape[0] == 2
    assert one.get("any").summary().startswith("built in: ")
