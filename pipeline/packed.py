"""Forward pass of a BERT or MPNet encoder without padding, for a CPU.

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
import math
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

MPNET_NAMES = (
    ("attention.attn.q.", "attention.self.query."),
    ("attention.attn.k.", "attention.self.key."),
    ("attention.attn.v.", "attention.self.value."),
    ("attention.attn.o.", "attention.output.dense."),
    ("attention.LayerNorm.", "attention.output.LayerNorm."),
)
"""MPNet's names of what BERT has too, and BERT's."""

FIRST_PLACE = {"bert": 0, "mpnet": 2}
"""Row of the position embeddings that a sequence's first token gets."""

FARTHEST = 128
"""Distance of tokens from which MPNet tells no more distances apart (as T5: Raffel et al. 2020,
sec. 2.1)."""


def fits(config: Mapping[str, Any]) -> bool:
    """Whether a network of this ``config.json`` is a plain BERT or MPNet, which :class:`Packed`
    can be.
    """
    return (
        config.get("model_type") in FIRST_PLACE
        and config.get("hidden_act") == "gelu"
        and not config.get("is_decoder")
        and not config.get("chunk_size_feed_forward")
        and config.get("position_embedding_type") in (None, "absolute")
    )


class Packed:
    """Hidden states of token sequences, by the weights of a ``transformers`` BERT or MPNet.

    Args:
        config: a ``config.json`` that :func:`fits`.
        weights: float32 weights by their names in ``BertModel`` or ``MPNetModel``.
        dtype: ``torch.float32`` or ``torch.bfloat16``, in which products are taken.
    """

    def __init__(
        self, config: Mapping[str, Any], weights: Mapping[str, torch.Tensor], dtype: torch.dtype
    ) -> None:
        keep_memory()
        self.heads = int(config.get("num_attention_heads", 12))
        self.dtype = dtype
        eps = float(config.get("layer_norm_eps", 1e-12))
        weights = _named_as_bert(weights)
        own = _below(weights, "embeddings")
        self.words = own["word_embeddings.weight"].detach().float()
        places = own["position_embeddings.weight"][FIRST_PLACE[config["model_type"]] :]
        if "token_type_embeddings.weight" in own:
            places = places + own["token_type_embeddings.weight"][0]
        self.places = places.detach().float()
        far = weights.get("encoder.relative_attention_bias.weight")
        self.nearness = None if far is None else _nearness(far.detach().float(), len(self.places))
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
            states = layer(states, groups, self.heads, self.nearness)
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
        self.project = linear_map(whole, dtype)
        self.join = linear_map(_below(weights, "attention.output.dense"), dtype)
        self.widen = linear_map(_below(weights, "intermediate.dense"), dtype, gelu=True)
        self.narrow = linear_map(_below(weights, "output.dense"), dtype)
        self.norm_attention = _norm(_below(weights, "attention.output.LayerNorm"), eps)
        self.norm_output = _norm(_below(weights, "output.LayerNorm"), eps)

    def __call__(
        self, states: torch.Tensor, groups: Sequence[_Group], heads: int,
        nearness: torch.Tensor | None,
    ) -> torch.Tensor:  # fmt: skip
        mixed = _attend(self.project(states.to(self.dtype)), groups, heads, nearness)
        states = self.norm_attention(self.join(mixed).float() + states)
        return self.norm_output(self.narrow(self.widen(states.to(self.dtype))).float() + states)


def _attend(
    projected: torch.Tensor, groups: Sequence[_Group], heads: int, nearness: torch.Tensor | None
) -> torch.Tensor:
    """Attention inside each sequence: query, key, value ``(tokens, 3 d)`` to ``(tokens, d)``."""
    size = projected.shape[1] // 3
    mixed = torch.empty(len(projected), size, dtype=projected.dtype)
    for group in groups:
        own = projected[group.low : group.high]
        filled = len(group.real) == len(own) == len(group.rows)
        own = own if filled else projected.index_select(0, group.rows)
        parts = own.view(len(group.lengths), group.length, 3, heads, size // heads)
        query, key, value = parts.permute(2, 0, 3, 1, 4)
        near = None if nearness is None else nearness[:, : group.length, : group.length]
        found = _mix(query, key, value, group.lengths, near).transpose(1, 2).reshape(-1, size)
        mixed[group.low : group.high] = found if filled else found.index_select(0, group.real)
    return mixed


def _mix(
    query: torch.Tensor, key: torch.Tensor, value: torch.Tensor, lengths: Sequence[int],
    near: torch.Tensor | None,
) -> torch.Tensor:  # fmt: skip
    """Values ``(sequences, heads, length, width)`` weighted by how keys answer queries.

    Of each sequence only the first of ``lengths`` keys answer; ``near`` ``(heads, length, length)``
    is added to the answers.
    """
    if query.dtype == torch.float32:  # every sequence is as long as the group
        return functional.scaled_dot_product_attention(query, key, value, attn_mask=near)
    # torch's fused attention takes twice as long in bf16: it exponentiates in bf16.
    shape = query.shape
    query, key, value = (part.reshape(-1, *shape[2:]) for part in (query, key, value))
    scores = torch.bmm(query * shape[-1] ** -0.5, key.transpose(1, 2))
    if near is not None:
        scores = (scores.view(*shape[:3], -1) + near).view(-1, *near.shape[1:])
    for number, length in enumerate(lengths):
        if length < shape[2]:
            scores[number * shape[1] : (number + 1) * shape[1], :, length:] = -torch.inf
    weight = torch.softmax(scores, -1, dtype=torch.float32)
    return torch.bmm(weight.to(value.dtype), value).view(shape)


def _named_as_bert(weights: Mapping[str, torch.Tensor]) -> dict[str, torch.Tensor]:
    def name_of(name: str) -> str:
        return functools.reduce(lambda own, pair: own.replace(*pair), MPNET_NAMES, name)

    return {name_of(name): weight for name, weight in weights.items()}


def _nearness(weight: torch.Tensor, longest: int) -> torch.Tensor:
    """What attention adds ``(heads, longest, longest)`` by how far a key is from its query.

    Args:
        weight: ``(buckets, heads)``; one half of the buckets is for keys after the query. The first
            half of each are single distances, the others grow logarithmically to ``FARTHEST``.
        longest: tokens of a sequence at most.
    """
    place = torch.arange(longest)
    ahead = place[None, :] - place[:, None]
    half = len(weight) // 2
    exact = half // 2
    far = ahead.abs().clamp(min=exact) / exact
    grown = exact + (far.log() / math.log(FARTHEST / exact) * (half - exact)).long()
    bucket = torch.where(ahead.abs() < exact, ahead.abs(), grown.clamp(max=half - 1))
    return weight[bucket + half * (ahead > 0)].permute(2, 0, 1).contiguous()


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


def linear_map(
    part: Mapping[str, torch.Tensor], dtype: torch.dtype, *, gelu: bool = False
) -> Linear:
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
