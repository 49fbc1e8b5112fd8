"""Text recognition for scanned pages, where the extra ``axiomap[ocr]`` is installed.

RapidOCR with the PP-OCR weights that its package ships; nothing is downloaded. It finds lines;
their order and paragraphs are made as for any other page.
"""

from __future__ import annotations

import functools
import math
from importlib.util import find_spec
from statistics import median
from typing import Any

from pipeline.ingest.layout import Word

_SCALE = 2.0  # pixels a point: 144 dpi, on which lines of 8 points are read without loss
_PIXELS = 12_000_000  # of one picture at most: five times an A4 page at that scale
_SURE = 0.6  # mean probability of a line's letters below which it is a stain or a logo


def installed() -> bool:
    """Whether the extra is there."""
    return all(find_spec(name) is not None for name in ("rapidocr", "onnxruntime"))


@functools.cache
def _engine() -> Any:
    from rapidocr import RapidOCR

    return RapidOCR(
        params={
            "Global.log_level": "critical",
            "EngineConfig.onnxruntime.intra_op_num_threads": 1,
            "EngineConfig.onnxruntime.inter_op_num_threads": 1,
        }
    )


def recognise(page: Any) -> list[Word]:
    """Lines of a pypdfium2 page as words in points, in the order in which they were found."""
    width, height = page.get_size()
    scale = min(_SCALE, math.sqrt(_PIXELS / max(1.0, width * height)))
    got = _engine()(page.render(scale=scale).to_numpy())
    if got.boxes is None:
        return []
    lines = [
        (text, box.min(axis=0) / scale, box.max(axis=0) / scale)
        for box, text, sure in zip(got.boxes, got.txts, got.scores, strict=True)
        if sure >= _SURE and text.strip()
    ]
    if not lines:
        return []
    usual = median(float(low[1] - high[1]) for _, high, low in lines)
    words: list[Word] = []
    for text, high, low in lines:
        tall = float(low[1] - high[1])
        # A box is higher or lower by the letters in it: only a clear difference is another size.
        size = usual if 0.75 * usual < tall < 1.35 * usual else tall
        base = height - float(low[1]) + 0.2 * size
        words.append(Word(text.strip(), float(high[0]), float(low[0]), base, 0.8 * size, True))
    return words
