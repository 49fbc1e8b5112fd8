"""What training changed in a base encoder's weights, as a model folder keeps it.

By rank: ``adapter_model.safetensors`` and ``adapter_config.json``, a low-rank adapter in the layout
of the peft library. By bits: ``update.safetensors`` keeps each weight's change in a few bits, one
step size a row. A change of all weights is of high rank: a base-size encoder's loses little in two
bits a weight (after Liu et al. 2024, BitDelta, sec. 3) and much at any rank of that size.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path

import torch
from safetensors import safe_open
from safetensors.torch import load_file, save_file

from pipeline.errors import PipelineError

ADAPTER_SCALE = 2.0
"""Scale of the low-rank update (``lora_alpha / r`` in peft's words)."""

BITS = (1, 2, 4)
"""Bits a weight in which a change can be kept."""

ROUNDS = 12
"""Of choosing codes and step in turn; the error has settled by then."""

Factors = tuple[torch.Tensor, torch.Tensor]
"""``down (rank, in)`` and ``up (out, rank)``."""


def merge_update(weights: Mapping[str, torch.Tensor], folder: Path) -> None:
    """Adds the update in a model folder to the weights of its base, in place."""
    for name, change in load_changes(folder):
        if f"{name}.weight" not in weights:
            raise PipelineError(f"update in {folder}: {name} is no layer of its base encoder")
        weights[f"{name}.weight"].data += change


def load_changes(folder: Path) -> Iterator[tuple[str, torch.Tensor]]:
    """Name of each updated layer with the change ``(out, in)`` of its weight, float32; none where
    the folder has no update.
    """
    if (folder / "update.safetensors").is_file():
        with safe_open(folder / "update.safetensors", framework="pt") as stored:
            bits = int((stored.metadata() or {}).get("bits", 0))
            if bits not in BITS:
                raise PipelineError(f"update in {folder}: kept in {bits} bits; allowed: {BITS}")
            for name in sorted(key.removesuffix(".step") for key in stored.keys()):  # noqa: SIM118
                if not name.endswith(".codes"):
                    codes = _unpacked(stored.get_tensor(f"{name}.codes"), bits)
                    yield name, codes * stored.get_tensor(f"{name}.step").float()
    for name, (down, up) in load_factors(folder).items():
        yield name, up @ down


def load_factors(folder: Path) -> dict[str, Factors]:
    """``(down, up)`` of an adapter by layer, float32: ``up @ down`` is what it adds to the weight,
    scale included (Hu et al. 2022, LoRA, sec. 4.1); none where the folder has no adapter.
    """
    if not (folder / "adapter_model.safetensors").is_file():
        return {}
    settings = json.loads((folder / "adapter_config.json").read_text(encoding="utf-8"))
    scale = settings["lora_alpha"] / settings["r"]
    weights = load_file(folder / "adapter_model.safetensors")
    mark = ".lora_A.weight"
    return {
        name.removeprefix("base_model.model.").removesuffix(mark): (
            down.float(), scale * weights[name.replace(".lora_A.", ".lora_B.")].float()
        )
        for name, down in weights.items()
        if name.endswith(mark)
    }  # fmt: skip


def factorised(change: torch.Tensor, rank: int) -> Factors:
    """``(down, up)`` of the best approximation of a change by rank (Eckart & Young 1936).

    Args:
        change: ``(out, in)`` change of a weight.
        rank: rows of ``down`` and columns of ``up``; ``ADAPTER_SCALE * up @ down`` is the change.
    """
    u, s, v = torch.linalg.svd(change, full_matrices=False)
    root = (s[:rank] / ADAPTER_SCALE).sqrt()
    return root[:, None] * v[:rank], u[:, :rank] * root


def save_by_rank(
    folder: Path, factors: Mapping[str, Factors], rank: int, base: str
) -> tuple[str, ...]:
    """Writes an adapter in half precision and returns the names of its files; ``base`` is what
    peft calls its base encoder.
    """
    adapter = {}
    for name, (down, up) in factors.items():
        # Half precision halves the folder; the rounding is far below the adapter's own noise.
        adapter[f"base_model.model.{name}.lora_A.weight"] = down.half().contiguous()
        adapter[f"base_model.model.{name}.lora_B.weight"] = up.half().contiguous()
    save_file(adapter, folder / "adapter_model.safetensors")
    settings = {
        "peft_type": "LORA", "task_type": "FEATURE_EXTRACTION", "r": rank,
        "lora_alpha": int(ADAPTER_SCALE * rank), "lora_dropout": 0.0, "bias": "none",
        "base_model_name_or_path": base, "target_modules": sorted(factors), "inference_mode": True,
    }  # fmt: skip
    (folder / "adapter_config.json").write_text(
        json.dumps(settings, indent=1, sort_keys=True) + "\n", encoding="utf-8"
    )
    return ("adapter_model.safetensors", "adapter_config.json")


def save_by_bits(folder: Path, changes: Mapping[str, torch.Tensor], bits: int) -> tuple[str, ...]:
    """Writes the changes in ``bits`` a weight and returns the names of the files.

    Raises:
        PipelineError: ``bits`` is none of :data:`BITS`, or a layer's input is no multiple of 8.
    """
    if bits not in BITS:
        raise PipelineError(f"bits {bits}: allowed are {', '.join(map(str, BITS))}")
    kept = {}
    for name, change in changes.items():
        if change.shape[1] % 8:
            raise PipelineError(
                f"{name}: {change.shape[1]} inputs, no multiple of 8; store by rank instead"
            )
        step = change.pow(2).mean(1, keepdim=True).sqrt() * 2.0 ** (2 - bits)
        for _ in range(ROUNDS):
            levels = _levels(change, step, bits)
            step = (change * levels).sum(1, keepdim=True) / levels.pow(2).sum(1, keepdim=True)
        step = step.half()
        kept[f"{name}.codes"] = _packed(_levels(change, step.float(), bits), bits)
        kept[f"{name}.step"] = step.contiguous()
    save_file(kept, folder / "update.safetensors", metadata={"bits": str(bits)})
    return ("update.safetensors",)


def _levels(change: torch.Tensor, step: torch.Tensor, bits: int) -> torch.Tensor:
    """The nearest of ``2 ** bits`` levels, a step apart and even about 0, in steps."""
    highest = 2 ** (bits - 1) - 0.5
    return ((change / step.clamp(min=1e-12)).floor() + 0.5).clamp(-highest, highest)


def _packed(levels: torch.Tensor, bits: int) -> torch.Tensor:
    """Levels ``(out, in)`` as codes from 0, several a byte, the first in the lowest bits."""
    codes = (levels + 2 ** (bits - 1) - 0.5).to(torch.uint8)
    parts = codes.view(len(codes), -1, 8 // bits)
    byte = torch.zeros_like(parts[..., 0])
    for place in range(8 // bits):
        byte |= parts[..., place] << (bits * place)
    return byte.contiguous()


def _unpacked(packed: torch.Tensor, bits: int) -> torch.Tensor:
    """Levels ``(out, in)`` float32 of packed codes."""
    mask = 2**bits - 1
    parts = [(packed >> (bits * place)) & mask for place in range(8 // bits)]
    levels: torch.Tensor = torch.stack(parts, -1).flatten(1).float() - (2 ** (bits - 1) - 0.5)
    return levels
