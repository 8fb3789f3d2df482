"""config.json of a BERT model → its measures, or why llama.cpp cannot compute it."""

from __future__ import annotations

from dataclasses import dataclass

from spinfer.conversion.json_object import CURE, JsonObject, shown
from spinfer.errors import ModelError

ARCHITECTURES = ("BertModel", "BertForMaskedLM", "BertForPreTraining")
"""What is a BERT encoder below its head; the head is left out."""

_ACTIVATIONS = ("gelu", "gelu_new", "gelu_fast", "gelu_pytorch_tanh", "gelu_python")
"""llama.cpp computes the one with tanh for them all; they differ by at most 0.0005."""


@dataclass(frozen=True, slots=True)
class BertShape:
    """`positions` is the most tokens that a text can have, its [CLS] and [SEP] among them."""

    tokens: int
    positions: int
    token_types: int
    width: int
    layers: int
    heads: int
    feed_forward: int
    norm_eps: float


def read_shape(config: JsonObject) -> BertShape:
    """Raises ModelError."""
    _check_architecture(config)
    _check_variant(config)
    shape = BertShape(
        tokens=config.count("vocab_size"),
        positions=config.count("max_position_embeddings"),
        token_types=config.count("type_vocab_size"),
        width=config.count("hidden_size"),
        layers=config.count("num_hidden_layers"),
        heads=config.count("num_attention_heads"),
        feed_forward=config.count("intermediate_size"),
        norm_eps=config.number("layer_norm_eps"),
    )
    if shape.width % shape.heads:
        what = f"{shape.heads} heads do not divide a width of {shape.width}"
        config.refuse("num_attention_heads", what, CURE)
    return shape


def _check_architecture(config: JsonObject) -> None:
    names = config.values.get("architectures")
    named = [name for name in names if isinstance(name, str)] if isinstance(names, list) else []
    kind = config.optional_text("model_type")
    if kind == "bert" and (not named or set(named) & set(ARCHITECTURES)):
        return
    found = ", ".join(map(shown, named)) or shown(kind)
    raise ModelError(
        f"this is a model of the architecture {found}"
        if named or kind
        else "it does not name an architecture",
        where=config.where,
        cure=f"Those that can be converted are {', '.join(ARCHITECTURES)} (model_type `bert`). "
        "Others may be published as .gguf, or can be converted with llama.cpp's own scripts.",
    )


def _check_variant(config: JsonObject) -> None:
    """Refuse what bears BERT's name and is computed differently."""
    if (activation := config.text("hidden_act", "gelu")) not in _ACTIVATIONS:
        config.refuse("hidden_act", f"the activation {shown(activation)}: llama.cpp computes BERT with gelu")
    if (kind := config.text("position_embedding_type", "absolute")) != "absolute":
        config.refuse(
            "position_embedding_type", f"{shown(kind)} positions: llama.cpp computes BERT with absolute ones"
        )
    if config.flag("is_decoder", False):
        config.refuse("is_decoder", "a decoder: llama.cpp computes BERT as an encoder")
