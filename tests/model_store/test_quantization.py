"""Which files make up a model, and which model is taken."""

from __future__ import annotations

import pytest

from spinfer.model_store.quantization import choose, quantization, variants


@pytest.mark.parametrize(
    ("path", "name"),
    [
        ("a-Q4_K_M.gguf", "Q4_K_M"),
        ("llama-2-7b-chat.q8_0.gguf", "Q8_0"),
        ("Qwen2.5-0.5B-Instruct-Q4_0.gguf", "Q4_0"),
        ("UD-Q4_K_XL/x-UD-Q4_K_XL-00001-of-00002.gguf", "UD-Q4_K_XL"),
        ("Q8_0/x-00001-of-00003.gguf", "Q8_0"),
        ("m-f16.gguf", "F16"),
        ("gpt-oss-20b-mxfp4.gguf", "MXFP4"),
        ("IQ4_XS.gguf", "IQ4_XS"),
        ("model.gguf", None),
        ("MQ4_K_Mx.gguf", None),
    ],
)
def test_what_a_name_says(path: str, name: str | None) -> None:
    assert quantization(path) == name


def test_models_among_files() -> None:
    found = variants([
        "README.md", "m-Q8_0.gguf", "mmproj-m-f16.gguf", "imatrix.gguf",
        "F16/m-F16-00002-of-00002.gguf", "F16/m-F16-00001-of-00002.gguf", "half-00001-of-00002.gguf",
    ])  # fmt: skip
    assert [(each.quantization, each.files) for each in found] == [
        ("F16", ("F16/m-F16-00001-of-00002.gguf", "F16/m-F16-00002-of-00002.gguf")),
        ("Q8_0", ("m-Q8_0.gguf",)),
    ]


@pytest.mark.parametrize(
    ("files", "wanted", "taken", "noted"),
    [
        (["m-Q8_0.gguf", "m-Q4_K_M.gguf"], None, "m-Q4_K_M.gguf", False),
        (["m-Q8_0.gguf", "m-Q4_K_M.gguf"], "q8_0", "m-Q8_0.gguf", False),
        (["x/m-Q8_0.gguf", "m-Q4_K_M.gguf"], "m-Q8_0.gguf", "x/m-Q8_0.gguf", False),
        (["x/m-Q8_0.gguf", "m-Q4_K_M.gguf"], "x/m-Q8_0.gguf", "x/m-Q8_0.gguf", False),
        (["m-Q8_0.gguf", "m-Q5_K_M.gguf", "m-Q2_K.gguf"], None, "m-Q5_K_M.gguf", True),
        (["m-Q3_K_M.gguf", "m-Q5_K_M.gguf"], None, "m-Q5_K_M.gguf", True),
        (["m-F16.gguf", "other.gguf"], None, "m-F16.gguf", True),
        (["m-F16.gguf"], None, "m-F16.gguf", False),
        (["other.gguf"], None, "other.gguf", False),
        (["m-UD-Q4_K_XL.gguf", "m-F16.gguf"], None, "m-F16.gguf", True),
    ],
)
def test_what_is_taken(files: list[str], wanted: str | None, taken: str, noted: bool) -> None:
    choice = choose(variants(files), wanted)
    assert choice is not None
    assert choice.variant.files == (taken,)
    assert bool(choice.note) == noted


def test_nothing_to_take() -> None:
    assert choose((), None) is None
    assert choose(variants(["m-Q8_0.gguf"]), "Q4_K_M") is None
