"""``python -m pipeline`` is ``axiomap``."""

from pipeline.cli import main

main()
