"""Texts to vectors: one pass of a base encoder with a merged adapter, pooled per sentence.

A sentence is read inside its passage (``before + text + after``) and its vector is the mean of
its own tokens' states ("late" pooling: the context is seen, not averaged in). Sentences of one
passage share one forward pass. Nothing is truncated: a passage too long for one window is cut to
the sentence's surroundings, and a sentence too long for one window is read in several, its vector
being the token-weighted mean.
"""

from __future__ import annotations

import json
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from functools import cached_property, partial
from itertools import groupby
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt
import torch

from pipeline.errors import PipelineError
from pipeline.models import base_folder, load_info
from pipeline.packed import LEAST_ROWS, Packed, fits
from pipeline.precision import CHECK, MIN_COSINE, remember, remembered
from pipeline.update import merge_update

Vectors = npt.NDArray[np.float32]

WINDOW = 254
"""Most wordpieces in a window, special tokens aside (MiniLM was trained on 256)."""

BEFORE, AFTER = 96, 64
"""Wordpieces of context kept around a sentence whose passage exceeds the window."""


@dataclass(frozen=True)
class Passage:
    """A sentence with the text around it."""

    text: str
    before: str = ""
    after: str = ""


PAIR_HEADS = ("stance", "same", "position")
"""Heads that read :func:`pair_features`."""

VECTOR_HEADS = ("reason", "topic")
"""Heads whose output is a vector to compare; they start as the identity."""

PAIR_WIDTH = 4
"""Width of :func:`pair_features` in states."""


def stance_passages(text: str, target: str) -> tuple[Passage, Passage]:
    """Target and text, each in the passage that both form: read together, pooled apart."""
    between = " | "
    return Passage(target, after=between + text), Passage(text, before=target + between)


def pair_features(states: torch.Tensor) -> torch.Tensor:
    """Features ``(n, 4 d)`` of pairs from states ``(2 n, d)`` of target and text in turn.

    Both states, their difference and their product (Conneau et al. 2017, sec. 3.1).
    """
    target, text = states[0::2], states[1::2]
    return torch.cat([target, text, (target - text).abs(), target * text], dim=-1)


class TextEncoder(Protocol):
    """Texts to unit vectors ``(n, d)``; what comparison needs of an encoder."""

    @property
    def name(self) -> str:
        """Name and hash, as tagged claims give it."""
        ...

    def embed(self, texts: Sequence[str | Passage]) -> Vectors:
        """Unit vectors ``(n, d)`` of texts read alone, or in their passages."""
        ...


@dataclass(frozen=True)
class _Window:
    tokens: tuple[int, ...]
    spans: tuple[tuple[int, int, int], ...]  # (sentence, first token, past last token)


class Encoder:
    """A base encoder, an adapter merged into it, and the heads' weights.

    Args:
        model: name or folder of a model (see :mod:`pipeline.models`).
        task: what the model must be for, empty for any.
        threads: torch threads; 0 keeps torch's choice.
        device: ``cpu``, ``cuda`` or ``cuda:N``.
        precision: ``fp32``, ``bf16``, or ``auto`` (bf16 where the hardware multiplies it natively
            and its vectors pass the check, else fp32).
        batch_tokens: tokens in one forward pass.

    Raises:
        PipelineError: the model or device is not there, or bf16 was asked for and its vectors
            differ from fp32 by more than ``MIN_COSINE`` allows on the check set.
    """

    def __init__(
        self, model: str, *, task: str = "", threads: int = 0, device: str = "cpu",
        precision: str = "auto", batch_tokens: int = 4096,
    ):  # fmt: skip
        folder, self.info = load_info(model, task=task)
        if threads:
            torch.set_num_threads(threads)
        self.device = _device(device)
        self.batch_tokens = batch_tokens
        self._folder, base = folder, base_folder(self.info.base, self.info.base_sha256)
        self.tokenizer = load_tokenizer(base)
        config = json.loads((base / "config.json").read_text(encoding="utf-8"))
        self.size = int(config["hidden_size"])
        self.heads = load_heads(folder, self.device)
        self.packed: Packed | None = None
        compute = self._compute_in
        if self.device.type == "cpu" and fits(config):
            # transformers' own network takes longer to import than all the rest; only who asks
            # for `network` waits for it.
            compute = partial(self._pack, config, load_weights(base, folder))
        self.precision = resolve_precision(precision, self.device)
        if self.precision == "bf16":
            cosine = self._agreement(compute)
            if cosine < MIN_COSINE and precision == "auto":
                self.precision = "fp32"
            elif cosine < MIN_COSINE:
                raise PipelineError(
                    f"model {self.info.name!r}: in bf16 its vectors reach a cosine of only "
                    f"{cosine:.5f} with those in fp32 on the check set; {MIN_COSINE} is needed, "
                    "use classify.precision=fp32"
                )
        elif precision == "auto":
            remember(f"{self.info.hash} {self.device.type}", 0.0)  # no bf16 here to hold to fp32
        compute(self.precision)

    @cached_property
    def network(self) -> Any:
        """The network of ``transformers``, the adapter merged in; float32 unless it computes."""
        _, network = load_network(self.info.base, self.info.base_sha256, self._folder)
        return network.to(self.device).eval()

    def _pack(
        self, config: dict[str, Any], weights: dict[str, torch.Tensor], precision: str
    ) -> None:
        self.packed = Packed(config, weights, DTYPES[precision])

    def _compute_in(self, precision: str) -> None:
        self.network.to(DTYPES[precision])

    def _agreement(self, compute: Callable[[str], None]) -> float:
        """Least cosine between bf16 and fp32 vectors of the check set; measured once a machine."""
        name = f"{self.info.hash} {self.device.type}"
        known = remembered(name)
        if known is None:
            sentences = [Passage(line) for line in CHECK.read_text("utf-8").splitlines()]
            compute("fp32")
            exact = self.states(sentences)
            compute("bf16")
            known = float(torch.cosine_similarity(self.states(sentences), exact, dim=-1).min())
            self.__dict__.pop("network", None)  # what was rounded is no float32 network any more
            remember(name, known)
        return known

    def states(self, passages: Sequence[Passage]) -> torch.Tensor:
        """Mean token state of each passage's sentence, ``(n, d)`` float32 on the CPU.

        On a CPU a plain BERT gives a sentence the same bits whatever it is batched with.
        """
        windows = cut_windows(self.tokenizer, passages)
        sums = torch.zeros(len(passages), self.size)
        counts = torch.zeros(len(passages), 1)
        ids = (self.tokenizer.cls_token_id, self.tokenizer.sep_token_id)
        batches = _batches(windows, self.batch_tokens)
        for batch, hidden in zip(batches, self._passes(batches, ids), strict=True):
            for own, window in zip(hidden, batch, strict=True):
                for sentence, first, stop in window.spans:
                    sums[sentence] += own[first + 1 : stop + 1].sum(0)
                    counts[sentence] += stop - first
        return sums / counts.clamp(min=1)

    def _passes(
        self, batches: Sequence[Sequence[_Window]], ids: tuple[int, int]
    ) -> Iterator[Sequence[torch.Tensor]]:
        """Token states of the batches, in order.

        On a CPU several are read at once, a thread each: products this small gain less from being
        cut between threads.
        """
        threads = torch.get_num_threads()
        if self.packed is None or min(threads, len(batches)) < 2:
            yield from (self._forward(batch, ids) for batch in batches)
            return
        with ThreadPoolExecutor(threads, initializer=torch.set_num_threads, initargs=(1,)) as pool:
            ahead: deque[Future[Sequence[torch.Tensor]]] = deque()
            for batch in batches:  # never more than a few results at a time
                ahead.append(pool.submit(self._forward, batch, ids))
                if len(ahead) > 2 * threads:
                    yield ahead.popleft().result()
            while ahead:
                yield ahead.popleft().result()

    @torch.inference_mode()
    def _forward(self, batch: Sequence[_Window], ids: tuple[int, int]) -> Sequence[torch.Tensor]:
        """Token states of each window, special tokens included."""
        if self.packed is not None:
            lengths = [len(window.tokens) + 2 for window in batch]
            states = self.packed([(ids[0], *window.tokens, ids[1]) for window in batch])
            return torch.split(states, lengths)
        longest = max(len(window.tokens) for window in batch) + 2
        tokens = torch.full((len(batch), longest), int(self.tokenizer.pad_token_id))
        mask = torch.zeros(len(batch), longest, dtype=torch.long)
        for row, window in enumerate(batch):
            stop = len(window.tokens) + 2
            tokens[row, :stop] = torch.tensor([ids[0], *window.tokens, ids[1]])
            mask[row, :stop] = 1
        output = self.network(input_ids=tokens.to(self.device), attention_mask=mask.to(self.device))
        return list(output.last_hidden_state.float().cpu())

    def require(self, *names: str) -> None:
        """Raises PipelineError unless the model has these heads."""
        for name in names:
            if f"{name}.weight" not in self.heads:
                raise PipelineError(
                    f"model {self.info.name!r}: has no head {name!r}; it has "
                    f"{', '.join(self.info.heads)}"
                )

    def head(self, name: str, states: torch.Tensor) -> torch.Tensor:
        """Output of a linear head on states ``(n, d)``; ``name`` must be one the model has."""
        self.require(name)
        weight, bias = self.heads[f"{name}.weight"], self.heads[f"{name}.bias"]
        if weight.shape[1] != states.shape[1]:
            raise PipelineError(
                f"model {self.info.name!r}: head {name!r} reads {weight.shape[1]} features, this "
                f"version gives {states.shape[1]}; train it again"
            )
        spare = states.new_zeros(max(0, LEAST_ROWS - len(states)), states.shape[1])
        return (torch.cat([states, spare]) @ weight.T + bias)[: len(states)]

    def reasons(self, states: torch.Tensor) -> Vectors:
        """Unit vectors ``(n, d)`` in which sentences that give the same reason lie close."""
        projected = self.head("reason", states)
        return torch.nn.functional.normalize(projected, dim=-1).numpy()

    @property
    def name(self) -> str:
        """Name and hash of the model."""
        return f"{self.info.name}@{self.info.hash}"

    def embed(self, texts: Sequence[str | Passage]) -> Vectors:
        """Unit reason vectors ``(n, d)`` of texts read alone, or in their passages."""
        if not texts:
            return np.zeros((0, self.size), dtype=np.float32)
        passages = [Passage(text) if isinstance(text, str) else text for text in texts]
        return self.reasons(self.states(passages))


def resolve_precision(precision: str, device: torch.device) -> str:
    """``fp32`` or ``bf16``; ``auto`` takes bf16 where the hardware multiplies it natively."""
    if precision == "auto":
        if device.type == "cuda":
            return "bf16" if torch.cuda.is_bf16_supported() else "fp32"
        native = torch.cpu._is_avx512_bf16_supported() or torch.cpu._is_amx_tile_supported()
        return "bf16" if native else "fp32"
    if precision not in ("fp32", "bf16"):
        raise PipelineError(f"classify.precision {precision!r}: allowed are auto, fp32 and bf16")
    return precision


DTYPES = {"fp32": torch.float32, "bf16": torch.bfloat16}


def load_tokenizer(base: Path) -> Any:
    """The tokenizer of ``transformers`` in a base encoder's folder."""
    from transformers import AutoTokenizer

    return AutoTokenizer.from_pretrained(base, local_files_only=True)


def load_network(base_name: str, base_sha256: str, folder: Path | None) -> tuple[Any, Any]:
    """Tokenizer and base network, with the update in ``folder`` merged into its weights."""
    from transformers import AutoModel
    from transformers.utils import logging

    logging.disable_progress_bar()
    base = base_folder(base_name, base_sha256)
    network = AutoModel.from_pretrained(base, local_files_only=True, dtype=torch.float32)
    if folder is not None:
        merge_update(dict(network.named_parameters()), folder)
    return load_tokenizer(base), network


def load_weights(base: Path, folder: Path) -> dict[str, torch.Tensor]:
    """Float32 weights of a base encoder by name, with the update in ``folder`` merged in."""
    from safetensors.torch import load_file

    weights = {
        name.removeprefix("bert.")
        .replace("LayerNorm.gamma", "LayerNorm.weight")  # names of the first BERTs
        .replace("LayerNorm.beta", "LayerNorm.bias"): weight.float()
        if weight.is_floating_point()
        else weight
        for name, weight in load_file(base / "model.safetensors").items()
    }
    merge_update(weights, folder)
    return weights


def load_heads(folder: Path, device: torch.device) -> dict[str, torch.Tensor]:
    """Head weights by name, float32 on the CPU (heads are small, states come back there)."""
    from safetensors.torch import load_file

    return {name: value.float() for name, value in load_file(folder / "heads.safetensors").items()}


def cut_windows(tokenizer: Any, passages: Sequence[Passage]) -> list[_Window]:
    """Windows to encode: one a distinct passage, or one or more a sentence where that is too long.

    Every wordpiece of every sentence is in exactly one window's span.
    """
    windows: list[_Window] = []
    numbered = sorted(
        range(len(passages)),
        key=lambda i: (passages[i].before + passages[i].text + passages[i].after, i),
    )
    full = [passages[i].before + passages[i].text + passages[i].after for i in numbered]
    if not full:
        return windows
    distinct = list(dict.fromkeys(full))
    encoded = tokenizer(
        distinct, add_special_tokens=False, return_offsets_mapping=True, verbose=False
    )
    index = {text: row for row, text in enumerate(distinct)}
    for text, group in groupby(zip(full, numbered, strict=True), key=lambda pair: pair[0]):
        tokens = encoded["input_ids"][index[text]]
        offsets = encoded["offset_mapping"][index[text]]
        spans = [(i, *_token_span(passages[i], offsets)) for _, i in group]
        if len(tokens) <= WINDOW:
            windows.append(_Window(tuple(tokens), tuple(spans)))
            continue
        for sentence, first, stop in spans:
            windows += _cut_long(tokens, sentence, first, stop)
    return windows


def _token_span(passage: Passage, offsets: Sequence[tuple[int, int]]) -> tuple[int, int]:
    start, end = len(passage.before), len(passage.before) + len(passage.text)
    inside = [i for i, (low, high) in enumerate(offsets) if high > start and low < end]
    return (inside[0], inside[-1] + 1) if inside else (0, 0)


def _cut_long(tokens: Sequence[int], sentence: int, first: int, stop: int) -> list[_Window]:
    if stop - first + BEFORE + AFTER <= WINDOW:
        low, high = max(0, first - BEFORE), min(len(tokens), stop + AFTER)
        return [_Window(tuple(tokens[low:high]), ((sentence, first - low, stop - low),))]
    pieces = []
    for low in range(first, stop, WINDOW):
        high = min(stop, low + WINDOW)
        pieces.append(_Window(tuple(tokens[low:high]), ((sentence, 0, high - low),)))
    return pieces


def _batches(windows: Sequence[_Window], budget: int) -> list[list[_Window]]:
    """Windows in batches of equal length as far as possible, ``budget`` padded tokens each."""
    batches: list[list[_Window]] = []
    for window in sorted(windows, key=lambda w: -len(w.tokens)):
        if batches and (len(batches[-1]) + 1) * (len(batches[-1][0].tokens) + 2) <= budget:
            batches[-1].append(window)
        else:
            batches.append([window])
    return batches


def _device(name: str) -> torch.device:
    try:
        device = torch.device(name)
    except RuntimeError as error:
        raise PipelineError(f"classify.device {name!r}: use cpu, cuda or cuda:N") from error
    if device.type == "cuda" and not torch.cuda.is_available():
        raise PipelineError(f"classify.device {name!r}: no CUDA device here; use cpu")
    return device


def frozen_vectors(base: str, texts: Sequence[str], *, batch: int = 64) -> Vectors:
    """Unit vectors ``(n, d)`` of an untouched base encoder, by sentence-transformers."""
    from sentence_transformers import SentenceTransformer

    encoder = SentenceTransformer(str(base_folder(base)), device="cpu")
    vectors = encoder.encode(
        list(texts), batch_size=batch, normalize_embeddings=True, show_progress_bar=False
    )
    return np.asarray(vectors, dtype=np.float32)
