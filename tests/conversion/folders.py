"""Small sentence-transformers folders: random weights from a seed, files as they are published."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

WIDTH, HEADS, FEED_FORWARD, LAYERS, POSITIONS = 32, 2, 48, 2, 40
SPECIALS = ("[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]")
LETTERS = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
VOCABULARY = (
    *SPECIALS,
    *LETTERS,
    *(f"##{letter}" for letter in LETTERS),
    *"!?.,[]#é中",
    *("the", "cat", "The", "##ing", "sing", "play"),
)
CONFIG = {
    "architectures": ["BertModel"],
    "model_type": "bert",
    "hidden_act": "gelu",
    "hidden_size": WIDTH,
    "intermediate_size": FEED_FORWARD,
    "layer_norm_eps": 1e-12,
    "max_position_embeddings": POSITIONS,
    "num_attention_heads": HEADS,
    "num_hidden_layers": LAYERS,
    "position_embedding_type": "absolute",
    "type_vocab_size": 2,
    "vocab_size": len(VOCABULARY),
}
MODULES = tuple(
    {"idx": n, "name": str(n), "path": path, "type": f"sentence_transformers.models.{kind}"}
    for n, (path, kind) in enumerate(
        [("", "Transformer"), ("1_Pooling", "Pooling"), ("2_Normalize", "Normalize")]
    )
)
POOLING = {
    "word_embedding_dimension": WIDTH,
    "pooling_mode_mean_tokens": True,
    "pooling_mode_cls_token": False,
}


def write_folder(folder: Path) -> Path:
    """A whole folder; tests change what they are about with `change` or by writing over it."""
    (folder / "1_Pooling").mkdir(parents=True)
    write_json(folder / "config.json", CONFIG)
    write_json(folder / "modules.json", MODULES)
    write_json(folder / "1_Pooling" / "config.json", POOLING)
    write_json(folder / "sentence_bert_config.json", {"max_seq_length": 24, "do_lower_case": False})
    write_json(folder / "tokenizer_config.json", {"do_lower_case": True, "model_max_length": 512})
    (folder / "vocab.txt").write_text("".join(f"{token}\n" for token in VOCABULARY), "utf-8")
    write_safetensors(folder / "model.safetensors", weights())
    return folder


def tokenizer_json(**changes: Any) -> dict[str, Any]:
    """As the tokenizers library writes it."""
    return {
        "added_tokens": [
            {"id": n, "content": token, "special": True, "normalized": False}
            for n, token in enumerate(SPECIALS)
        ],
        "normalizer": {
            "type": "BertNormalizer",
            "clean_text": True,
            "handle_chinese_chars": True,
            "strip_accents": None,
            "lowercase": True,
        },
        "pre_tokenizer": {"type": "BertPreTokenizer"},
        "model": {
            "type": "WordPiece",
            "unk_token": "[UNK]",
            "continuing_subword_prefix": "##",
            "vocab": {token: n for n, token in enumerate(VOCABULARY)},
        },
    } | changes


def weights(seed: int = 0) -> dict[str, np.ndarray]:
    random = np.random.default_rng(seed)

    def some(*shape: int) -> np.ndarray:
        return (random.standard_normal(shape) * 0.3).astype(np.float32)

    tensors = {
        "embeddings.word_embeddings.weight": some(len(VOCABULARY), WIDTH),
        "embeddings.position_embeddings.weight": some(POSITIONS, WIDTH),
        "embeddings.token_type_embeddings.weight": some(2, WIDTH),
        "embeddings.position_ids": np.arange(POSITIONS)[None],
        "pooler.dense.weight": some(WIDTH, WIDTH),
        "pooler.dense.bias": some(WIDTH),
    }
    norms = ["embeddings.LayerNorm"]
    for layer in (f"encoder.layer.{n}." for n in range(LAYERS)):
        sizes = {
            **{f"attention.{part}": (WIDTH, WIDTH) for part in ("self.query", "self.key", "self.value")},
            "attention.output.dense": (WIDTH, WIDTH),
            "intermediate.dense": (FEED_FORWARD, WIDTH),
            "output.dense": (WIDTH, FEED_FORWARD),
        }
        for name, shape in sizes.items():
            tensors |= {f"{layer}{name}.weight": some(*shape), f"{layer}{name}.bias": some(shape[0])}
        norms += [f"{layer}attention.output.LayerNorm", f"{layer}output.LayerNorm"]
    for norm in norms:
        tensors |= {f"{norm}.weight": 1 + some(WIDTH), f"{norm}.bias": some(WIDTH)}
    return tensors


def write_json(path: Path, value: object) -> None:
    path.write_text(json.dumps(value, ensure_ascii=False), "utf-8")


def change(path: Path, **changes: object) -> None:
    """Set keys of a JSON object; None takes one out."""
    values = json.loads(path.read_text("utf-8")) if path.exists() else {}
    write_json(path, {key: value for key, value in (values | changes).items() if value is not None})


def write_safetensors(
    path: Path, tensors: Mapping[str, np.ndarray], kinds: Mapping[str, str] | None = None
) -> None:
    """`kinds` renames what numpy has no type for: uint16 as BF16."""
    names = {"float32": "F32", "float16": "F16", "int64": "I64"} | dict(kinds or {})
    header: dict[str, object] = {"__metadata__": {"format": "pt"}}
    data = b""
    for name, tensor in tensors.items():
        raw = tensor.tobytes()
        header[name] = {
            "dtype": names[tensor.dtype.name],
            "shape": list(tensor.shape),
            "data_offsets": [len(data), len(data) + len(raw)],
        }
        data += raw
    path.write_bytes(framed(json.dumps(header).encode(), data))


def framed(header: bytes, data: bytes = b"") -> bytes:
    return len(header).to_bytes(8, "little") + header + data
