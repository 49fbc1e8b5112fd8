"""What is declared, locked and shipped is what the code needs."""

from __future__ import annotations

import ast
import re
import sys
import tomllib
from importlib.metadata import packages_distributions
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))


def normal(name: str) -> str:
    """A distribution's name in its normal form (PEP 503)."""
    return re.sub(r"[-_.]+", "-", re.split(r"[<>=!~\[; ]", name)[0]).lower()


EXTRAS = PROJECT["project"]["optional-dependencies"]
DECLARED = {
    normal(name)
    for names in (PROJECT["project"]["dependencies"], *EXTRAS.values())
    for name in names
}


def imported(folder: Path) -> set[str]:
    """Top-level names of everything that the modules in a folder import."""
    names: set[str] = set()
    for path in folder.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Import):
                names.update(alias.name.partition(".")[0] for alias in node.names)
            elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
                names.add(node.module.partition(".")[0])
    return names


def test_every_import_is_a_declared_dependency() -> None:
    distributions = packages_distributions()
    foreign = imported(ROOT / "pipeline") - set(sys.stdlib_module_names) - {"pipeline"}
    owners = {name: {normal(o) for o in distributions.get(name, [name])} for name in foreign}
    assert not {name: found for name, found in owners.items() if not found & DECLARED}


def test_every_dependency_is_locked_with_hashes() -> None:
    locked = (ROOT / "requirements.lock").read_text(encoding="utf-8")
    pins = {normal(line) for line in re.findall(r"^[A-Za-z0-9].*==.*$", locked, re.MULTILINE)}
    wanted = DECLARED | {normal(name) for name in PROJECT["dependency-groups"]["dev"]}
    assert wanted <= pins, wanted - pins
    for block in re.split(r"\n(?=[A-Za-z0-9])", locked)[1:]:
        assert "--hash=sha256:" in block, block.splitlines()[0]


def test_the_lock_drags_no_gpu_libraries() -> None:
    for line in (ROOT / "requirements.lock").read_text(encoding="utf-8").splitlines():
        assert not line.startswith(("nvidia-", "cuda-", "triton=="))


def test_version_has_an_entry_in_the_changelog() -> None:
    from pipeline import __version__

    assert f"\n## {__version__} " in (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
