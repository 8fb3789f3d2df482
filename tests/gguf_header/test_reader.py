"""The header's reader: against the gguf package where a file is good, and sentences where it is not."""

import random
import struct
from pathlib import Path

import gguf
import pytest

from fakes.tiny_model import write_bert, write_llama
from spinfer import builtin
from spinfer.gguf_header import kinds, reader
from spinfer.gguf_header.header import BadHeader, LongArray


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_llama(tmp_path_factory.mktemp("headers") / "tiny.gguf", words=2000)


@pytest.fixture(scope="module")
def header_bytes(model: Path) -> bytes:
    """The header of a model, without its weights."""
    return model.read_bytes()[: reader.read(model).data_start]


def values(path: Path) -> dict[str, object]:
    fields = gguf.GGUFReader(path).fields
    return {key: field.contents() for key, field in fields.items() if not key.startswith("GGUF.")}


def test_what_the_gguf_package_reads(model: Path, tmp_path: Path) -> None:
    for path in (model, write_bert(tmp_path / "bert.gguf"), builtin.CHAT_MODEL, builtin.EMBEDDING_MODEL):
        expected = values(path)
        header = reader.read(path, keep=expected)
        ours = {key: list(v) if isinstance(v, tuple) else v for key, v in header.metadata.items()}
        assert ours == expected
        tensors = gguf.GGUFReader(path).tensors
        assert [(t.name, list(t.shape), t.kind, t.bytes) for t in header.tensors] == [
            (t.name, list(t.shape), int(t.tensor_type), t.n_bytes) for t in tensors
        ]
        assert [header.data_start + t.offset for t in header.tensors] == [t.data_offset for t in tensors]
        assert header.missing_bytes == 0


def test_a_vocabulary_is_kept_only_where_it_is_asked_for(model: Path) -> None:
    assert reader.read(model).metadata["tokenizer.ggml.tokens"] == LongArray(kinds.STRING, 2273)
    tokens = reader.read(model, keep=["tokenizer.ggml.tokens"]).metadata["tokenizer.ggml.tokens"]
    assert isinstance(tokens, tuple)
    assert tokens[:3] == ("<unk>", "<s>", "</s>")


def test_our_tables_are_the_gguf_packages() -> None:
    theirs = {int(kind): (kind.name, *sizes) for kind, sizes in gguf.GGML_QUANT_SIZES.items()}
    ours = {number: (kind.name, kind.block, kind.bytes) for number, kind in kinds.TENSORS.items()}
    assert {number: ours.get(number) for number in theirs} == theirs
    names = {int(kind): kind.name.removeprefix("MOSTLY_").removeprefix("ALL_") for kind in gguf.LlamaFileType}
    del names[int(gguf.LlamaFileType.GUESSED)]
    assert {number: kinds.FILES.get(number) for number in names} == names


def test_cut_off_anywhere(header_bytes: bytes, tmp_path: Path) -> None:
    path = tmp_path / "cut.gguf"
    lengths = [*range(100), *random.Random(0).sample(range(100, len(header_bytes) - 32), 200)]
    for length in lengths:
        path.write_bytes(header_bytes[:length])
        with pytest.raises(BadHeader, match=r"incomplete or damaged|damaged or cut off") as caught:
            reader.read(path)
        assert "\n" not in str(caught.value)


def test_cut_off_in_the_weights(model: Path, tmp_path: Path) -> None:
    path = tmp_path / "cut.gguf"
    path.write_bytes(model.read_bytes()[:-1000])
    # tensors begin at multiples of 32 bytes, so a file may end in padding
    assert 1000 - 32 < reader.read(path).missing_bytes <= 1000


@pytest.mark.parametrize("value", [2**64 - 1, 2**63, 2**63 - 1, 2**40, 2**32])
def test_numbers_too_large_anywhere(header_bytes: bytes, tmp_path: Path, value: int) -> None:
    """Whatever the number stands for, nothing of that size is read, kept or counted."""
    path = tmp_path / "huge.gguf"
    refused = 0
    for offset in range(8, 2000, 4):
        damaged = bytearray(header_bytes)
        damaged[offset : offset + 8] = struct.pack("<Q", value)
        path.write_bytes(damaged)
        refused += not _reads(path)
    assert refused > 100


def test_any_damage_at_all(header_bytes: bytes, tmp_path: Path) -> None:
    path = tmp_path / "damaged.gguf"
    chance = random.Random(1)
    refused = 0
    for _ in range(500):
        damaged = bytearray(header_bytes)
        for _ in range(chance.choice((1, 1, 2, 8))):
            damaged[chance.randrange(1200)] = chance.randrange(256)
        path.write_bytes(damaged)
        refused += not _reads(path)
    assert refused > 100


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"", "ends within its header, after 0 bytes"),
        (b"GGUF", "ends within its header, after 4 bytes"),
        (b"GGML" + bytes(100), "not a GGUF file"),
        (b"PK\3\4" + bytes(100), "not a GGUF file"),
        (b"GGUF" + struct.pack("<IQQ", 1, 0, 0), "GGUF of version 1, and only 2 to 3"),
        (b"GGUF" + struct.pack(">IQQ", 3, 0, 0), "the other byte order"),
        (b"GGUF" + struct.pack("<IQQ", 3, 2**62, 0), f"damaged or cut off: {2**62} tensors"),
        (b"GGUF" + struct.pack("<IQQ", 3, 0, 2**62), f"damaged or cut off: {2**62} metadata entries"),
        (b"GGUF" + struct.pack("<IQQQcI", 3, 0, 1, 1, b"k", 99), "there is no kind of value 99"),
        (b"GGUF" + struct.pack("<IQQQcIIQ", 3, 0, 1, 1, b"k", 9, 99, 1), "there is no kind of value 99"),
        (b"GGUF" + struct.pack("<IQQQcI", 3, 0, 1, 1, b"k", 9) + 9 * struct.pack("<IQ", 9, 1), "too deep"),
        (b"GGUF" + struct.pack("<IQQQcIIQQ", 3, 0, 1, 1, b"k", 9, 8, 2**60, 1), f"{2**60} items"),
        (b"GGUF" + struct.pack("<IQQQcI", 3, 1, 0, 1, b"t", 99), "a tensor of 99 dimensions"),
        (b"GGUF" + struct.pack("<IQQQcIQIQ", 3, 1, 0, 1, b"t", 1, 2**63, 0, 0), "larger than any file"),
    ],
)
def test_what_is_wrong(tmp_path: Path, content: bytes, says: str) -> None:
    path = tmp_path / "wrong.gguf"
    path.write_bytes(content)
    with pytest.raises(BadHeader) as caught:
        reader.read(path)
    assert says in str(caught.value)


def test_an_array_whose_last_string_ends_after_the_file(tmp_path: Path) -> None:
    path = tmp_path / "wrong.gguf"
    texts = 2000 * struct.pack("<Q1s", 1, b"x") + struct.pack("<Q", 50)
    path.write_bytes(b"GGUF" + struct.pack("<IQQQcIIQ", 3, 0, 1, 1, b"k", 9, 8, 2001) + texts)
    with pytest.raises(BadHeader, match="ends within its header"):
        reader.read(path)


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        reader.read(tmp_path / "none.gguf")


def _reads(path: Path) -> bool:
    try:
        reader.read(path)
    except BadHeader as e:
        assert "\n" not in str(e)
        assert len(str(e)) < 200
        return False
    return True
