"""The chat model in torch: a llama-architecture decoder, small enough to train on one core.

Rotary embeddings pair the two halves of a head, which is quick in torch; llama.cpp pairs neighbours for this
architecture, so the export reorders the query and key rows. Knows nothing of text.
"""

from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional

WRITTEN_OUT_UP_TO = 200


@dataclass(frozen=True)
class ChatShape:
    """The sizes of the decoder; every width is a multiple of 32, as Q8_0 blocks need."""

    vocab: int
    width: int = 256
    layers: int = 4
    heads: int = 4
    feed_forward: int = 704
    context: int = 1024
    rope_base: float = 10_000.0
    norm_eps: float = 1e-5

    @property
    def head_width(self) -> int:
        return self.width // self.heads


def rotation(shape: ChatShape) -> tuple[Tensor, Tensor]:
    """Cosines and sines, each [context, head_width / 2]."""
    half = torch.arange(0, shape.head_width, 2, dtype=torch.float32) / shape.head_width
    angles = torch.outer(torch.arange(shape.context, dtype=torch.float32), shape.rope_base**-half)
    return angles.cos(), angles.sin()


def rotate(x: Tensor, cos: Tensor, sin: Tensor) -> Tensor:
    """Turn x [batch, heads, time, head_width]: entry i together with entry i + head_width / 2."""
    first, second = x.chunk(2, dim=-1)
    return torch.cat((first * cos - second * sin, first * sin + second * cos), dim=-1)


def attend(q: Tensor, k: Tensor, v: Tensor) -> Tensor:
    """Causal attention; on a CPU short rows train faster written out, long ones with the fused kernel."""
    time = q.shape[-2]
    if time > WRITTEN_OUT_UP_TO:
        return functional.scaled_dot_product_attention(q, k, v, is_causal=True)
    future = torch.full((time, time), float("-inf"), dtype=q.dtype).triu(1)
    scores = (q * q.shape[-1] ** -0.5) @ k.transpose(-1, -2) + future
    return scores.softmax(-1).to(v.dtype) @ v


class Attention(nn.Module):
    """Causal self-attention."""

    def __init__(self, shape: ChatShape) -> None:
        super().__init__()
        self.shape = shape
        self.q = nn.Linear(shape.width, shape.width, bias=False)
        self.k = nn.Linear(shape.width, shape.width, bias=False)
        self.v = nn.Linear(shape.width, shape.width, bias=False)
        self.out = nn.Linear(shape.width, shape.width, bias=False)

    def forward(self, x: Tensor, cos: Tensor, sin: Tensor) -> Tensor:
        batch, time, _ = x.shape

        def split(y: Tensor) -> Tensor:
            return y.view(batch, time, self.shape.heads, self.shape.head_width).transpose(1, 2)

        q, k, v = split(self.q(x)), split(self.k(x)), split(self.v(x))
        cos, sin = cos.to(q.dtype), sin.to(q.dtype)
        q, k = rotate(q, cos, sin), rotate(k, cos, sin)
        mixed = attend(q, k, v)
        return self.out(mixed.transpose(1, 2).reshape(batch, time, -1))


class Block(nn.Module):
    """One layer: attention, then a gated feed-forward network, each normed before and added after."""

    def __init__(self, shape: ChatShape) -> None:
        super().__init__()
        self.eps = shape.norm_eps
        self.attention_norm = nn.Parameter(torch.ones(shape.width))
        self.attention = Attention(shape)
        self.feed_forward_norm = nn.Parameter(torch.ones(shape.width))
        self.gate = nn.Linear(shape.width, shape.feed_forward, bias=False)
        self.up = nn.Linear(shape.width, shape.feed_forward, bias=False)
        self.down = nn.Linear(shape.feed_forward, shape.width, bias=False)

    def forward(self, x: Tensor, cos: Tensor, sin: Tensor) -> Tensor:
        width = (x.shape[-1],)
        x = x + self.attention(functional.rms_norm(x, width, self.attention_norm, self.eps), cos, sin)
        y = functional.rms_norm(x, width, self.feed_forward_norm, self.eps)
        return x + self.down(functional.silu(self.gate(y)) * self.up(y))


class ChatModel(nn.Module):
    """Token ids [batch, time] → logits [batch, time, vocab]; the output matrix is the embedding."""

    def __init__(self, shape: ChatShape) -> None:
        super().__init__()
        self.shape = shape
        self.embedding = nn.Embedding(shape.vocab, shape.width)
        self.blocks = nn.ModuleList(Block(shape) for _ in range(shape.layers))
        self.norm = nn.Parameter(torch.ones(shape.width))
        cos, sin = rotation(shape)
        self.register_buffer("cos", cos, persistent=False)
        self.register_buffer("sin", sin, persistent=False)
        for name, parameter in self.named_parameters():
            if parameter.dim() == 2:
                depth = (2 * shape.layers) ** -0.5 if name.endswith(("out.weight", "down.weight")) else 1.0
                nn.init.normal_(parameter, std=0.02 if "embedding" in name else depth * shape.width**-0.5)

    def forward(self, tokens: Tensor, where: Tensor | None = None) -> Tensor:
        """Logits of every position, or only of those that the mask `where` [batch, time] picks."""
        time = tokens.shape[1]
        x = self.embedding(tokens)
        for block in self.blocks:
            x = block(x, self.cos[:time], self.sin[:time])
        x = x if where is None else x[where]
        return (
            functional.rms_norm(x, (x.shape[-1],), self.norm, self.shape.norm_eps) @ self.embedding.weight.T
        )
