"""Compare: whole-corpus functions that turn tagged claims into an axiom map."""

from pipeline.compare.corpus import compare
from pipeline.compare.pairs import PairModel
from pipeline.compare.sets import PremiseSets, diverge_sets
from pipeline.compare.stress import Leaning, stress
from pipeline.compare.tagged import tagged_from_row

__all__ = [
    "Leaning",
    "PairModel",
    "PremiseSets",
    "compare",
    "diverge_sets",
    "stress",
    "tagged_from_row",
]
