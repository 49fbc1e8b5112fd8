"""The one exception type of this project."""

from __future__ import annotations


class PipelineError(ValueError):
    """Something the user can mend: says which record, what was found, what is allowed, what to do.

    The command line prints it as one line on stderr and exits with 2; a batch counts it, reports
    it and goes on with the rest.
    """
