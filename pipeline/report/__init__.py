"""An axiom map as files that people read and other tools load.

>>> from pipeline import report                                            # doctest: +SKIP
>>> report.write(report.restrict(axiom_map, "public"), folder, config)     # doctest: +SKIP
"""

from __future__ import annotations

from pipeline.report.files import write
from pipeline.report.tiers import restrict

__all__ = ["restrict", "write"]
