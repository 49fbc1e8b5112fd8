"""Shards on disk: whole or absent, ordered, queryable, and tidied up."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pyarrow as pa
import pytest

from pipeline.errors import PipelineError
from pipeline.records import (
    AxiomMap,
    AxisPlace,
    Conclusion,
    Divergence,
    Document,
    Failure,
    Layer,
    Match,
    Method,
    Position,
    Premise,
    TaggedClaim,
    Verdict,
)
from pipeline.store import (
    Store,
    arrow_schema,
    arrow_type,
    digest,
    from_table,
    to_table,
    write_atomic,
)


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(tmp_path / "out")


def test_every_record_type_has_a_schema() -> None:
    for kind in (AxiomMap, AxisPlace, Conclusion, Divergence, Failure, Method, Position, Premise):
        assert len(arrow_schema(kind)) > 0
    schema = arrow_schema(TaggedClaim)
    assert schema.field("vector").type == pa.binary()
    assert schema.field("probabilities").type == pa.map_(pa.string(), pa.float64())
    assert schema.field("claim").type.field("start").type == pa.int64()


def test_nested_records_round_trip() -> None:
    divergence = Divergence(
        conclusion="c", a="union", b="league", verdict=Verdict.DIVERGENT, divergence=0.5, low=0.2,
        high=0.8, p_value=0.01, p_adjusted=0.02, layer=Layer.DEEP_CORE,
        layers={"deep_core": 0.7, "policy_core": 0.3}, documents_a=4, documents_b=5, needed=0,
        lone_a=("x",), lone_b=(), matches=(Match("x", "y", 0.9),),
    )  # fmt: skip
    assert from_table(to_table([divergence], Divergence), Divergence) == [divergence]


def test_optional_fields_and_unknown_types() -> None:
    assert arrow_type(int | None) == pa.int64()
    with pytest.raises(TypeError, match="no Arrow type for <class 'complex'>"):
        arrow_type(complex)


def test_written_shards_are_read_in_order(store: Store, tagged: list[TaggedClaim]) -> None:
    made = [store.write("tagged", "f", n, f"k{n}", [item], TaggedClaim)
            for n, item in enumerate(tagged)]  # fmt: skip
    assert store.shards("tagged", "f") == made
    assert [shard.file for shard in made] == [f"tagged/f/00000{n}-k{n}.parquet" for n in range(3)]
    assert list(store.read(made, TaggedClaim)) == tagged
    assert store.column(made, "layer") == [str(item.layer) for item in tagged]
    assert store.shards("tagged", "other") == []


def test_empty_shard_is_complete_too(store: Store) -> None:
    shard = store.write("failures", "f", 0, "k", [], Failure)
    assert store.shards("failures", "f") == [shard]
    assert list(store.read([shard], Failure)) == []


def test_same_records_give_same_bytes(tmp_path: Path, tagged: list[TaggedClaim]) -> None:
    files = []
    for name in ("a", "b"):
        store = Store(tmp_path / name)
        files.append(store.folder / store.write("tagged", "f", 0, "k", tagged, TaggedClaim).file)
    assert files[0].read_bytes() == files[1].read_bytes()


def test_half_written_shard_does_not_count(store: Store, tagged: list[TaggedClaim]) -> None:
    folder = store.folder / "tagged" / "f"
    folder.mkdir(parents=True)
    (folder / "000000-k.parquet.elsewhere-7.part").write_bytes(b"PAR1 cut sho")
    assert store.shards("tagged", "f") == []
    shard = store.write("tagged", "f", 0, "k", tagged, TaggedClaim)
    assert store.shards("tagged", "f") == [shard]
    store.finish({"tagged": [shard]}, {})
    assert not list(folder.glob("*.part"))


def test_full_disk_leaves_nothing_half(
    store: Store, tagged: list[TaggedClaim], monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(PipelineError, match=r"No space left.*run the same command again to resume"):
        store.write("tagged", "f", 0, "k", tagged, TaggedClaim)
    assert [p for p in store.folder.rglob("*") if p.is_file()] == []


def test_folder_that_cannot_be_written(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(PipelineError, match="choose a folder that can be written"):
        Store(tmp_path / "file" / "out")


def test_finish_writes_the_manifest_and_drops_old_fingerprints(
    store: Store, document: Document
) -> None:
    store.write("documents", "old", 0, "k", [document], Document)
    new = store.write("documents", "new", 0, "k", [document], Document)
    store.finish({"documents": [new]}, {"axiomap": "0"})
    manifest = json.loads((store.folder / "manifest.json").read_bytes())
    assert manifest["produced_by"] == {"axiomap": "0"}
    assert manifest["stages"]["documents"][0]["file"] == "documents/new/000000-k.parquet"
    assert [p.name for p in (store.folder / "documents").iterdir()] == ["new"]


def test_query(store: Store, document: Document, tagged: list[TaggedClaim]) -> None:
    documents = store.write("documents", "f", 0, "k", [document], Document)
    shards = [store.write("tagged", "f", n, str(n), [t], TaggedClaim)
              for n, t in enumerate(tagged)]  # fmt: skip
    store.finish({"documents": [documents], "tagged": shards, "failures": []}, {})
    rows = store.query(
        "select d.partner, layer, t.claim.text from tagged t "
        "join documents d on t.claim.document = d.id order by t.claim.start"
    ).rows
    assert rows[1] == ("union", "deep_core", "It puts profit before people.")
    with pytest.raises(PipelineError, match=r"Catalog Error: .*; tables: documents, tagged, fail"):
        store.query("select nothing from nowhere")
    with pytest.raises(PipelineError, match="Could not convert string"):
        store.drawn("select partner::int from documents")


def test_query_of_an_unfinished_run(store: Store) -> None:
    with pytest.raises(PipelineError, match=r"no manifest\.json; name the --out folder"):
        store.query("select 1")


def test_atomic_write_replaces_whole(tmp_path: Path) -> None:
    path = tmp_path / "deep" / "map.json"
    write_atomic(path, b"old")
    write_atomic(path, b"new")
    assert path.read_bytes() == b"new"
    assert [p.name for p in path.parent.iterdir()] == ["map.json"]


def test_digest_keeps_parts_apart() -> None:
    assert digest("ab", "c") != digest("a", "bc")
    assert digest("a") == digest(b"a")
    assert len(digest("a")) == 12
