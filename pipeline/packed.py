"""Forward pass of a BERT encoder without padding, for a CPU.

Sequences lie one behind the other in one matrix of tokens, so every matrix product runs over real
tokens only; attention runs over sequences of equal length. Weights are laid out once for oneDNN,
which on processors that are not Intel's multiplies float32 more than twice as fast as the library
behind torch's own linear layer, and applies GELU while it multiplies. In bf16 the products are
bf16; sums between layers and layer norms stay float32.

A row of the result depends on its own sequence alone, to the last bit: not on its neighbours, nor
on the number of threads. ``tests/test_packed.py`` holds that; caches and engines rest on it.
"""

from __future__ import annotations

import contextlib
import ctypes
import functools
import sys
from collections.abc import Callable, Sequence
from itertools import groupby
from typing import Any

import torch
from torch.nn import functional

LEAST_ROWS = 16
"""Fewer rows are filled up: the kernels for very small products add in another order."""

Linear = Callable[[torch.Tensor], torch.Tensor]


def fits(network: Any) -> bool:
    """Whether ``network`` is a plain BERT on a CPU, the one kind that :class:`Packed` reads."""
    config = network.config
    return (
        config.model_type == "bert"
        and config.hidden_act == "gelu"
        and not config.is_decoder
        and not config.chunk_size_feed_forward
        and getattr(config, "position_embedding_type", None) in (None, "absolute")
        and network.embeddings.word_embeddings.weight.device.type == "cpu"
    )


class Packed:
    """Hidden states of token sequences, by the weights of a ``transformers`` BERT.

    Args:
        network: a network that :func:`fits`; its float32 weights are copied.
        dtype: ``torch.float32`` or ``torch.bfloat16``, in which products are taken.
    """

    def __init__(self, network: Any, dtype: torch.dtype) -> None:
        _keep_memory()
        config = network.config
        self.heads = int(config.num_attention_heads)
        self.dtype = dtype
        table = network.embeddings
        kind = table.token_type_embeddings.weight[0]
        self.words = table.word_embeddings.weight.detach().float()
        self.places = (table.position_embeddings.weight + kind).detach().float()
        self.norm = _norm(table.LayerNorm)
        self.layers = [_Layer(layer, dtype) for layer in network.encoder.layer]

    @torch.inference_mode()
    def __call__(self, sequences: Sequence[Sequence[int]]) -> torch.Tensor:
        """States ``(tokens, d)`` float32 of the sequences, one behind the other.

        Equal lengths should lie together: each run of them is one attention.
        """
        lengths = [len(sequence) for sequence in sequences]
        total = sum(lengths)
        spare = max(0, LEAST_ROWS - total)
        runs = [(length, len(list(run))) for length, run in groupby(lengths)]
        ids = torch.tensor([token for sequence in sequences for token in sequence] + [0] * spare)
        place = torch.cat([torch.arange(n).repeat(m) for n, m in runs] + [torch.arange(spare)])
        if spare:
            runs.append((spare, 1))
        states = self.norm(self.words[ids] + self.places[place])
        for layer in self.layers:
            states = layer(states, runs, self.heads)
        return states[:total]


class _Layer:
    """One block: attention, then the feed-forward part, each added to its input and normed."""

    def __init__(self, layer: Any, dtype: torch.dtype) -> None:
        own = layer.attention.self
        weight = torch.cat([part.weight for part in (own.query, own.key, own.value)])
        bias = torch.cat([part.bias for part in (own.query, own.key, own.value)])
        self.dtype = dtype
        self.project = _linear(weight, bias, dtype)
        self.join = _linear(layer.attention.output.dense.weight,
                            layer.attention.output.dense.bias, dtype)  # fmt: skip
        self.widen = _linear(layer.intermediate.dense.weight, layer.intermediate.dense.bias, dtype,
                             gelu=True)  # fmt: skip
        self.narrow = _linear(layer.output.dense.weight, layer.output.dense.bias, dtype)
        self.norm_attention = _norm(layer.attention.output.LayerNorm)
        self.norm_output = _norm(layer.output.LayerNorm)

    def __call__(
        self, states: torch.Tensor, runs: Sequence[tuple[int, int]], heads: int
    ) -> torch.Tensor:
        mixed = _attend(self.project(states.to(self.dtype)), runs, heads)
        states = self.norm_attention(self.join(mixed).float() + states)
        return self.norm_output(self.narrow(self.widen(states.to(self.dtype))).float() + states)


def _attend(projected: torch.Tensor, runs: Sequence[tuple[int, int]], heads: int) -> torch.Tensor:
    """Attention inside each sequence: query, key, value ``(tokens, 3 d)`` to ``(tokens, d)``."""
    size = projected.shape[1] // 3
    mixed = torch.empty(len(projected), size, dtype=projected.dtype)
    low = 0
    for length, count in runs:
        high = low + length * count
        parts = projected[low:high].view(count, length, 3, heads, size // heads)
        query, key, value = parts.permute(2, 0, 3, 1, 4)
        found = _mix(query, key, value)
        mixed[low:high] = found.transpose(1, 2).reshape(high - low, size)
        low = high
    return mixed


def _mix(query: torch.Tensor, key: torch.Tensor, value: torch.Tensor) -> torch.Tensor:
    """Values ``(sequences, heads, length, width)`` weighted by how keys answer queries."""
    if query.dtype == torch.float32 or query.shape[2] < LEAST_ROWS:
        return functional.scaled_dot_product_attention(query, key, value)
    # torch's fused attention takes twice as long in bf16: it exponentiates in bf16.
    shape = query.shape
    query, key, value = (part.reshape(-1, *shape[2:]) for part in (query, key, value))
    weight = torch.softmax(
        torch.bmm(query * shape[-1] ** -0.5, key.transpose(1, 2)), -1, dtype=torch.float32
    )
    return torch.bmm(weight.to(value.dtype), value).view(shape)


def _norm(module: Any) -> Linear:
    weight, bias, eps = module.weight.detach().float(), module.bias.detach().float(), module.eps
    return lambda x: functional.layer_norm(x, weight.shape, weight, bias, eps)


def _linear(
    weight: torch.Tensor, bias: torch.Tensor, dtype: torch.dtype, *, gelu: bool = False
) -> Linear:
    """``x @ weight.T + bias`` and GELU if asked, by oneDNN's own layout where torch offers it."""
    weight, bias = weight.detach().to(dtype).contiguous(), bias.detach().to(dtype)
    if _offers_onednn():
        laid = torch.ops.mkldnn._reorder_linear_weight(weight, 2048)
        name, algorithm = ("gelu", "none") if gelu else ("none", "")
        return lambda x: torch.ops.mkldnn._linear_pointwise(x, laid, bias, name, [], algorithm)
    if gelu:
        return lambda x: functional.gelu(functional.linear(x, weight, bias))
    return lambda x: functional.linear(x, weight, bias)


@functools.cache
def _keep_memory() -> None:
    """Has glibc keep freed blocks of some megabytes, instead of fetching clean pages every layer.

    Fetching them took a quarter of the pass.
    """
    if sys.platform == "linux":
        with contextlib.suppress(OSError, AttributeError):
            allocator = ctypes.CDLL(None)
            allocator.mallopt(-3, 1 << 28)  # M_MMAP_THRESHOLD
            allocator.mallopt(-1, 1 << 28)  # M_TRIM_THRESHOLD


def _offers_onednn() -> bool:
    # Private names: torch's compiler calls them, so they are there in every build with oneDNN.
    available = bool(torch.backends.mkldnn.is_available())  # type: ignore[no-untyped-call]
    return available and hasattr(torch.ops.mkldnn, "_linear_pointwise")
