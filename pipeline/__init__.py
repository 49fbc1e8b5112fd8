"""Axiom Map: the premises behind shared conclusions, layer by layer.

Documents become claims, claims are tagged with the layer of the belief system they state
(deep core, policy core, secondary), and partners are compared: which conclusions they share,
which premises each rests them on, where those premises diverge and on which layer.
"""

from pipeline.errors import PipelineError
from pipeline.records import (
    AxiomMap,
    Claim,
    Conclusion,
    Divergence,
    Document,
    Layer,
    Position,
    Premise,
    TaggedClaim,
)

__version__ = "0.1.0"

__all__ = [
    "AxiomMap",
    "Claim",
    "Conclusion",
    "Divergence",
    "Document",
    "Layer",
    "PipelineError",
    "Position",
    "Premise",
    "TaggedClaim",
]
