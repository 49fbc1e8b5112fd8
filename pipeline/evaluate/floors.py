"""Floors: figures that must not fall, pinned together with the gold file they were measured on."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from pipeline import codec
from pipeline.errors import PipelineError
from pipeline.models import file_sha256


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


def check_floors(path: Path, gold: Path, figures: Any, *, lower: bool = False) -> list[str]:
    """Complaints about figures below their floor; with new floors written where they rose.

    Args:
        path: JSON ``{gold: sha256, floors: {name: value}}``.
        gold: the gold file that was measured; its hash must be the pinned one.
        figures: result of a measure.
        lower: rewrite the file with today's figures even where they fell.

    Raises:
        PipelineError: the gold file is another one than the floors were pinned with.
    """
    pinned = json.loads(path.read_text(encoding="utf-8"))
    found = file_sha256(gold)
    if lower:
        flat = flatten(figures)
        pinned = {
            "gold": found,
            "floors": {name: round(flat[name], 4) for name in pinned["floors"] if name in flat},
        }
        path.write_text(json.dumps(pinned, indent=1) + "\n", encoding="utf-8")
        return []
    if pinned["gold"] != found:
        raise PipelineError(
            f"{gold}: not the file that the floors in {path} were pinned with (hash "
            f"{found[:12]}, pinned {pinned['gold'][:12]}); restore it, or pin again with "
            "--lower-floors"
        )
    flat = flatten(figures)
    complaints = []
    for name, floor in pinned["floors"].items():
        if name not in flat:
            complaints.append(f"{name}: not measured, floor {floor}")
        elif flat[name] < floor:
            complaints.append(f"{name}: {flat[name]:.4f} is below its floor {floor:.4f}")
    return complaints
