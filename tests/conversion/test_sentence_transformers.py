"""Converting: what ends up in the file, what does not fit, and that nothing is left behind."""

from collections.abc import Callable
from pathlib import Path

import gguf
import numpy as np
import pytest

from conversion.folders import VOCABULARY, WIDTH, change, weights, write_safetensors
from spinfer.conversion.destination import Destination
from spinfer.conversion.sentence_transformers import convert
from spinfer.errors import ModelError

Tensors = dict[str, np.ndarray]


@pytest.fixture
def destination(tmp_path: Path) -> Destination:
    return Destination(tmp_path / "models", "small")


def test_what_the_file_says(folder: Path, destination: Destination) -> None:
    converted = convert(folder, destination)
    file = gguf.GGUFReader(converted.path)
    fields = {name: field.contents() for name, field in file.fields.items()}
    assert {name: fields[name] for name in fields if name.startswith("bert.")} == {
        "bert.context_length": 24,
        "bert.embedding_length": 32,
        "bert.block_count": 2,
        "bert.feed_forward_length": 48,
        "bert.attention.head_count": 2,
        "bert.attention.layer_norm_epsilon": pytest.approx(1e-12),
        "bert.attention.causal": False,
        "bert.pooling_type": gguf.PoolingType.MEAN,
        "bert.vocab_size": len(VOCABULARY),
    }
    assert fields["general.architecture"] == "bert"
    assert fields["general.name"] == "small"
    assert converted.bytes == converted.path.stat().st_size


def test_matrices_are_half_and_the_rest_is_whole(folder: Path, destination: Destination) -> None:
    tensors = {t.name: t for t in gguf.GGUFReader(convert(folder, destination).path).tensors}
    kinds = {name: tensor.tensor_type for name, tensor in tensors.items()}
    half = {name for name, kind in kinds.items() if kind == gguf.GGMLQuantizationType.F16}
    layer = {"attn_q", "attn_k", "attn_v", "attn_output", "ffn_up", "ffn_down"}
    assert half == {"token_embd.weight"} | {f"blk.{n}.{name}.weight" for n in (0, 1) for name in layer}
    assert {kinds[name] for name in kinds.keys() - half} == {gguf.GGMLQuantizationType.F32}
    positions = weights()["embeddings.position_embeddings.weight"]
    assert np.array_equal(tensors["position_embd.weight"].data, positions[:24])


def test_progress_is_heard_to_the_end(folder: Path, destination: Destination) -> None:
    heard: list[float] = []
    convert(folder, destination, progress=heard.append)
    assert heard == sorted(heard)
    assert len(heard) == 5 + 2 * 16
    assert heard[-1] == 1


def drop(tensors: Tensors) -> None:
    del tensors["encoder.layer.1.output.dense.bias"]


def reshape(tensors: Tensors) -> None:
    tensors["embeddings.word_embeddings.weight"] = np.zeros((WIDTH, 7), np.float32)


def add(tensors: Tensors) -> None:
    tensors["encoder.layer.0.adapter.weight"] = np.zeros(3, np.float32)


def overflow(tensors: Tensors) -> None:
    tensors["encoder.layer.0.output.dense.weight"][3, 4] = 1e5


def spoil(tensors: Tensors) -> None:
    tensors["embeddings.LayerNorm.bias"][0] = np.nan


def retype(tensors: Tensors) -> None:
    tensors["embeddings.LayerNorm.bias"] = np.zeros(WIDTH, np.int64)


@pytest.mark.parametrize(
    ("edit", "said"),
    [
        (drop, r"the tensor `encoder.layer.1.output.dense.bias` is missing"),
        (reshape, r"`embeddings.word_embeddings.weight` is 32 × 7, config.json asks for \d+ × 32"),
        (add, r"'encoder.layer.0.adapter.weight' has no place in BERT"),
        (overflow, r"`encoder.layer.0.output.dense.weight` has numbers in it that are infinite"),
        (spoil, r"`embeddings.LayerNorm.bias` has numbers in it that are infinite, none at all"),
        (retype, r"tensor 'embeddings.LayerNorm.bias' has the type 'I64'"),
    ],
)
def test_weights_that_do_not_fit(
    folder: Path, destination: Destination, edit: Callable[[Tensors], None], said: str
) -> None:
    tensors = weights()
    edit(tensors)
    write_safetensors(folder / "model.safetensors", tensors)
    with pytest.raises(ModelError, match=said) as caught:
        convert(folder, destination)
    assert caught.value.problems[0].where == str(folder / "model.safetensors")
    assert not list(destination.folder.glob("*"))
    assert not list(destination.folder.glob(".*"))


def test_a_config_of_another_model(folder: Path, destination: Destination) -> None:
    change(folder / "config.json", num_hidden_layers=3)
    with pytest.raises(ModelError, match=r"`encoder.layer.2.attention.self.query.weight` is missing"):
        convert(folder, destination)


def test_an_interrupted_conversion_leaves_what_was_there(folder: Path, destination: Destination) -> None:
    convert(folder, destination)
    before = destination.path.read_bytes()

    def interrupt(part: float) -> None:
        if part > 0.5:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        convert(folder, destination, progress=interrupt)
    assert destination.path.read_bytes() == before
    assert [file.name for file in destination.folder.iterdir()] == ["small.gguf"]
