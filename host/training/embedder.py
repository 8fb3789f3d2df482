"""The embedding model in torch: a small BERT whose token states are averaged. Knows nothing of text."""

from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional


@dataclass(frozen=True)
class EmbedderShape:
    """The sizes of the encoder."""

    vocab: int
    width: int = 128
    layers: int = 3
    heads: int = 4
    feed_forward: int = 384
    context: int = 256
    norm_eps: float = 1e-12


class EncoderBlock(nn.Module):
    """One layer: attention, then a feed-forward network, each added and normed after."""

    def __init__(self, shape: EmbedderShape) -> None:
        super().__init__()
        self.heads = shape.heads
        self.q = nn.Linear(shape.width, shape.width)
        self.k = nn.Linear(shape.width, shape.width)
        self.v = nn.Linear(shape.width, shape.width)
        self.out = nn.Linear(shape.width, shape.width)
        self.attention_norm = nn.LayerNorm(shape.width, eps=shape.norm_eps)
        self.up = nn.Linear(shape.width, shape.feed_forward)
        self.down = nn.Linear(shape.feed_forward, shape.width)
        self.norm = nn.LayerNorm(shape.width, eps=shape.norm_eps)

    def forward(self, x: Tensor, bias: Tensor) -> Tensor:
        batch, time, width = x.shape

        def split(y: Tensor) -> Tensor:
            return y.view(batch, time, self.heads, -1).transpose(1, 2)

        q, k, v = split(self.q(x)), split(self.k(x)), split(self.v(x))
        weights = (q @ k.transpose(-1, -2) * (width // self.heads) ** -0.5 + bias).softmax(-1)
        x = self.attention_norm(x + self.out((weights @ v).transpose(1, 2).reshape(x.shape)))
        return self.norm(x + self.down(functional.gelu(self.up(x), approximate="tanh")))


class Embedder(nn.Module):
    """Token ids [batch, time] and a mask of real tokens → unit vectors [batch, width]."""

    def __init__(self, shape: EmbedderShape) -> None:
        super().__init__()
        self.shape = shape
        self.tokens = nn.Embedding(shape.vocab, shape.width)
        self.types = nn.Parameter(torch.zeros(2, shape.width))
        self.positions = nn.Embedding(shape.context, shape.width)
        self.norm = nn.LayerNorm(shape.width, eps=shape.norm_eps)
        self.blocks = nn.ModuleList(EncoderBlock(shape) for _ in range(shape.layers))
        nn.init.normal_(self.tokens.weight, std=0.05)
        nn.init.normal_(self.positions.weight, std=0.005)

    def forward(self, tokens: Tensor, mask: Tensor) -> Tensor:
        time = tokens.shape[1]
        x = self.norm(self.tokens(tokens) + self.types[0] + self.positions.weight[:time])
        bias = torch.where(mask, 0.0, -1e9)[:, None, None, :]
        for block in self.blocks:
            x = block(x, bias)
        kept = mask[..., None].float()
        return functional.normalize((x * kept).sum(1) / kept.sum(1), dim=-1)
