"""What a folder says, and every way in which it can be mistaken."""

from pathlib import Path
from typing import Any

import pytest

from conversion.folders import CONFIG, MODULES, POSITIONS, SPECIALS, change, tokenizer_json, write_json
from spinfer.conversion.bert_model import read_model
from spinfer.conversion.sentence_recipe import Pooling
from spinfer.errors import ConfigError, ModelError


def refusal(folder: Path, where: str) -> str:
    """What it says; it has to name the place."""
    with pytest.raises(ModelError) as caught:
        read_model(folder)
    (problem,) = caught.value.problems
    assert problem.where == str(folder / where) or problem.where.startswith(f"{folder / where}: ")
    assert problem.cure
    return str(problem)


def test_what_a_folder_says(folder: Path) -> None:
    model = read_model(folder)
    assert (model.shape.width, model.shape.layers, model.shape.heads) == (32, 2, 2)
    assert model.pooling is Pooling.MEAN
    assert model.notes == ()
    assert model.tokenizer.lower and model.tokenizer.strip_accents
    assert model.tokenizer.control == frozenset(range(len(SPECIALS)))


def test_texts_are_as_long_as_sentence_transformers_takes_them(folder: Path) -> None:
    assert read_model(folder).context_tokens == 24
    change(folder / "sentence_bert_config.json", max_seq_length=1000)
    assert read_model(folder).context_tokens == POSITIONS
    (folder / "sentence_bert_config.json").unlink()
    change(folder / "tokenizer_config.json", model_max_length=30)
    assert read_model(folder).context_tokens == 30
    change(folder / "tokenizer_config.json", model_max_length=int(1e30))
    assert read_model(folder).context_tokens == POSITIONS


def test_texts_may_be_as_long_as_there_are_positions(folder: Path) -> None:
    assert read_model(folder, POSITIONS).context_tokens == POSITIONS
    with pytest.raises(ConfigError, match=r"--context-tokens: 41 tokens are more .*\n  It has 40 positions"):
        read_model(folder, POSITIONS + 1)


def test_sentence_transformers_may_lower_the_case_itself(folder: Path) -> None:
    change(folder / "tokenizer_config.json", do_lower_case=False)
    change(folder / "sentence_bert_config.json", do_lower_case=True)
    tokenizer = read_model(folder).tokenizer
    assert tokenizer.lower
    assert not tokenizer.strip_accents


def test_special_tokens_may_be_described_at_length(folder: Path) -> None:
    write_json(folder / "tokenizer_config.json", {"cls_token": {"content": "the"}, "sep_token": "cat"})
    tokenizer = read_model(folder).tokenizer
    assert tokenizer.tokens[tokenizer.specials.cls] == "the"
    assert tokenizer.tokens[tokenizer.specials.separator] == "cat"


def test_notes(folder: Path) -> None:
    write_json(folder / "modules.json", MODULES[:2])
    prompts = {"prompts": {"query": "query: "}, "default_prompt_name": "query"}
    write_json(folder / "config_sentence_transformers.json", prompts)
    prompt, length = read_model(folder).notes
    assert "puts 'query: ' before every text" in prompt
    assert "vary in length" in length


def test_no_folder(tmp_path: Path) -> None:
    assert "there is no such folder" in refusal(tmp_path / "absent", "")
    (tmp_path / "file").write_text("")
    assert "this is a file" in refusal(tmp_path / "file", "")


def test_a_folder_of_something_else(tmp_path: Path) -> None:
    assert "the folder has no config.json" in refusal(tmp_path, "")


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"model_type": "mpnet", "architectures": ["MPNetModel"]}, 'the architecture "MPNetModel"'),
        ({"model_type": "xlm-roberta", "architectures": None}, 'the architecture "xlm-roberta"'),
        ({"architectures": ["BertForSequenceClassification"]}, '"BertForSequenceClassification"'),
        ({"model_type": None, "architectures": None}, "it does not name an architecture"),
        ({"model_type": 5}, "model_type: expected a text, and it is 5"),
        ({"hidden_act": "relu"}, 'hidden_act: the activation "relu"'),
        ({"position_embedding_type": "relative_key"}, '"relative_key" positions'),
        ({"is_decoder": True}, "is_decoder: a decoder"),
        ({"hidden_size": None}, "hidden_size: expected a whole number of at least 1, and it is missing"),
        ({"hidden_size": 0}, "and it is 0"),
        ({"num_hidden_layers": True}, "of at least 1, and it is true"),
        ({"num_attention_heads": 3}, "3 heads do not divide a width of 32"),
        ({"layer_norm_eps": "1e-12"}, 'layer_norm_eps: expected a number above 0, and it is "1e-12"'),
        ({"layer_norm_eps": float("nan")}, "it is NaN"),
    ],
)
def test_what_llama_cpp_cannot_compute(folder: Path, changes: dict[str, Any], said: str) -> None:
    change(folder / "config.json", **changes)
    assert said in refusal(folder, "config.json")


def test_a_refused_architecture_names_those_there_are(folder: Path) -> None:
    change(folder / "config.json", model_type="distilbert", architectures=["DistilBertModel"])
    assert "Those that can be converted are BertModel" in refusal(folder, "config.json")


@pytest.mark.parametrize(
    ("kinds", "said"),
    [
        (["Transformer", "Pooling", "Dense"], '"Transformer", "Pooling", "Dense": GGUF cannot'),
        (["Transformer"], 'is made of "Transformer"'),
        ([], "is made of nothing"),
    ],
)
def test_other_modules(folder: Path, kinds: list[str], said: str) -> None:
    write_json(folder / "modules.json", [{"path": "", "type": f"models.{kind}"} for kind in kinds])
    assert said in refusal(folder, "modules.json")


@pytest.mark.parametrize(
    ("config", "said"),
    [
        ({"pooling_mode_max_tokens": True}, 'the pooling is "max_tokens"'),
        (
            {"pooling_mode_mean_tokens": True, "pooling_mode_cls_token": True},
            '"mean_tokens" and "cls_token": GGUF cannot express',
        ),
        ({"pooling_mode_mean_tokens": False}, "the pooling is none"),
        ({"pooling_mode_mean_tokens": "yes"}, 'expected true or false, and it is "yes"'),
    ],
)
def test_other_poolings(folder: Path, config: dict[str, Any], said: str) -> None:
    write_json(folder / "1_Pooling" / "config.json", config)
    assert said in refusal(folder, "1_Pooling/config.json")


def test_no_pooling(folder: Path) -> None:
    (folder / "1_Pooling" / "config.json").unlink()
    assert "there is no such file, which says how vectors are pooled" in refusal(
        folder, "1_Pooling/config.json"
    )


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("pytorch_model.bin", "unpickling runs whatever they contain"),
        ("model.safetensors.index.json", "split over several files"),
        ("tf_model.h5", "TensorFlow's"),
    ],
)
def test_other_weights(folder: Path, name: str, said: str) -> None:
    (folder / "model.safetensors").rename(folder / name)
    assert said in refusal(folder, name)


def test_no_weights(folder: Path) -> None:
    (folder / "model.safetensors").unlink()
    assert "the folder has no model.safetensors" in refusal(folder, "")


@pytest.mark.usefixtures("no_collection")
@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"{", "this is not JSON"),
        (b"\xff\xfe\xff", "this is not JSON"),
        (b"[" * 100_000, "this is not JSON"),
        (b"[]", "expected an object, got []"),
        (b'"' + b"x" * 100 + b'"', "expected an object, got"),
    ],
)
def test_damaged_json(folder: Path, content: bytes, said: str) -> None:
    (folder / "config.json").write_bytes(content)
    text = refusal(folder, "config.json")
    assert said in text
    assert len(text.replace(str(folder), "")) < 250


@pytest.mark.parametrize("name", ["config.json", "modules.json", "tokenizer.json", "vocab.txt"])
def test_a_folder_in_a_files_place(folder: Path, name: str) -> None:
    (folder / name).unlink(missing_ok=True)
    (folder / name).mkdir()
    assert "it cannot be read: Is a directory" in refusal(folder, name)


def test_a_vocabulary_with_the_line_ends_of_windows(folder: Path) -> None:
    before = read_model(folder).tokenizer
    (folder / "vocab.txt").write_bytes((folder / "vocab.txt").read_bytes().replace(b"\n", b"\r\n"))
    assert read_model(folder).tokenizer == before


def tokenizer_with(**changes: Any) -> dict[str, Any]:
    """A tokenizer.json with keys of its parts changed."""
    whole = tokenizer_json()
    return whole | {part: whole[part] | values for part, values in changes.items()}


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        (tokenizer_with(model={"type": "Unigram"}), 'model: type: a tokenizer of the kind "Unigram"'),
        (tokenizer_with(normalizer={"type": "Sequence"}), 'normalizer: type: a tokenizer of the kind "Seq'),
        (tokenizer_json(normalizer=None), 'normalizer: type: a tokenizer of the kind ""'),
        (tokenizer_with(pre_tokenizer={"type": "Whitespace"}), "pre_tokenizer: type"),
        (tokenizer_with(model={"continuing_subword_prefix": "@@"}), '"@@": BERT\'s is "##"'),
        (tokenizer_with(normalizer={"clean_text": False}), "clean_text: switched off"),
        (tokenizer_with(normalizer={"handle_chinese_chars": False}), "handle_chinese_chars: switched off"),
        (tokenizer_with(model={"vocab": {"a": -1}}), 'token "a" has the id -1'),
        (tokenizer_with(model={"vocab": {"a": 7, "b": 7}}), 'the tokens "a" and "b" have the same id 7'),
        (tokenizer_with(model={"vocab": {"a": 10**9}}), "and config.json knows"),
        (tokenizer_json(model=[]), "model: expected an object, and it is []"),
        (
            tokenizer_json(added_tokens=[{"id": 5, "content": "<x>", "special": False}]),
            'the token "<x>" was added by hand',
        ),
        (tokenizer_json(added_tokens=[5]), "added_tokens[0]: expected an object, got 5"),
        (
            tokenizer_json(added_tokens=[]) | {"model": {"type": "WordPiece", "vocab": {"a": 0}}},
            'the vocabulary has no token "[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"',
        ),
    ],
)
def test_other_tokenizers(folder: Path, changed: dict[str, Any], said: str) -> None:
    write_json(folder / "tokenizer.json", changed)
    assert said in refusal(folder, "tokenizer.json")


def test_no_tokenizer(folder: Path) -> None:
    (folder / "vocab.txt").unlink()
    assert "the model has no tokenizer" in refusal(folder, "")


def test_a_vocabulary_that_is_no_text(folder: Path) -> None:
    (folder / "vocab.txt").write_bytes(b"\xff\xfe")
    assert "it is not UTF-8" in refusal(folder, "vocab.txt")


def test_more_tokens_than_rows(folder: Path) -> None:
    change(folder / "config.json", vocab_size=CONFIG["vocab_size"] - 1)
    assert 'token "play" has the id' in refusal(folder, "vocab.txt")


def test_chinese_characters_that_are_not_split(folder: Path) -> None:
    change(folder / "tokenizer_config.json", tokenize_chinese_chars=False)
    assert "llama.cpp always splits" in refusal(folder, "tokenizer_config.json")
