"""What is declared, locked and shipped is what the code needs."""

from __future__ import annotations

import ast
import re
import sys
import tarfile
import tomllib
import zipfile
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))


def normal(name: str) -> str:
    """A distribution's name in its normal form (PEP 503)."""
    return re.sub(r"[-_.]+", "-", re.split(r"[<>=!~\[; ]", name)[0]).lower()


LOCKS = ("requirements.lock", "requirements-ocr.lock", "requirements-ray.lock")
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
    locks = [ROOT / name for name in LOCKS]
    locked = "".join(path.read_text(encoding="utf-8") for path in locks)
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


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> tuple[set[str], set[str]]:
    """Names of the files in the wheel and in the sdist, the sdist's without its top folder."""
    pytest.importorskip("hatchling")
    from hatchling.builders.sdist import SdistBuilder
    from hatchling.builders.wheel import WheelBuilder

    folder = str(tmp_path_factory.mktemp("dist"))
    (wheel,) = WheelBuilder(str(ROOT)).build(directory=folder, versions=["standard"])
    (sdist,) = SdistBuilder(str(ROOT)).build(directory=folder, versions=["standard"])
    with zipfile.ZipFile(wheel) as archive:
        names = set(archive.namelist())
    with tarfile.open(sdist) as archive:
        return names, {name.partition("/")[2] for name in archive.getnames()}


def test_the_wheel_holds_all_that_commands_read(built: tuple[set[str], set[str]]) -> None:
    wheel, _ = built
    for kind in ("configs", "corpora", "models"):
        wanted = {
            f"pipeline/data/{path.relative_to(ROOT).as_posix()}"
            for path in (ROOT / kind).rglob("*")
            if path.is_file() and not any(part.endswith(".training") for part in path.parts)
        }
        assert wanted <= wheel, wanted - wheel
    assert "pipeline/data/corpora/us-hearings.toml" in wheel
    assert "pipeline/data/annotations/codebook.md" in wheel
    code = {path.relative_to(ROOT).as_posix() for path in (ROOT / "pipeline").rglob("*.*")}
    assert {name for name in code if "__pycache__" not in name} <= wheel


def test_the_sdist_holds_what_testing_and_building_need(
    built: tuple[set[str], set[str]],
) -> None:
    _, sdist = built
    for folder in ("pipeline", "tests", "configs", "corpora", "benchmarks", "docs", "annotations"):
        for path in (ROOT / folder).rglob("*.*"):
            name = path.relative_to(ROOT).as_posix()
            assert name in sdist or "__pycache__" in name, name
    for name in ("pyproject.toml", "LICENSE", "README.md", "Makefile", "requirements.lock"):
        assert name in sdist
