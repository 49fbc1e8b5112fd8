"""The main job on part of the demo corpus, with the models that are shipped."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
from click.testing import CliRunner

from pipeline import codec
from pipeline.cli import cli
from pipeline.config import data_dir
from pipeline.records import AxiomMap

ON = "The Twin Seas agreement must not be ratified"


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A statement, a testimony or a letter or two of every partner, in all formats."""
    folder = tmp_path_factory.mktemp("demo")
    for partner in sorted((data_dir("corpora") / "demo").iterdir()):
        if partner.is_dir():
            (folder / partner.name).mkdir()
            some = sorted(partner.iterdir(), key=lambda path: (path.suffix, path.name))[::4]
            for path in some:
                shutil.copy2(path, folder / partner.name)
    return folder


def test_one_command_maps_the_demo(demo: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    arguments = ["map", str(demo), "--out", str(out), "--on", ON, "--set", "compare.bootstraps=49"]
    result = CliRunner().invoke(cli, arguments)
    assert result.exit_code == 0, result.output
    assert str(out / "map.html") in result.stdout
    page = (out / "map.html").read_text(encoding="utf-8")
    assert ON in page
    found = codec.decode((out / "map.json").read_bytes(), AxiomMap, "map.json")
    assert len(found.partners) == 6
    texts = {document.id: document.text for document in found.documents}
    assert {Path(s).suffix for d in found.documents for s in d.sources} >= {
        ".txt",
        ".html",
        ".docx",
    }
    for tagged in found.claims:
        claim = tagged.claim
        assert texts[claim.document][claim.start : claim.end] == claim.text
    assert [c.text for c in found.conclusions] == [ON]
    assert {position.partner for position in found.positions} == set(found.partners)
    again = CliRunner().invoke(cli, [*arguments, "--json"])
    assert json.loads(again.stdout)["new"] is False
