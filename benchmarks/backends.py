"""Encoder back-ends that this project does not use, beside the one that it does.

    pip install openvino onnxruntime onnx
    python -m benchmarks.backends

One thread each, in turns, on the same passages sorted by length; sequences of equal length lie in
one batch as far as possible, so padding is small for those that need it. Prints sentences a second,
the ratio to this project's pass in bf16, and the least cosine with transformers in fp32.
"""

from __future__ import annotations

import statistics
import tempfile
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import torch

from benchmarks.kernels import passages, seconds

BATCH = 2048  # padded tokens

Way = Callable[[list[list[int]]], list[np.ndarray]]


def padded(batch: list[list[int]]) -> tuple[np.ndarray, np.ndarray]:
    longest = max(map(len, batch))
    tokens = np.zeros((len(batch), longest), np.int64)
    for row, ids in enumerate(batch):
        tokens[row, : len(ids)] = ids
    return tokens, (tokens != 0).astype(np.int64)


def own(network: Any, dtype: torch.dtype) -> Way:
    from pipeline.packed import Packed

    run: Callable[[list[list[int]]], Any] = Packed(
        network.config.to_dict(), network.state_dict(), dtype
    )
    return lambda batch: [part.numpy() for part in run(batch).split([len(ids) for ids in batch])]


def cut(states: Any, batch: list[list[int]]) -> list[np.ndarray]:
    return [np.asarray(states[row][: len(ids)]) for row, ids in enumerate(batch)]


def openvino(network: Any, precision: str) -> Way:
    import openvino as ov

    example = {name: torch.ones(2, 8, dtype=torch.long) for name in ("input_ids", "attention_mask")}
    model = ov.Core().compile_model(
        ov.convert_model(network, example_input=example), "CPU",
        {"INFERENCE_PRECISION_HINT": precision, "INFERENCE_NUM_THREADS": 1},
    )  # fmt: skip
    names = [port.get_any_name() for port in model.inputs]

    def way(batch: list[list[int]]) -> list[np.ndarray]:
        tokens, mask = padded(batch)
        given = {n: {"input_ids": tokens, "attention_mask": mask}.get(n, 0 * tokens) for n in names}
        return cut(model(given)[0], batch)

    return way


class Plain(torch.nn.Module):
    """A network with two positional inputs and one output, as the exporter wants it."""

    def __init__(self, network: Any) -> None:
        super().__init__()
        self.network = network

    def forward(self, ids: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
        states: torch.Tensor = self.network(input_ids=ids, attention_mask=mask).last_hidden_state
        return states


def onnx(network: Any) -> Way:
    import onnxruntime as ort

    path = str(Path(tempfile.mkdtemp()) / "model.onnx")
    axes = {0: "batch", 1: "length"}
    example = torch.ones(2, 8, dtype=torch.long)
    torch.onnx.export(
        Plain(network).eval(), (example, example), path,
        input_names=["input_ids", "attention_mask"], output_names=["states"], dynamo=False,
        dynamic_axes=dict.fromkeys(("input_ids", "attention_mask", "states"), axes),
    )  # fmt: skip
    options = ort.SessionOptions()
    options.intra_op_num_threads = 1
    session = ort.InferenceSession(path, options, providers=["CPUExecutionProvider"])

    def way(batch: list[list[int]]) -> list[np.ndarray]:
        tokens, mask = padded(batch)
        return cut(session.run(["states"], {"input_ids": tokens, "attention_mask": mask})[0], batch)

    return way


def every(way: Way, batches: list[list[list[int]]]) -> list[list[np.ndarray]]:
    return [way(batch) for batch in batches]


def main() -> None:
    from pipeline.embed import Encoder, cut_windows

    torch.set_num_threads(1)
    encoder = Encoder("fast", task="claims", precision="fp32")
    network = encoder.network.eval()
    ids = sorted(
        ([101, *window.tokens, 102] for window in cut_windows(encoder.tokenizer, passages(40))),
        key=len,
    )
    batches: list[list[list[int]]] = [[]]
    for item in ids:
        if len(item) * (len(batches[-1]) + 1) > BATCH:
            batches.append([])
        batches[-1].append(item)
    ways: dict[str, Way] = {
        "this project, bf16": own(network, torch.bfloat16),
        "this project, fp32": own(network, torch.float32),
    }
    others: dict[str, Callable[[], Way]] = {
        "OpenVINO, bf16": lambda: openvino(network, "bf16"),
        "OpenVINO, fp32": lambda: openvino(network, "f32"),
        "ONNX Runtime, fp32": lambda: onnx(network),
    }
    for name, make in others.items():
        try:
            ways[name] = make()
        except Exception as error:  # not installed, or a version that cannot export this model
            print(f"{name}: {type(error).__name__}: {str(error).splitlines()[0][:120]}")
    with torch.inference_mode():
        exact = [
            network(input_ids=torch.tensor([i])).last_hidden_state[0].mean(0) for i in ids[::9]
        ]
    taken: dict[str, list[float]] = {name: [] for name in ways}
    for _ in range(5):
        for name, way in ways.items():
            taken[name].append(seconds(partial(every, way, batches)))
    first = statistics.median(taken["this project, bf16"])
    for name, way in ways.items():
        spent = statistics.median(taken[name])
        vectors = [states.mean(0) for batch in batches for states in way(batch)][::9]
        cosines = [
            float(np.dot(a, b.numpy()) / np.linalg.norm(a) / np.linalg.norm(b.numpy()))
            for a, b in zip(vectors, exact, strict=True)
        ]
        print(f"{name}: {sum(map(len, ids)) / spent:,.0f} tokens/s, {first / spent:.2f} times bf16 "
              f"here; least cosine {min(cosines):.5f}")  # fmt: skip


if __name__ == "__main__":
    main()
