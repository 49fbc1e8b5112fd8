"""Who may see a document: said by itself, by a rule, by the setting; the narrowest holds."""

from __future__ import annotations

import json
from dataclasses import fields, replace
from pathlib import Path

import pytest
from click.testing import CliRunner

from pipeline import codec
from pipeline.cli import cli
from pipeline.config import IngestConfig
from pipeline.errors import PipelineError
from pipeline.ingest import Ingest, discover, merge
from pipeline.ingest.tiers import Tiers
from pipeline.records import AxiomMap, Document, Failure, Method, Tier
from pipeline.report.tiers import restrict

TEXT = "We reject the agreement that the ministry signed last week in our name. "


def write(path: Path, text: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    return path


def read(folder: Path, **settings: object) -> dict[str, Tier]:
    stage = Ingest(IngestConfig(**settings))  # type: ignore[arg-type]
    found = stage(discover([folder]))
    stage.close()
    assert all(isinstance(item, Document) for item in found), found
    return {Path(d.source).name: d.tier for d in found if isinstance(d, Document)}


def test_the_default_is_the_narrowest(tmp_path: Path) -> None:
    write(tmp_path / "farmers" / "a.txt", TEXT)
    assert read(tmp_path) == {"a.txt": Tier.STEERING}
    assert read(tmp_path, tier=Tier.PUBLIC) == {"a.txt": Tier.PUBLIC}


def test_documents_say_it_and_the_narrowest_holds(tmp_path: Path) -> None:
    rules = write(tmp_path / "tiers.toml", 'working-group = ["c/farmers/minutes"]\n')
    corpus = tmp_path / "c"
    write(corpus / "farmers" / "a.md", f"---\ntier: Public\n---\n{TEXT}a")
    write(corpus / "farmers" / "minutes" / "b.md", f"---\ntier: public\n---\n{TEXT}b")
    write(corpus / "farmers" / "minutes" / "c.md", f"---\ntier: steering\n---\n{TEXT}c")
    rows = [{"id": "d", "tier": "working group", "text": TEXT + "d"}, {"id": "e", "text": TEXT}]
    write(corpus / "farmers" / "rows.jsonl", "\n".join(map(json.dumps, rows)))
    assert read(corpus, tiers=str(rules)) == {
        "a.md": Tier.PUBLIC, "b.md": Tier.WORKING_GROUP, "c.md": Tier.STEERING,
        "rows.jsonl#d": Tier.WORKING_GROUP, "rows.jsonl#e": Tier.STEERING,
    }  # fmt: skip


def test_rules_name_folders_below_their_own(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rules = write(tmp_path / "c" / "tiers.toml", 'public = ["*/press", "labour/site-*/a.zip/in"]\n')
    tiers = Tiers(str(rules), Tier.STEERING)

    def tier(path: str, part: str = "") -> Tier:
        return tiers(str(tmp_path / path), part, "")

    assert tier("c/farmers/press/2020/x.txt") is Tier.PUBLIC
    assert tier("c/farmers/pressing/x.txt") is Tier.STEERING
    assert tier("c/farmers/internal/press/x.txt") is Tier.STEERING
    assert tier("press/press/x.txt") is Tier.STEERING
    assert tier("c/labour/site-1/a.zip", "in/x.txt") is Tier.PUBLIC
    assert tier("c/labour/site-1/a.zip", "out/x.txt") is Tier.STEERING
    monkeypatch.chdir(tmp_path / "c")
    assert tiers("farmers/press/x.txt", "", "") is Tier.PUBLIC


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ('secret = ["x"]', "expected steering, working-group, public"), ("public = 3", "a list"),
        ('public = ["../x"]', "leads out"), ('public = ["/x"]', "leads out"), ("public", "tiers"),
    ],
)  # fmt: skip
def test_rules_that_make_no_sense(tmp_path: Path, content: str, words: str) -> None:
    rules = write(tmp_path / "tiers.toml", content)
    with pytest.raises(PipelineError, match=words):
        Ingest(IngestConfig(tiers=str(rules)))


def test_an_unknown_tier_is_refused_not_guessed(tmp_path: Path) -> None:
    write(tmp_path / "farmers" / "a.md", f"---\ntier: confidential\n---\n{TEXT}")
    stage = Ingest(IngestConfig(tier=Tier.PUBLIC))
    (failure,) = stage(discover([tmp_path]))
    stage.close()
    assert isinstance(failure, Failure) and "'confidential'; expected" in failure.reason


def test_rules_are_part_of_the_version(tmp_path: Path) -> None:
    rules = write(tmp_path / "tiers.toml", 'public = ["a"]')
    before = Ingest(IngestConfig(tiers=str(rules))).version
    write(rules, 'public = ["b"]')
    assert Ingest(IngestConfig(tiers=str(rules))).version != before


def test_a_copy_widens_nobodys_audience() -> None:
    public = Document.of(TEXT, partner="a", source="a.txt", date="2020-01-01", tier=Tier.PUBLIC)
    inside = replace(public, partner="b", source="b.txt", partners=("b",), tier=Tier.STEERING)
    (document,) = merge([public, inside], IngestConfig())
    assert document.partner == "a" and document.tier is Tier.STEERING


def test_the_command_and_the_report_honour_it(tmp_path: Path) -> None:
    write(tmp_path / "farmers" / "a.md", f"---\ntier: steering\n---\n{TEXT}a")
    write(tmp_path / "farmers" / "b.txt", f"{TEXT}b")
    done = CliRunner().invoke(cli, ["ingest", str(tmp_path), "--tier", "public"])
    rows = [json.loads(line) for line in done.stdout.splitlines()]
    assert {Path(r["source"]).name: r["tier"] for r in rows} == {
        "a.md": "steering", "b.txt": "public"
    }  # fmt: skip
    documents = tuple(codec.from_dict(row, Document, "row") for row in rows)
    nothing: dict[str, tuple[object, ...]] = {
        item.name: () for item in fields(AxiomMap) if item.name not in ("documents", "method")
    }
    method = Method(version="", models={}, codebook="", settings={})
    seen = restrict(AxiomMap(documents=documents, method=method, **nothing), "public")  # type: ignore[arg-type]
    assert [Path(d.source).name for d in seen.documents] == ["b.txt"]
