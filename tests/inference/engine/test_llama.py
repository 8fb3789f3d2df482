"""llama.cpp's handles, on models of random weights."""

from __future__ import annotations

import logging
import subprocess
import sys
import threading
from array import array
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from fakes.tiny_model import write_llama
from spinfer.inference.engine.handle import AlreadyClosed, Handle
from spinfer.inference.engine.llama import Batch, CannotLoad, Context, Model, Sampler
from spinfer.inference.engine.model_info import Pooling
from spinfer.inference.engine.plan import DecodeFailed
from spinfer.inference.engine.sampling import Draw, Greedy, Penalties, Stage, Temperature, TopK, TopP

PROMPT = array("i", [1, 80, 90, 100, 110, 120])


@pytest.fixture
def model(tiny_llama: Path) -> Iterator[Model]:
    made = Model(tiny_llama)
    yield made
    made.close()


@pytest.fixture
def context(model: Model) -> Iterator[Context]:
    made = Context(model, cells=256, sequences=4, batch_tokens=64, threads=1)
    yield made
    made.close()


def draw(context: Context, stages: tuple[Stage, ...], history: array[int] | None = None) -> int:
    """The token after PROMPT."""
    context.clear()
    batch = Batch(64)
    batch.add(0, 0, PROMPT)
    row = batch.output_last_row()
    context.decode(batch)
    sampler = Sampler(stages, history or array("i"))
    token = context.sample(sampler, row)
    sampler.close()
    return token


def test_what_was_saved_goes_on_as_if_nothing_had_happened(context: Context) -> None:
    """In another sequence, behind cells of others, and cut to less than was saved."""
    alone = draw(context, (Greedy(),))
    snapshot = context.save(0, len(PROMPT))
    context.clear()
    batch = Batch(64)
    batch.add(2, 0, PROMPT[:3])
    context.decode(batch)
    context.restore(snapshot, 1, 4)
    batch.clear()
    batch.add(1, 4, PROMPT[4:])
    row = batch.output_last_row()
    context.decode(batch)
    sampler = Sampler((Greedy(),), array("i"))
    assert context.sample(sampler, row) == alone
    sampler.close()


def test_what_a_file_says_of_itself(model: Model) -> None:
    info = model.info
    assert info.trained_context == 512
    assert info.dimensions == info.width == 32
    assert info.cache_bytes_per_token == 2 * 2 * 2 * 32
    assert info.vocabulary == 273
    assert info.adds_bos
    assert (info.bos, info.eos) == ("<s>", "</s>")
    assert info.chat_template
    assert info.chat_template.startswith("{% for message")
    assert info.small
    assert not info.is_recurrent


@pytest.mark.parametrize("text", ["the cat sat", "Grüße 世界 👋🏽", "", "\0 \n", "x" * 3000])
def test_tokens_are_pieces_of_the_text(model: Model, text: str) -> None:
    tokens = model.tokenize(text, special=True)
    assert tokens[0] == 1
    assert b"".join(map(model.piece, tokens)).decode().removeprefix(" ") == text


def test_special_tokens_are_parsed_where_they_are_wanted(model: Model) -> None:
    assert 3 in model.tokenize("<|user|>hi", special=True)
    assert 3 not in model.tokenize("<|user|>hi", special=False)
    assert model.piece(3) == b"", "it steers, and says nothing"


def test_a_text_that_is_no_unicode_is_still_tokenized(model: Model) -> None:
    assert model.tokenize("a\udcffb", special=False) == model.tokenize("a?b", special=False)


def test_only_end_tokens_end(model: Model) -> None:
    assert [token for token in range(273) if model.ends(token)] == [2]


def test_a_closed_model_says_so(tiny_llama: Path) -> None:
    model = Model(tiny_llama)
    model.close()
    model.close()
    for use in (lambda: model.tokenize("a", special=True), lambda: model.piece(9), lambda: model.ends(9)):
        with pytest.raises(AlreadyClosed, match=r"model tiny.gguf is already closed"):
            use()


def test_a_closed_context_and_sampler_say_so(model: Model) -> None:
    context = Context(model, cells=256, sequences=2, batch_tokens=64, threads=1)
    sampler = Sampler((Draw(1),), array("i"))
    sampler.close()
    context.close()
    context.close()
    with pytest.raises(AlreadyClosed):
        context.remove(0)
    with pytest.raises(AlreadyClosed):
        context.decode(Batch(4))
    with pytest.raises(AlreadyClosed):
        sampler.draw(np.zeros(4, np.float32))
    context.interrupt()


def test_closing_waits_for_those_who_borrow() -> None:
    freed = threading.Event()
    handle = Handle("thing", 7, lambda _: freed.set())
    closing = threading.Thread(target=handle.close)
    with handle.borrow() as pointer:
        assert pointer == 7
        closing.start()
        while True:
            try:
                with handle.borrow():
                    pass
            except AlreadyClosed:
                break
        assert not freed.is_set()
    closing.join(30)
    assert freed.is_set()


def test_rows_say_the_same_alone_and_together(context: Context) -> None:
    alone = draw(context, (Greedy(),))
    context.clear()
    batch = Batch(64)
    rows = []
    for seq_id in range(4):
        batch.add(seq_id, 0, PROMPT)
        rows.append(batch.output_last_row())
    context.decode(batch)
    for row in rows:
        sampler = Sampler((Greedy(),), array("i"))
        assert context.sample(sampler, row) == alone
        sampler.close()


def test_a_copied_beginning_is_as_good_as_a_computed_one(context: Context) -> None:
    expected = draw(context, (Greedy(),))
    context.copy(0, 1, 4)
    context.remove(0)
    batch = Batch(64)
    batch.add(1, 4, PROMPT[4:])
    row = batch.output_last_row()
    context.decode(batch)
    sampler = Sampler((Greedy(),), array("i"))
    assert context.sample(sampler, row) == expected
    sampler.close()


def test_penalties_look_back_on_the_prompt_too(context: Context) -> None:
    best = draw(context, (Greedy(),))
    harsh = Penalties(last_n=4, repeat=100.0)
    assert draw(context, (harsh, Greedy())) == best
    assert draw(context, (harsh, Greedy()), array("i", [best])) != best
    assert draw(context, (harsh, Greedy()), array("i", [best, 7, 7, 7, 7])) == best, "too far back"


def test_top_k_and_top_p_leave_the_best(context: Context) -> None:
    best = draw(context, (Greedy(),))
    hot = Temperature(5.0)
    assert {draw(context, (TopK(1), hot, Draw(n))) for n in range(8)} == {best}
    assert {draw(context, (TopP(0.0), hot, Draw(n))) for n in range(8)} == {best}
    assert len({draw(context, (hot, Draw(n))) for n in range(8)}) > 1


def test_a_seed_draws_the_same_again(context: Context) -> None:
    hot = Temperature(5.0)
    assert draw(context, (hot, Draw(5))) == draw(context, (hot, Draw(5)))


def test_an_interrupted_context_computes_nothing_more(context: Context) -> None:
    context.interrupt()
    with pytest.raises(DecodeFailed) as caught:
        draw(context, (Greedy(),))
    assert caught.value.interrupted


def test_a_batch_beyond_the_cells_is_refused(context: Context) -> None:
    batch = Batch(64)
    for n in range(4):
        batch.clear()
        batch.add(0, 64 * n, array("i", [5] * 64))
        context.decode(batch)
    with pytest.raises(DecodeFailed) as caught:
        context.decode(batch)
    assert not caught.value.interrupted


def test_pooled_vectors(tiny_bert: Path) -> None:
    model = Model(tiny_bert)
    assert model.info.pooling is Pooling.MEAN
    context = Context(model, cells=256, sequences=4, batch_tokens=64, threads=1, pooling=Pooling.MEAN)
    batch = Batch(64, every_row=True)
    for seq_id, text in enumerate(("cat", "dog", "cat")):
        batch.add(seq_id, 0, model.tokenize(text, special=False))
    context.decode(batch)
    cat, dog, again = (context.embedding(seq_id) for seq_id in range(3))
    np.testing.assert_allclose(cat, again, rtol=1e-4, atol=1e-5)
    assert np.abs(cat - dog).max() > 0.01
    context.close()
    model.close()


def test_loading_is_heard_of(tiny_llama: Path) -> None:
    heard: list[float] = []
    Model(tiny_llama, progress=heard.append).close()
    assert heard[-1] == 1.0
    assert heard == sorted(heard)


def test_what_llama_cpp_says_of_a_damaged_file(tiny_llama: Path, tmp_path: Path) -> None:
    damaged = tmp_path / "damaged.gguf"
    damaged.write_bytes(tiny_llama.read_bytes()[:-5000])
    with pytest.raises(CannotLoad, match="corrupted or incomplete"):
        Model(damaged)


def test_a_tokenizer_that_would_end_the_process_is_refused(tmp_path: Path) -> None:
    broken = write_llama(tmp_path / "broken.gguf", bytes_known=200)
    with pytest.raises(CannotLoad, match="no token for 56 of the 256 bytes"):
        Model(broken)


def test_llama_cpp_logs_at_debug_level(tiny_llama: Path, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.DEBUG, "spinfer.inference.engine.llama"):
        Model(tiny_llama).close()
    assert {record.levelno for record in caplog.records} == {logging.DEBUG}
    assert any("llama_model_loader" in record.getMessage() for record in caplog.records)


def test_nothing_reaches_stderr_and_an_open_model_does_not_hold_up_the_exit(tiny_llama: Path) -> None:
    program = (
        "import sys; from pathlib import Path; from spinfer.inference.engine.load import load;"
        "from spinfer.inference.engine.sizes import EngineSettings;"
        "loaded = load('m', Path(sys.argv[1]), EngineSettings())"
    )
    done = subprocess.run(
        [sys.executable, "-c", program, str(tiny_llama)], capture_output=True, timeout=300, check=True
    )
    assert (done.stdout, done.stderr) == (b"", b"")
