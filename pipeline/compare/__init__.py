"""Compare: whole-corpus functions that turn tagged claims into an axiom map."""

from pipeline.compare.corpus import compare
from pipeline.compare.sets import PremiseSets, diverge_sets, similarities
from pipeline.compare.stance import StanceModel
from pipeline.compare.stress import Leaning, stress
from pipeline.compare.tagged import tagged_from_row

__all__ = [
    "Leaning",
    "PremiseSets",
    "StanceModel",
    "compare",
    "diverge_sets",
    "similarities",
    "stress",
    "tagged_from_row",
]
