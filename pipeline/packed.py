"""Forward pass of a BERT encoder without padding, for a CPU.

Sequences lie one behind the other in one matrix of tokens, so every matrix product runs over real
tokens only; attention looks at sequences of about equal length together. Weights are laid out once
for oneDNN, which on processors that are not Intel's multiplies float32 more than twice as fast as
the library behind torch's own linear layer, and applies GELU while it multiplies. In bf16 the
products are bf16; sums between layers and layer norms stay float32.

A row of the result depends on its own sequence alone, to the last bit: not on its neighbours, nor
on the number of threads. ``tests/test_packed.py`` holds that; caches and engines rest on it.
"""

from __future__ import annotations

import contextlib
import ctypes
import functools
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any

import torch
from torch.nn import functional

LEAST_ROWS = 16
"""Fewer rows are filled up: the kernels for very small products add in another order."""

ROWS, LENGTHS = 64, 16
"""Tokens of a product and of a sequence in attention are filled up to multiples of these: oneDNN
compiles a kernel for every new shape and keeps a thousand of them, a megabyte each."""

TOGETHER = (8, 4, 2, 1)
"""Numbers of sequences in one attention, for the same reason."""

Linear = Callable[[torch.Tensor], torch.Tensor]


def fits(config: Mapping[str, Any]) -> bool:
    """Whether a network of this ``config.json`` is a plain BERT, which :class:`Packed` can be."""
    return (
        config.get("model_type") == "bert"
        and config.get("hidden_act") == "gelu"
        and not config.get("is_decoder")
        and not config.get("chunk_size_feed_forward")
        and config.get("position_embedding_type") in (None, "absolute")
    )


class Packed:
    """Hidden states of token sequences, by the weights of a ``transformers`` BERT.

    Args:
        config: a ``config.json`` that :func:`fits`.
        weights: float32 weights by their names in ``BertModel``.
        dtype: ``torch.float32`` or ``torch.bfloat16``, in which products are taken.
    """

    def __init__(
        self, config: Mapping[str, Any], weights: Mapping[str, torch.Tensor], dtype: torch.dtype
    ) -> None:
        keep_memory()
        self.heads = int(config.get("num_attention_heads", 12))
        self.dtype = dtype
        eps = float(config.get("layer_norm_eps", 1e-12))
        own = _below(weights, "embeddings")
        self.words = own["word_embeddings.weight"].detach().float()
        places, kind = own["position_embeddings.weight"], own["token_type_embeddings.weight"][0]
        self.places = (places + kind).detach().float()
        self.norm = _norm(_below(own, "LayerNorm"), eps)
        self.layers = [
            _Layer(_below(weights, f"encoder.layer.{number}"), eps, dtype)
            for number in range(int(config.get("num_hidden_layers", 12)))
        ]

    @torch.inference_mode()
    def __call__(self, sequences: Sequence[Sequence[int]]) -> torch.Tensor:
        """States ``(tokens, d)`` float32 of the sequences, one behind the other.

        Equal lengths should lie together: then more of them share an attention.
        """
        lengths = [len(sequence) for sequence in sequences]
        total = sum(lengths)
        spare = -total % ROWS
        ids = torch.tensor([token for sequence in sequences for token in sequence] + [0] * spare)
        place = torch.cat([torch.arange(length) for length in [*lengths, spare]])
        step = 1 if self.dtype == torch.float32 else LENGTHS
        groups = _grouped([*lengths, spare] if spare else lengths, step)
        states = self.norm(self.words[ids] + self.places[place])
        for layer in self.layers:
            states = layer(states, groups, self.heads)
        return states[:total]


@dataclass(frozen=True)
class _Group:
    """Neighbouring sequences that attention fills up to one length and takes together.

    ``rows`` ``(n * length,)`` are their tokens' rows, a sequence's last one repeated to fill it up;
    ``real`` the places in ``rows`` that are no filling.
    """

    low: int
    high: int
    length: int
    lengths: tuple[int, ...]
    rows: torch.Tensor
    real: torch.Tensor


def _grouped(lengths: Sequence[int], step: int) -> list[_Group]:
    """Sequences one behind the other, by length filled up to a multiple of ``step``."""
    groups = []
    low = 0
    for length, run in groupby(lengths, key=lambda n: -(-n // step) * step):
        left = list(run)
        while left:
            count = next(n for n in TOGETHER if n <= len(left))
            own, left = left[:count], left[count:]
            starts = torch.tensor(own).cumsum(0).sub(torch.tensor(own)).unsqueeze(1) + low
            inside = torch.arange(length).expand(count, length)
            ends = torch.tensor(own).unsqueeze(1)
            rows = starts + torch.minimum(inside, ends - 1)
            high = low + sum(own)
            groups.append(
                _Group(
                    low, high, length, tuple(own), rows.flatten(),
                    (inside < ends).flatten().nonzero().squeeze(1),
                )
            )  # fmt: skip
            low = high
    return groups


class _Layer:
    """One block: attention, then the feed-forward part, each added to its input and normed."""

    def __init__(self, weights: Mapping[str, torch.Tensor], eps: float, dtype: torch.dtype) -> None:
        own = [_below(weights, f"attention.self.{part}") for part in ("query", "key", "value")]
        whole = {name: torch.cat([part[name] for part in own]) for name in ("weight", "bias")}
        self.dtype = dtype
        self.project = _linear(whole, dtype)
        self.join = _linear(_below(weights, "attention.output.dense"), dtype)
        self.widen = _linear(_below(weights, "intermediate.dense"), dtype, gelu=True)
        self.narrow = _linear(_below(weights, "output.dense"), dtype)
        self.norm_attention = _norm(_below(weights, "attention.output.LayerNorm"), eps)
        self.norm_output = _norm(_below(weights, "output.LayerNorm"), eps)

    def __call__(self, states: torch.Tensor, groups: Sequence[_Group], heads: int) -> torch.Tensor:
        mixed = _attend(self.project(states.to(self.dtype)), groups, heads)
        states = self.norm_attention(self.join(mixed).float() + states)
        return self.norm_output(self.narrow(self.widen(states.to(self.dtype))).float() + states)


def _attend(projected: torch.Tensor, groups: Sequence[_Group], heads: int) -> torch.Tensor:
    """Attention inside each sequence: query, key, value ``(tokens, 3 d)`` to ``(tokens, d)``."""
    size = projected.shape[1] // 3
    mixed = torch.empty(len(projected), size, dtype=projected.dtype)
    for group in groups:
        own = projected[group.low : group.high]
        filled = len(group.real) == len(own) == len(group.rows)
        own = own if filled else projected.index_select(0, group.rows)
        parts = own.view(len(group.lengths), group.length, 3, heads, size // heads)
        query, key, value = parts.permute(2, 0, 3, 1, 4)
        found = _mix(query, key, value, group.lengths).transpose(1, 2).reshape(-1, size)
        mixed[group.low : group.high] = found if filled else found.index_select(0, group.real)
    return mixed


def _mix(
    query: torch.Tensor, key: torch.Tensor, value: torch.Tensor, lengths: Sequence[int]
) -> torch.Tensor:
    """Values ``(sequences, heads, length, width)`` weighted by how keys answer queries.

    Of each sequence only the first of ``lengths`` keys answer.
    """
    if query.dtype == torch.float32:  # every sequence is as long as the group
        return functional.scaled_dot_product_attention(query, key, value)
    # torch's fused attention takes twice as long in bf16: it exponentiates in bf16.
    shape = query.shape
    query, key, value = (part.reshape(-1, *shape[2:]) for part in (query, key, value))
    scores = torch.bmm(query * shape[-1] ** -0.5, key.transpose(1, 2))
    for number, length in enumerate(lengths):
        if length < shape[2]:
            scores[number * shape[1] : (number + 1) * shape[1], :, length:] = -torch.inf
    weight = torch.softmax(scores, -1, dtype=torch.float32)
    return torch.bmm(weight.to(value.dtype), value).view(shape)


def _below(weights: Mapping[str, torch.Tensor], prefix: str) -> dict[str, torch.Tensor]:
    """The weights of one part, by their names inside of it."""
    return {
        name.removeprefix(f"{prefix}."): weight
        for name, weight in weights.items()
        if name.startswith(f"{prefix}.")
    }


def _norm(part: Mapping[str, torch.Tensor], eps: float) -> Linear:
    weight, bias = part["weight"].detach().float(), part["bias"].detach().float()
    return lambda x: functional.layer_norm(x, weight.shape, weight, bias, eps)


def _linear(part: Mapping[str, torch.Tensor], dtype: torch.dtype, *, gelu: bool = False) -> Linear:
    """``x @ weight.T + bias`` and GELU if asked, by oneDNN's own layout where torch offers it."""
    weight = part["weight"].detach().to(dtype).contiguous()
    bias = part["bias"].detach().to(dtype)
    if _offers_onednn():
        laid = torch.ops.mkldnn._reorder_linear_weight(weight, 2048)
        name, algorithm = ("gelu", "none") if gelu else ("none", "")
        return lambda x: torch.ops.mkldnn._linear_pointwise(x, laid, bias, name, [], algorithm)
    if gelu:
        return lambda x: functional.gelu(functional.linear(x, weight, bias))
    return lambda x: functional.linear(x, weight, bias)


@functools.cache
def keep_memory() -> None:
    """Has glibc keep freed blocks, instead of fetching clean pages for every layer.

    Fetching them took a quarter of a pass, and two fifths of a training step.
    """
    if sys.platform == "linux":
        with contextlib.suppress(OSError, AttributeError):
            allocator = ctypes.CDLL(None)
            allocator.mallopt(
                -4, 0
            )  # M_MMAP_MAX: no block of its own mapping, given back when freed
            allocator.mallopt(-1, 2**31 - 1)  # M_TRIM_THRESHOLD
            allocator.mallopt(-2, 1 << 26)  # M_TOP_PAD


def _offers_onednn() -> bool:
    # Private names: torch's compiler calls them, so they are there in every build with oneDNN.
    available = bool(torch.backends.mkldnn.is_available())  # type: ignore[no-untyped-call]
    return available and hasattr(torch.ops.mkldnn, "_linear_pointwise")
