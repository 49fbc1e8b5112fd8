"""Evaluate: models against gold labels, with intervals; and the floors that CI holds them to."""

from pipeline.evaluate.floors import check_floors, flatten, pin_floors, raise_floors
from pipeline.evaluate.measures import (
    conclusions,
    divergence,
    layer_report,
    layers,
    matching,
    stance,
    values,
)

__all__ = [
    "check_floors",
    "conclusions",
    "divergence",
    "flatten",
    "layer_report",
    "layers",
    "matching",
    "pin_floors",
    "raise_floors",
    "stance",
    "values",
]
