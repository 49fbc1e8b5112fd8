"""An axiom map as files that people read and other tools load.

>>> from pipeline import report                                            # doctest: +SKIP
>>> report.write(axiom_map, folder, config)                                # doctest: +SKIP
>>> report.to_pandas(report.restrict(axiom_map, "public"))                 # doctest: +SKIP
"""

from __future__ import annotations

from pipeline.report.files import schema, write
from pipeline.report.notebook import show
from pipeline.report.tables import to_pandas, to_polars
from pipeline.report.tiers import restrict

__all__ = ["restrict", "schema", "show", "to_pandas", "to_polars", "write"]
