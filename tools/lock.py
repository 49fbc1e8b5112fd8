"""Renews the lock files: ``make lock`` runs this in a virtual environment that holds uv.

``requirements-ocr.lock`` pins what the extra ``ocr`` needs beyond ``requirements.lock``, and
``requirements-ray.lock`` what the extra ``ray`` does.

``requirements.lock`` pins everything that running, testing and releasing needs, with the hashes
of every file of each pinned version. ``requirements-cuda.lock`` pins the GPU libraries that
torch's Linux wheel from the public index loads; a CPU build of torch needs none of them, so they
are installed only beside a torch that asks for them (see the Makefile).

If pip finds a build of the pinned torch that the public index does not list (a CPU build in a
folder or index of yours), its hash is added, and ``requirements-cpu.lock`` pins that very build,
so that the Makefile can prefer it: given both, pip itself takes the file whose hash the index
tells beforehand. Where pip finds no such build, a pin of the same version is kept.
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


def compiled(*options: str) -> str:
    """Pinned requirements with hashes, for every platform and Python version we allow."""
    command = [
        "uv", "pip", "compile", "pyproject.toml", "--universal", "--generate-hashes",
        "--python-version", "3.11", "--no-header", "--quiet", *options,
    ]  # fmt: skip
    tool = Path(sys.executable).with_name("uv")
    return subprocess.run(
        [str(tool), *command[1:]], cwd=ROOT, check=True, capture_output=True, text=True
    ).stdout


def blocks(text: str) -> list[str]:
    """One string a requirement: its line, its hashes and the comment that says who needs it."""
    return re.findall(r"^[A-Za-z0-9].*\n(?:[ #].*\n)*", text, flags=re.MULTILINE)


def lock_extra(extra: str) -> None:
    """Writes the lock of one extra: what ``requirements.lock`` pins stays as it is there."""
    main_lock = ROOT / "requirements.lock"
    pinned = {block.split("==")[0] for block in blocks(main_lock.read_text())}
    found = blocks(compiled("--extra", extra, "--constraint", str(main_lock)))
    more = [b for b in found if not GPU.match(b) and b.split("==")[0] not in pinned]
    (ROOT / f"requirements-{extra}.lock").write_text(
        HEADER.format(f" Only for axiomap[{extra}].") + "".join(more)
    )


def local_build(requirement: str) -> tuple[str, str]:
    """Version and ``--hash`` of the wheel that pip picks for a requirement here; empty if none."""
    with tempfile.TemporaryDirectory() as folder:
        done = subprocess.run(
            [sys.executable, "-m", "pip", "download", "--no-deps", "--quiet", "--only-binary",
             ":all:", "--dest", folder, requirement],
            check=False,
        )  # fmt: skip
        wheels = list(Path(folder).glob("*.whl"))
        if done.returncode or not wheels:
            return "", ""
        with wheels[0].open("rb") as stream:
            digest = hashlib.file_digest(stream, "sha256").hexdigest()
        return wheels[0].name.split("-")[1], f"--hash=sha256:{digest}"


def with_hash(block: str, extra: str) -> str:
    """The requirement with one more hash, unless it is there already."""
    if not extra or extra in block:
        return block
    head, rest = block.split("\n", 1)
    return f"{head}\n    {extra} \\\n{rest}"


def pin_build(requirement: str, version: str, extra: str) -> None:
    """Writes ``requirements-cpu.lock``, or removes it when it pins another version."""
    path = ROOT / "requirements-cpu.lock"
    if "+" in version:
        path.write_text(HEADER.format(" A CPU build.") + f"torch=={version} {extra}\n")
    elif path.is_file() and f"{requirement}+" not in path.read_text():
        path.unlink()


def main() -> None:
    """Writes the lock files beside ``pyproject.toml``."""
    extras = [word for extra in ("annotate", "train") for word in ("--extra", extra)]
    found = blocks(compiled("--group", "dev", *extras, "--upgrade"))
    gpu = [block for block in found if GPU.match(block)]
    plain = []
    for block in found:
        if block in gpu:
            continue
        if block.startswith("torch=="):
            requirement = block.split()[0]
            version, extra = local_build(requirement)
            pin_build(requirement, version, extra)
            plain.append(with_hash(block, extra))
        else:
            plain.append(block)
    (ROOT / "requirements.lock").write_text(HEADER.format("") + "".join(plain))
    (ROOT / "requirements-cuda.lock").write_text(
        HEADER.format(" Only for torch's CUDA build.") + "".join(gpu)
    )
    lock_extra("ocr")
    lock_extra("ray")
    sys.stderr.write(f"lock: {len(plain)} requirements, {len(gpu)} GPU libraries\n")


main()
