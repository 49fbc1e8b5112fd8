"""Floors: figures that must not fall, pinned together with the gold file they were measured on.

A floor lies ``margin`` below the figure it was pinned at, room for what differs between machines
(bf16 or fp32, library versions). Checking never writes; :func:`raise_floors` only raises; only
:func:`pin_floors` lowers.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from pipeline import codec
from pipeline.errors import PipelineError
from pipeline.models import file_sha256


@dataclass(frozen=True)
class Floors:
    """A floors file: SHA-256 of the gold file, room below a pinned figure, floor by name."""

    gold: str
    floors: dict[str, float]
    margin: float = 0.0


def flatten(figures: Any, prefix: str = "") -> dict[str, float]:
    """Numbers of a nested result by dotted name, e.g. ``per_layer.deep_core.f1``."""
    flat: dict[str, float] = {}
    if isinstance(figures, bool | str) or figures is None:
        return flat
    if isinstance(figures, int | float):
        return {prefix: float(figures)}
    plain = figures if isinstance(figures, dict) else codec.to_dict(figures)
    if isinstance(plain, dict):
        for key, value in plain.items():
            flat |= flatten(value, f"{prefix}.{key}" if prefix else str(key))
    return flat


def read_floors(path: Path) -> Floors:
    """The floors in a file; raises PipelineError if it holds none."""
    return codec.decode(path.read_bytes(), Floors, str(path))


def check_floors(path: Path, gold: Path, figures: Any) -> list[str]:
    """A line for each figure below its floor or not measured.

    Args:
        path: floors file, as :class:`Floors`.
        gold: the gold file that was measured; its hash must be the pinned one.
        figures: result of a measure.

    Raises:
        PipelineError: the gold file is another one than the floors were pinned with.
    """
    pinned, found = read_floors(path), file_sha256(gold)
    if pinned.gold != found:
        raise PipelineError(
            f"{gold}: not the file that the floors in {path} were pinned with (hash "
            f"{found[:12]}, pinned {pinned.gold[:12]}); restore it, or pin again with "
            "--lower-floors"
        )
    flat = flatten(figures)
    complaints = []
    for name, floor in pinned.floors.items():
        if name not in flat:
            complaints.append(f"{name}: not measured, floor {floor}")
        elif flat[name] < floor:
            complaints.append(f"{name}: {flat[name]:.4f} is below its floor {floor:.4f}")
    return complaints


def raise_floors(path: Path, figures: Any) -> None:
    """Raises each floor to ``margin`` below its figure; none goes down."""
    pinned = read_floors(path)
    now = _below(pinned, figures)
    _write(
        path, replace(pinned, floors={n: max(f, now.get(n, f)) for n, f in pinned.floors.items()})
    )


def pin_floors(path: Path, gold: Path, figures: Any) -> None:
    """Pins each floor anew on ``gold``, ``margin`` below its figure, up or down.

    Raises:
        PipelineError: a floor's figure was not measured.
    """
    pinned = read_floors(path)
    now = _below(pinned, figures)
    missing = [name for name in pinned.floors if name not in now]
    if missing:
        raise PipelineError(
            f"{path}: {', '.join(missing)} not measured; take it out of the floors, or measure it"
        )
    _write(path, Floors(file_sha256(gold), {n: now[n] for n in pinned.floors}, pinned.margin))


def _below(pinned: Floors, figures: Any) -> dict[str, float]:
    return {name: round(value - pinned.margin, 4) for name, value in flatten(figures).items()}


def _write(path: Path, floors: Floors) -> None:
    path.write_text(json.dumps(codec.to_dict(floors), indent=1) + "\n", encoding="utf-8")
