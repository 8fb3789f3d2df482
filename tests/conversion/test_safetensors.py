"""The tensors of a .safetensors file, and hostile ones."""

import json
import math
from pathlib import Path

import numpy as np
import pytest

from conversion.folders import framed, write_safetensors
from spinfer.conversion.safetensors import SafeTensors
from spinfer.errors import ModelError


def refusal(path: Path) -> str:
    with pytest.raises(ModelError) as caught:
        SafeTensors(path)
    (problem,) = caught.value.problems
    assert problem.where == str(path)
    return problem.what


def entry(begin: int, end: int, *shape: int, dtype: str = "F32") -> dict[str, object]:
    return {"dtype": dtype, "shape": list(shape), "data_offsets": [begin, end]}


def write(path: Path, header: object, data: bytes = b"") -> Path:
    path.write_bytes(framed(json.dumps(header).encode(), data))
    return path


def test_every_readable_type(tmp_path: Path) -> None:
    values = np.array([[1.5, -2.0, 0.0], [1e-3, 65504, -0.25]], np.float32)
    brain = (values.view(np.uint32) >> 16).astype(np.uint16)
    path = tmp_path / "model.safetensors"
    tensors = {"whole": values, "half": values.astype(np.float16), "brain": brain, "none": values[:0]}
    write_safetensors(path, tensors, {"uint16": "BF16"})
    file = SafeTensors(path)
    assert {name: entry.shape for name, entry in file.entries.items()} == {
        "whole": (2, 3),
        "half": (2, 3),
        "brain": (2, 3),
        "none": (0, 3),
    }
    assert np.array_equal(file.read("whole"), values)
    assert np.array_equal(file.read("half"), values.astype(np.float16).astype(np.float32))
    np.testing.assert_allclose(file.read("brain"), values, rtol=2**-7)
    assert file.read("none").shape == (0, 3)
    assert all(file.read(name).dtype == np.float32 for name in tensors)


def test_another_type_is_refused_when_it_is_read(tmp_path: Path) -> None:
    path = write(
        tmp_path / "f", {"ids": entry(0, 8, 1, dtype="I64"), "new": entry(8, 11, 5, dtype="F4")}, bytes(11)
    )
    file = SafeTensors(path)
    with pytest.raises(ModelError, match=r"tensor 'ids' has the type 'I64'; readable are F32, F16, BF16"):
        file.read("ids")
    with pytest.raises(ModelError, match="'F4'"):
        file.read("new")


@pytest.mark.parametrize("content", [b"", b"1234567"])
def test_too_short(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "f").write_bytes(content)
    assert "too few to be a .safetensors file" in refusal(tmp_path / "f")


@pytest.mark.parametrize("length", [11, 2**20, 2**40, 2**64 - 1])
def test_a_header_that_is_longer_than_the_file(tmp_path: Path, length: int) -> None:
    (tmp_path / "f").write_bytes(length.to_bytes(8, "little") + b"{}".ljust(10))
    assert f"its header would have {length} bytes, the file has 18" in refusal(tmp_path / "f")


def test_a_huge_header_is_not_read(tmp_path: Path) -> None:
    length = 2**32
    with (tmp_path / "f").open("wb") as file:
        file.write(length.to_bytes(8, "little"))
        file.truncate(length + 8)
    assert "its header would have 4294967296 bytes" in refusal(tmp_path / "f")


@pytest.mark.usefixtures("no_collection")
@pytest.mark.parametrize(
    ("header", "said"),
    [
        (b"{", "not JSON"),
        (b"\xff", "not JSON"),
        (b"[" * 100_000, "not JSON"),
        (b'{"a":' + b"9" * 5000 + b"}", "not JSON"),
        (b"[]", "not a JSON object"),
    ],
)
def test_a_header_that_is_no_object(tmp_path: Path, header: bytes, said: str) -> None:
    (tmp_path / "f").write_bytes(framed(header))
    assert said in refusal(tmp_path / "f")


@pytest.mark.parametrize(
    "described",
    [
        5,
        {},
        {"dtype": "F32", "shape": [1]},
        {"dtype": 1, "shape": [1], "data_offsets": [0, 4]},
        {"dtype": "F32", "shape": "1", "data_offsets": [0, 4]},
        {"dtype": "F32", "shape": [1], "data_offsets": [0]},
        {"dtype": "F32", "shape": [1], "data_offsets": [0, 4, 8]},
        {"dtype": "F32", "shape": [1], "data_offsets": [0, 4.0]},
        {"dtype": "F32", "shape": [True], "data_offsets": [0, 4]},
        {"dtype": "F32", "shape": [-1], "data_offsets": [-4, 0]},
        {"dtype": "F32", "shape": [1] * 9, "data_offsets": [0, 4]},
    ],
)
def test_what_describes_no_tensor(tmp_path: Path, described: object) -> None:
    assert "describes no tensor under 'a'" in refusal(write(tmp_path / "f", {"a": described}, bytes(4)))


@pytest.mark.parametrize(
    ("header", "said"),
    [
        ({"a": entry(0, 8, 2), "b": entry(4, 12, 2)}, "tensor 'b' begins at byte 4, expected at 8"),
        ({"a": entry(0, 8, 2), "b": entry(0, 8, 2)}, "tensor 'b' begins at byte 0, expected at 8"),
        ({"a": entry(0, 4, 1), "b": entry(8, 12, 1)}, "tensor 'b' begins at byte 8, expected at 4"),
        ({"a": entry(4, 12, 2)}, "tensor 'a' begins at byte 4, expected at 0"),
        ({"a": entry(0, 0, 0), "b": entry(0, 12, 3), "c": entry(12, 4, 2)}, "tensor 'c' begins at byte 12"),
        ({"a": entry(0, 12, 2)}, "tensor 'a' has 12 bytes, which do not fit its shape [2] of 'F32'"),
        ({"a": entry(0, 12, 2**62, 2**62)}, "do not fit its shape"),
        ({"a": entry(0, 16, 4)}, "its tensors need 16 bytes, 12 are there: it was cut off"),
        ({"a": entry(0, 2**60, 2**58)}, "it was cut off"),
        ({"a": entry(0, 8, 2)}, "4 bytes after its tensors belong to none"),
        ({}, "12 bytes after its tensors belong to none"),
    ],
)
def test_ranges_that_do_not_fit(tmp_path: Path, header: object, said: str) -> None:
    assert said in refusal(write(tmp_path / "f", header, bytes(12)))


def test_names_cannot_command_a_terminal(tmp_path: Path) -> None:
    said = refusal(write(tmp_path / "f", {"\x1b[2J\ud800": 5}))
    assert "\x1b" not in said
    said.encode()


def test_no_file(tmp_path: Path) -> None:
    assert "it cannot be read: No such file" in refusal(tmp_path / "f")


def test_every_cut_is_noticed(tmp_path: Path) -> None:
    """A download that broke off anywhere is no model."""
    path = tmp_path / "model.safetensors"
    write_safetensors(path, {"a": np.zeros((2, 3), np.float32), "b": np.zeros(4, np.float16)})
    whole = path.read_bytes()
    assert math.prod(SafeTensors(path).entries["a"].shape) == 6
    for length in range(len(whole)):
        path.write_bytes(whole[:length])
        refusal(path)
