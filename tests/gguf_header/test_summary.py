"""What a line about a model says."""

import struct
from pathlib import Path

import gguf
import numpy as np
import pytest

from fakes.tiny_model import write_bert, write_llama
from spinfer import builtin
from spinfer.gguf_header.header import BadHeader
from spinfer.gguf_header.summary import summarize


def write_parts(folder: Path, *, count: int = 3) -> list[Path]:
    """A split model of `count` tensors of 64 numbers; only headers, no model that could be loaded."""
    paths = [folder / f"split-{n:05}-of-{count:05}.gguf" for n in range(1, count + 1)]
    for n, path in enumerate(paths):
        writer = gguf.GGUFWriter(path, "llama")
        writer.add_uint16("split.no", n)
        writer.add_uint16("split.count", count)
        writer.add_file_type(gguf.LlamaFileType.MOSTLY_F16)
        writer.add_tensor(f"t{n}", np.zeros(64, np.float16))
        writer.write_header_to_file()
        writer.write_kv_data_to_file()
        writer.write_tensors_to_file()
        writer.close()
    return paths


def test_the_built_in_models() -> None:
    chat, embedding = summarize(builtin.CHAT_MODEL), summarize(builtin.EMBEDDING_MODEL)
    assert (chat.architecture, chat.embeds) == ("llama", False)
    assert (embedding.architecture, embedding.embeds) == ("bert", True)
    assert chat.bytes == builtin.CHAT_MODEL.stat().st_size
    assert chat.trained_context is not None
    assert chat.parameters == sum(t.n_elements for t in gguf.GGUFReader(builtin.CHAT_MODEL).tensors)


def test_a_file_that_does_not_say_how_it_is_stored(tmp_path: Path) -> None:
    assert summarize(write_llama(tmp_path / "q8.gguf", quantize=True)).quantization == "Q8_0"
    assert summarize(write_bert(tmp_path / "f32.gguf")).quantization == "F32"


def test_a_split_model_is_one(tmp_path: Path) -> None:
    parts = write_parts(tmp_path)
    summary = summarize(parts[0])
    assert summary.parameters == 3 * 64
    assert summary.bytes == sum(part.stat().st_size for part in parts)
    assert summary.quantization == "F16"


def test_parts_that_are_not_all_there(tmp_path: Path) -> None:
    parts = write_parts(tmp_path)
    with pytest.raises(BadHeader, match="one of 3 parts, and not the one named"):
        summarize(parts[1])
    parts[2].unlink()
    with pytest.raises(BadHeader, match=r"3 parts, and split-00003-of-00003\.gguf is not there"):
        summarize(parts[0])


def test_a_model_whose_end_is_missing(tmp_path: Path) -> None:
    path = write_llama(tmp_path / "tiny.gguf")
    path.write_bytes(path.read_bytes()[:-5000])
    with pytest.raises(BadHeader, match="bytes of its weights are missing"):
        summarize(path)


def test_an_alignment_that_is_none(tmp_path: Path) -> None:
    path = tmp_path / "wrong.gguf"
    key = b"general.alignment"
    path.write_bytes(b"GGUF" + struct.pack(f"<IQQQ{len(key)}sII", 3, 0, 1, len(key), key, 4, 7))
    with pytest.raises(BadHeader, match="weights aligned to 7 bytes"):
        summarize(path)
