"""What two model files say of themselves, one large and one small."""

import dataclasses

from spinfer.inference.engine.model_info import ModelInfo

LLAMA_8B = ModelInfo(
    description="llama 8B",
    bytes=4 << 30,
    trained_context=131072,
    dimensions=4096,
    layers=32,
    width=4096,
    heads=32,
    cached_heads=8,
    vocabulary=128256,
    adds_bos=True,
    bos="<s>",
    eos="</s>",
    chat_template=None,
    is_recurrent=False,
    needs_encoder=False,
    metadata={"general.architecture": "llama"},
)
SMALL = dataclasses.replace(LLAMA_8B, bytes=1 << 20, trained_context=512, layers=2, width=64, heads=2)
