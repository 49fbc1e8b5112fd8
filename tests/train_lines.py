"""Lines that a tiny pair model learns from, and its recipe, for the tests of training."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from pipeline.train.pairs import target_id
from pipeline.train.recipe import Optimisation, Pairs, Recipe

TARGET = "We reject the agreement"
LINES = [
    {"text": text, "target": TARGET, "stance": stance}
    for text, stance in (
        ("the agreement ruins the river", "supports"),
        ("people need the river, not profit", "supports"),
        ("profit for people is what the agreement brings", "opposes"),
        ("we need the agreement", "opposes"),
        ("rivers are wet", "neither"),
        ("people reject people", "neither"),
    )
]
RESTATED = [
    {"id": target_id(TARGET), "text": text, "same": same}
    for text, same in (
        ("The agreement has to go", True), ("No to the agreement", True),
        ("The agreement should pass", False), ("Ratify the agreement", False),
    )
]  # fmt: skip
REASONS = [
    {"a": "profit ruins the river", "b": "the river suffers for profit", "same": True},
    {"a": "profit ruins the river", "b": "people reject it", "same": False},
]
PROPOSITIONS: list[dict[str, Any]] = [
    {
        "target": f"{noun} should go", "field": "f",
        "same": [f"no {noun} here", f"we reject the {noun}"],
        "contrary": [f"we need the {noun}", f"keep the {noun}"],
        "near": [f"who pays for the {noun}", f"the {noun} was built long ago"],
        "minimal": [[f"the {noun} is not good", f"the {noun} is good"]],
    }
    for noun in ("river", "profit", "agreement")
]  # fmt: skip


def lines(path: Path, rows: list[dict[str, Any]]) -> str:
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return path.name


def pair_recipe(base: Path, folder: Path) -> Recipe:
    """A recipe of a tiny pair model, its data in ``folder``."""
    return Recipe(
        name="tiny", base=str(base), task="pairs", rank=4, targets=("query", "value"),
        optimisation=Optimisation(epochs=6, batch_tokens=64, checkpoint_steps=2),
        pairs=Pairs(
            stances=(lines(folder / "stances.jsonl", LINES),),
            restated=(lines(folder / "restated.jsonl", RESTATED),),
            reasons=(lines(folder / "reasons.jsonl", REASONS),),
            propositions=(lines(folder / "propositions.jsonl", PROPOSITIONS),),
        ),
    )  # fmt: skip
