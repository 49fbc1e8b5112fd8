"""When bf16 may stand in for fp32, and what was measured about it on this machine.

A model computes in bf16 only where its vectors of a committed set of sentences stay close to those
in fp32. Measuring takes a moment, so the figure is kept in the user's cache folder, under the
model's hash, the version of torch and the processor: it is asked without loading torch.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import platform
from importlib import metadata
from pathlib import Path

import msgspec

from pipeline.config import data_dir
from pipeline.models import cache_dir

CHECK = data_dir("configs") / "precision-check.txt"
"""Sentences written for this project, one a line, on which bf16 is held against fp32."""

REVISION = "1"
"""Raised when the encoder gives the same sentence other bits than before."""

MIN_COSINE = 0.999
"""Least cosine of a sentence's vector in bf16 with its vector in fp32, over the check set."""


def machine() -> str:
    """Identity of what computes: version of torch, kind of processor and what it can do."""
    try:
        known = Path("/proc/cpuinfo").read_text(encoding="utf-8")
        able = next((line for line in known.splitlines() if line.startswith("flags")), "")
    except OSError:
        able = platform.processor()
    try:
        torch = metadata.version("torch")
    except metadata.PackageNotFoundError:
        torch = ""
    parts = f"{torch}\x1f{platform.machine()}\x1f{able}\x1f{CHECK.read_text(encoding='utf-8')}"
    return hashlib.sha256(parts.encode()).hexdigest()[:12]


def remembered(name: str) -> float | None:
    """The cosine measured on this machine for a model and device, if it was."""
    return _read().get(f"{name} {machine()}")


def remember(name: str, cosine: float) -> None:
    """Keeps a measured cosine; where nothing can be written it is measured again next time."""
    known = {**_read(), f"{name} {machine()}": cosine}
    path = _path()
    aside = path.with_name(f"{path.name}.{os.getpid()}")
    with contextlib.suppress(OSError):
        path.parent.mkdir(parents=True, exist_ok=True)
        aside.write_bytes(msgspec.json.encode(known))
        aside.replace(path)


def known_precision(model: str, device: str) -> str | None:
    """What ``auto`` means for a model's hash on this machine; None before it was measured."""
    cosine = remembered(f"{model} {device.partition(':')[0]}")
    if cosine is None:
        return None
    return "bf16" if cosine >= MIN_COSINE else "fp32"


def _path() -> Path:
    return cache_dir() / "precision.json"


def _read() -> dict[str, float]:
    try:
        return msgspec.json.decode(_path().read_bytes(), type=dict[str, float])
    except (OSError, msgspec.DecodeError):
        return {}
