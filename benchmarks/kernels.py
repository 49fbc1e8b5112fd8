"""Measures inside one process: the encoder and the neighbour search beside bare matrix products."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable
from functools import partial
from itertools import pairwise
from typing import Any

import numpy as np
import torch

from benchmarks.corpus import recombined


def seconds(action: Callable[[], object]) -> float:
    began = time.perf_counter()
    action()
    return time.perf_counter() - began


def passages(count: int) -> list[Any]:
    """The passages of ``count`` recombined documents as a run would read them."""
    from pipeline.claims import Claims
    from pipeline.config import ClaimsConfig
    from pipeline.embed import Passage
    from pipeline.records import Document

    documents = [Document.of(t, partner=p, source=n) for p, n, t in recombined(count, seed=9)]
    claims = Claims(ClaimsConfig())(documents)
    return [Passage(c.text, c.before, c.after) for c in claims]


def operations(encoder: Any, work: list[Any]) -> tuple[float, int]:
    """Multiplications and additions that real tokens need, L(24 n d² + 4 n² d) a window of n
    tokens, and the tokens, special ones included.
    """
    from pipeline.embed import cut_windows

    config = encoder.network.config
    layers, wide, inner = (
        config.num_hidden_layers, config.hidden_size, config.intermediate_size,
    )  # fmt: skip
    lengths = [len(window.tokens) + 2 for window in cut_windows(encoder.tokenizer, work)]
    products = sum(lengths) * (8 * wide * wide + 4 * wide * inner)
    attention = sum(4 * n * n * wide for n in lengths)
    return float(layers * (products + attention)), sum(lengths)


def product_rate(dtype: torch.dtype, rows: int = 4096) -> float:
    """Operations a second of bare products at the model's shapes, by the faster of torch's ways."""
    from pipeline.packed import linear_map

    best = 0.0
    ways: list[Callable[[torch.Tensor, torch.Tensor], Callable[[torch.Tensor], Any]]] = [
        lambda w, b: lambda x: torch.nn.functional.linear(x, w, b),
        lambda w, b: linear_map({"weight": w, "bias": b}, dtype),
    ]
    shapes = ((384, 1152), (384, 384), (384, 1536), (1536, 384))
    with torch.inference_mode():
        for way in ways:
            spent = 0.0
            for wide, out in shapes:
                x = torch.randn(rows, wide).to(dtype)
                product = way(torch.randn(out, wide).to(dtype), torch.randn(out).to(dtype))
                product(x)
                spent += min(seconds(partial(product, x)) for _ in range(10))
            best = max(best, sum(2 * rows * a * b for a, b in shapes) / spent)
    return best


def encoder(precision: str, documents: int, rounds: int) -> dict[str, float]:
    """The encoder with all heads, tokenizing included, as a fraction of bare products."""
    from pipeline.classify import tags_of
    from pipeline.embed import Encoder

    model = Encoder("fast", task="claims", precision=precision)
    work = passages(documents)
    needed, tokens = operations(model, work)
    tags_of(model, model.states(work[:200]))
    dtype = torch.bfloat16 if precision == "bf16" else torch.float32
    rates = [product_rate(dtype)]
    fractions, speeds = [], []
    for _ in range(rounds):
        spent = seconds(lambda: tags_of(model, model.states(work)))
        rates.append(product_rate(dtype))
        fractions.append(needed / spent / statistics.mean(rates[-2:]))
        speeds.append(len(work) / spent)
    return {
        "fraction": statistics.median(fractions), "sentences": statistics.median(speeds),
        "tokens": statistics.median(speeds) * tokens / len(work),
        "limit_gflops": statistics.median(rates) / 1e9,
    }  # fmt: skip


def cosine() -> dict[str, float]:
    """Least and mean cosine of bf16 vectors with fp32 on the check set, and layers that change."""
    from pipeline.classify import tags_of
    from pipeline.embed import Encoder, Passage
    from pipeline.precision import CHECK

    work = [Passage(line) for line in CHECK.read_text(encoding="utf-8").splitlines()]
    states, tags = [], []
    for precision in ("fp32", "bf16"):
        model = Encoder("fast", task="claims", precision=precision)
        states.append(model.states(work))
        tags.append(tags_of(model, states[-1]))
    same = torch.cosine_similarity(states[0], states[1], dim=-1)
    vectors = (tags[0].vectors * tags[1].vectors).sum(1)
    return {
        "least": float(same.min()), "mean": float(same.mean()),
        "least_vector": float(vectors.min()),
        "layers_changed": int((tags[0].layers.argmax(1) != tags[1].layers.argmax(1)).sum()),
        "probability_moved": float(np.abs(tags[0].layers - tags[1].layers).max()),
        "sentences": len(work),
    }  # fmt: skip


def neighbours(claims: int, rounds: int) -> dict[str, float]:
    """Ten nearest of other partners for every claim, beside the bare product of all pairs.

    Vectors are real ones of recombined documents, repeated with noise up to the number wanted.
    """
    from pipeline.compare.neighbours import nearest
    from pipeline.embed import Encoder

    model = Encoder("fast", task="claims")
    base = model.embed([p.text for p in passages(60)])
    chance = np.random.default_rng(8)
    vectors = base[chance.integers(len(base), size=claims)]
    vectors = vectors + chance.normal(scale=0.01, size=vectors.shape).astype(np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    sample = vectors[: min(claims, 8192)]  # rows are independent: the rest takes as long
    matrix = torch.from_numpy(vectors)

    def product() -> None:
        for low in range(0, len(sample), 1024):
            torch.from_numpy(sample[low : low + 1024]) @ matrix.T

    def search() -> None:
        nearest(sample, vectors, 11)

    bare, found = [], []
    for _ in range(rounds):
        bare.append(seconds(product))
        found.append(seconds(search))
    some = sample[:256].astype(np.float64)
    exact = np.argsort(-(some @ vectors.T.astype(np.float64)), axis=1)[:, :11]
    rows, _ = nearest(sample[:256], vectors, 11)
    hits = [len({*map(int, a)} & {*map(int, b)}) for a, b in zip(exact, rows, strict=True)]
    return {
        "ratio": statistics.median(f / b for f, b in zip(found, bare, strict=True)),
        "recall": sum(hits) / (11 * len(hits)),
        "seconds": statistics.median(found) * claims / len(sample),
    }  # fmt: skip


def spread(values: list[float]) -> float:
    """Largest difference of neighbours in a series, as a share of the smaller."""
    return max((max(a, b) / min(a, b) - 1 for a, b in pairwise(values)), default=0.0)
