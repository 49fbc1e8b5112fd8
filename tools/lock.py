"""Renews the lock files: ``make lock`` runs this in a virtual environment that holds uv.

``requirements.lock`` pins everything that running, testing and releasing needs, with the hashes
of every file of each pinned version. ``requirements-cuda.lock`` pins the GPU libraries that
torch's Linux wheel from the public index loads; a CPU build of torch needs none of them, so they
are installed only beside a torch that asks for them (see the Makefile).

If pip finds a build of the pinned torch that the public index does not list (a CPU build in a
local folder or index of yours), the hash of that file is added.
"""

from __future__ import annotations

import hashlib
import re
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
GPU = re.compile(r"(nvidia|cuda)-|triton==")
HEADER = "# Made by `make lock` from pyproject.toml; do not edit.{}\n"


def compiled() -> str:
    """Pinned requirements with hashes, for every platform and Python version we allow."""
    command = [
        "uv", "pip", "compile", "pyproject.toml", "--group", "dev", "--extra", "train",
        "--universal", "--generate-hashes", "--python-version", "3.11", "--no-header", "--quiet",
        "--upgrade",
    ]  # fmt: skip
    tool = Path(sys.executable).with_name("uv")
    return subprocess.run(
        [str(tool), *command[1:]], cwd=ROOT, check=True, capture_output=True, text=True
    ).stdout


def blocks(text: str) -> list[str]:
    """One string a requirement: its line, its hashes and the comment that says who needs it."""
    return re.findall(r"^[A-Za-z0-9].*\n(?:[ #].*\n)*", text, flags=re.MULTILINE)


def local_hash(requirement: str) -> str:
    """``--hash`` of the file that pip picks for a requirement here; empty if pip finds none."""
    with tempfile.TemporaryDirectory() as folder:
        done = subprocess.run(
            [sys.executable, "-m", "pip", "download", "--no-deps", "--quiet", "--only-binary",
             ":all:", "--dest", folder, requirement],
            check=False,
        )  # fmt: skip
        files = list(Path(folder).iterdir())
        if done.returncode or not files:
            return ""
        with files[0].open("rb") as stream:
            return f"--hash=sha256:{hashlib.file_digest(stream, 'sha256').hexdigest()}"


def with_hash(block: str, extra: str) -> str:
    """The requirement with one more hash, unless it is there already."""
    if not extra or extra in block:
        return block
    head, rest = block.split("\n", 1)
    return f"{head}\n    {extra} \\\n{rest}"


def main() -> None:
    """Writes both lock files beside ``pyproject.toml``."""
    found = blocks(compiled())
    gpu = [block for block in found if GPU.match(block)]
    plain = []
    for block in found:
        if block in gpu:
            continue
        if block.startswith("torch=="):
            block = with_hash(block, local_hash(block.split()[0]))
        plain.append(block)
    (ROOT / "requirements.lock").write_text(HEADER.format("") + "".join(plain))
    (ROOT / "requirements-cuda.lock").write_text(
        HEADER.format(" Only for torch's CUDA build.") + "".join(gpu)
    )
    sys.stderr.write(f"lock: {len(plain)} requirements, {len(gpu)} GPU libraries\n")


main()
