"""What grammars, JSON schemas and LoRA adapters do to a model, and what is said of bad ones."""

from __future__ import annotations

import json
import threading
from array import array
from collections.abc import Iterator
from pathlib import Path

import pytest

from fakes.tiny_model import write_lora
from spinfer.errors import Cancelled
from spinfer.inference.cancellation import Cancellation
from spinfer.inference.engine.llama import BadGrammar, Batch, CannotLoad, Context, Model, Sampler
from spinfer.inference.engine.llama.json_schema import to_gbnf, unenforced
from spinfer.inference.engine.sampling import Draw, Greedy, Penalties, Stage, TopK, TopP

GREEDY = (Greedy(),)


@pytest.fixture
def model(tiny_llama: Path) -> Iterator[Model]:
    made = Model(tiny_llama)
    yield made
    made.close()


def generate(model: Model, gbnf: str | None, stages: tuple[Stage, ...], most: int) -> str:
    """At most `most` tokens after a prompt, of this grammar."""
    context = Context(model, cells=256, sequences=1, batch_tokens=64, threads=1)
    tokens = model.tokenize("the cat", special=True)
    sampler = Sampler(stages, tokens, model.grammar(gbnf) if gbnf else None)
    position, pieces = 0, b""
    for _ in range(most):
        batch = Batch(64)
        batch.add(0, position, tokens)
        row = batch.output_last_row()
        context.decode(batch)
        position += len(tokens)
        token = context.sample(sampler, row)
        if model.ends(token):
            break
        pieces += model.piece(token)
        tokens = array("i", [token])
    sampler.close()
    context.close()
    return pieces.decode("utf-8", "replace")


@pytest.mark.parametrize("rest", [GREEDY, (Penalties(64, 1.5), TopK(2), TopP(0.5), Draw(3)), (Draw(7),)])
def test_a_grammar_leaves_nothing_else_to_say(model: Model, rest: tuple[Stage, ...]) -> None:
    gbnf = 'root ::= "yes" | "no" | "größer"'
    said = {
        generate(model, gbnf, (*rest[:-1], Draw(n) if rest != GREEDY else Greedy()), 40) for n in range(9)
    }
    assert said <= {"yes", "no", "größer"}
    assert said


def test_without_one_the_model_says_what_it_likes(model: Model) -> None:
    assert generate(model, None, GREEDY, 9) not in ("yes", "no")


SCHEMA = {
    "type": "object",
    "properties": {"ok": {"type": "boolean"}, "colour": {"enum": ["red", "grün"]}, "next": {"type": "null"}},
    "required": ["ok", "colour", "next"],
    "additionalProperties": False,
}


def test_a_schema_makes_json(model: Model) -> None:
    gbnf = to_gbnf(json.dumps(SCHEMA))
    for seed in range(5):
        found = json.loads(generate(model, gbnf, (Draw(seed),), 240))
        assert found.keys() == SCHEMA["properties"].keys()
        assert found["ok"] in (True, False)
        assert found["colour"] in ("red", "grün")


def test_strings_of_a_schema_are_strings_of_json(model: Model) -> None:
    """Random bytes, among them quotes and control characters, as far as they are let through."""
    for kind in ({"minLength": 30, "maxLength": 40}, {"pattern": "^.{30}$"}):
        gbnf = to_gbnf(json.dumps({"type": "string", **kind}))
        for seed in range(6):
            assert isinstance(json.loads(generate(model, gbnf, (Draw(seed),), 240)), str)


@pytest.mark.parametrize(
    "value", ['a"b\n\\c\r\t/', '[^"\\]', "grün 👋", {'q"': [1, None, "\\d"]}, "\x00\x1f"]
)
def test_what_a_schema_spells_out_is_spelled_so(model: Model, value: object) -> None:
    for schema in ({"const": value}, {"enum": [value]}):
        assert json.loads(generate(model, to_gbnf(json.dumps(schema)), (Draw(1),), 200)) == value
    name = json.dumps(value)
    schema = {"type": "object", "properties": {name: {"type": "null"}}, "required": [name]}
    found = json.loads(generate(model, to_gbnf(json.dumps(schema)), (Draw(1),), 240))
    assert found == {name: None}


def test_what_a_schema_asks_for_in_vain() -> None:
    schema = {
        "properties": {"minimum": {"type": "integer", "maximum": 3}, "not": {"const": {"not": 1}}},
        "$defs": {"then": {"items": [{"uniqueItems": True}]}},
    }
    assert unenforced(json.dumps(schema)) == ("maximum", "uniqueItems")
    assert unenforced(json.dumps(SCHEMA)) == ()


@pytest.mark.parametrize(
    ("gbnf", "said"),
    [
        ("yes|no", "failed to parse grammar"),
        ('root ::= ("a"', "failed to parse grammar"),
        ('word ::= "a"', "does not contain a 'root' symbol"),
        ('root ::= root "a"', "left recursion"),
        (" \n", "it is empty"),
        ('root ::= "a\0"', "NUL"),
    ],
)
def test_a_bad_grammar(model: Model, gbnf: str, said: str) -> None:
    with pytest.raises(BadGrammar, match=said):
        model.grammar(gbnf)


@pytest.mark.usefixtures("no_collection")
@pytest.mark.parametrize(
    ("schema", "said"),
    [
        ("{", "not JSON: .* line 1 column 2"),
        ("[" * 100_000, "not JSON"),
        ("[]", "a schema is a JSON object"),
        ('{"type": "nonsense"}', "Unrecognized schema"),
        ('{"$ref": "https://example.com/x"}', "remote schemas is not allowed"),
        ('{"type": "object", "properties": 3}', "cannot be made a grammar"),
    ],
)
def test_a_bad_schema(schema: str, said: str) -> None:
    with pytest.raises(BadGrammar, match=said):
        to_gbnf(schema)


def test_where_no_token_is_allowed_the_text_ends(model: Model) -> None:
    """Token 2 ends a generation, so nothing can come after it."""
    assert generate(model, 'root ::= "a" <[2]> "b"', GREEDY, 9) == "a"


def test_many_threads_ask_for_one_grammar_and_share_it(model: Model) -> None:
    got = []
    threads = [threading.Thread(target=lambda: got.append(model.grammar('root ::= "a"'))) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(got) == 8
    assert len(set(map(id, got))) == 1


def test_an_adapter_counts_as_much_as_its_scale(tiny_llama: Path, tmp_path: Path) -> None:
    adapter = write_lora(tmp_path / "lora.gguf")
    said = {}
    for scale in (None, 0.0, 1.0, -1.0):
        model = Model(tiny_llama)
        if scale is not None:
            model.add_adapter(adapter, scale)
        said[scale] = generate(model, None, GREEDY, 12)
        model.close()
    assert said[0.0] == said[None]
    assert len({said[None], said[1.0], said[-1.0]}) == 3


@pytest.mark.parametrize(
    ("options", "said"), [({"width": 16}, "incorrect shape"), ({"architecture": "bert"}, "arch mismatch")]
)
def test_an_adapter_of_another_model(
    model: Model, tmp_path: Path, options: dict[str, object], said: str
) -> None:
    with pytest.raises(CannotLoad, match=said):
        model.add_adapter(write_lora(tmp_path / "lora.gguf", **options), 1.0)
    assert model.adapters == []


def test_an_adapter_that_is_none(model: Model, tiny_llama: Path, tmp_path: Path) -> None:
    with pytest.raises(CannotLoad, match="to be 'adapter'"):
        model.add_adapter(tiny_llama, 1.0)
    with pytest.raises(CannotLoad, match="No such file"):
        model.add_adapter(tmp_path / "none.gguf", 1.0)


def test_a_load_that_nobody_waits_for_is_given_up(tiny_llama: Path) -> None:
    cancellation = Cancellation()
    heard = []

    def progress(part: float) -> None:
        heard.append(part)
        cancellation.cancel()

    with pytest.raises(Cancelled):
        Model(tiny_llama, progress=progress, cancellation=cancellation)
    assert len(heard) == 1
