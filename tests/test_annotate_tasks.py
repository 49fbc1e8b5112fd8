"""Task files and what is drawn into them."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path

import pytest
from click.testing import CliRunner

from pipeline import codec
from pipeline.annotate.codebook import load_codebook
from pipeline.annotate.select import Draw, draw_tasks
from pipeline.annotate.sources import Pool, read_pool
from pipeline.annotate.tasks import read_tasks, write_tasks
from pipeline.cli import cli
from pipeline.errors import PipelineError
from pipeline.records import LAYERS, Claim, Document, TaggedClaim

WORDS = ["clinics", "children", "taxes", "rivers", "unions", "prisons", "schools", "farms"]


def pool(documents: int = 20, sentences: int = 12, *, tagged: bool = False) -> Pool:
    claims, tags, texts = [], {}, {}
    for d in range(documents):
        parts = [
            f"We think that {WORDS[(d + s) % 8]} number {d * s} matter to {WORDS[s % 8]}."
            for s in range(sentences)
        ]
        document = Document.of(" ".join(parts), partner=f"p{d}", source=f"{d}.txt")
        texts[document.id] = document
        place = 0
        for number, part in enumerate(parts):
            claim = Claim.at(document, place, place + len(part))
            place += len(part) + 1
            claims.append(claim)
            layer = LAYERS[number % 4]
            rest = 0.1 if number % 3 else 0.23
            probabilities = {str(k): 1 - 3 * rest if k == layer else rest for k in LAYERS}
            tags[claim.id] = TaggedClaim(claim, layer, "", probabilities, "m@1")
    from pipeline.annotate.tasks import TaskDocument

    shown = {key: TaskDocument(key, d.text, partner=d.partner) for key, d in texts.items()}
    return Pool(tuple(claims), tags if tagged else {}, shown)


BOOK = load_codebook()


@pytest.mark.parametrize("tagged", [False, True])
@pytest.mark.parametrize("strategy", ["random", "uncertain", "diverse", "balanced", "deep-core"])
def test_draws(strategy: str, tagged: bool, tmp_path: Path) -> None:
    draw = Draw(n=50, strategy=strategy, overlap=0.2, cap=4)
    drawn = draw_tasks(pool(tagged=tagged), draw, BOOK)
    tasks = drawn.file.tasks
    assert len({task.id for task in tasks}) == 50
    assert sum(task.copies == 2 for task in tasks) == 10
    kinds = Counter(task.drawn for task in tasks)
    assert kinds["random"] == (50 if strategy == "random" else 10)
    picked = Counter(task.document for task in tasks if task.drawn != "random")
    assert not picked or max(picked.values()) <= 4
    write_tasks(drawn.file, tmp_path / "tasks.jsonl")
    again = read_tasks(tmp_path / "tasks.jsonl")
    assert [t.text for t in again.tasks] == [t.text for t in tasks]
    assert drawn == draw_tasks(pool(tagged=tagged), draw, BOOK)


def test_uncertain_takes_the_least_sure_and_balanced_all_labels() -> None:
    source = pool(tagged=True)
    draw = Draw(n=40, random_share=0, overlap=0)
    tasks = draw_tasks(source, draw, BOOK).file.tasks
    assert {task.suggestion.probability for task in tasks if task.suggestion} == {0.31}
    draw = Draw(n=40, strategy="balanced", random_share=0, overlap=0)
    tasks = draw_tasks(source, draw, BOOK).file.tasks
    layers = Counter(task.suggestion.layer for task in tasks if task.suggestion)
    assert set(layers.values()) == {10}


@pytest.mark.parametrize("strategy", ["diverse", "balanced", "deep-core"])
def test_a_cold_start_does_not_draw_oddities(strategy: str) -> None:
    usual = pool(documents=20)
    words = [f"Zyx{n} quux{n}." for n in range(60)]
    document = Document.of(" ".join(words), partner="odd", source="odd.txt")
    odd, place = [], 0
    for word in words:
        odd.append(Claim.at(document, place, place + len(word)))
        place += len(word) + 1
    mixed = Pool((*odd, *usual.claims), {}, usual.documents)
    draw = Draw(n=30, strategy=strategy, random_share=0, cap=30)
    tasks = draw_tasks(mixed, draw, BOOK).file.tasks
    assert sum(task.document == document.id for task in tasks) <= 3


def test_done_spans_are_left_out_and_shortage_is_said() -> None:
    source = pool(documents=2)
    done = [(c.document, c.start, c.end) for c in source.claims[:20]]
    drawn = draw_tasks(source, Draw(n=50, strategy="random"), BOOK, done=done)
    assert len(drawn.file.tasks) == 4
    assert "only 4 sentences" in drawn.notes[0]
    with pytest.raises(PipelineError, match="all 24 sentences are coded"):
        draw_tasks(source, Draw(), BOOK, done=[(c.document, c.start, c.end) for c in source.claims])


def test_named_coders_share_the_load() -> None:
    draw = Draw(n=60, strategy="random", overlap=0.5, coders=("a", "b", "c"))
    tasks = draw_tasks(pool(), draw, BOOK).file.tasks
    load = Counter(coder for task in tasks for coder in task.coders)
    assert set(load.values()) == {30}
    assert all(len(set(task.coders)) == task.copies for task in tasks)
    with pytest.raises(PipelineError, match="cannot code twice"):
        draw_tasks(pool(), Draw(coders=("a",)), BOOK)


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ('{"text": "a", "kind": "thing"}', "kind 'thing'"),
        ('{"id": "x"}', "no text"),
        ('{"id": "1", "document": "d", "start": 2, "end": 90}', "runs outside document d"),
        ('{"id": "1", "document": "d", "start": 0, "end": 3, "text": "one"}', "holds 'The'"),
        ('{"id": "t", "text": "again"}', "'t' stands twice"),
        ('{"text": "a", "suggestion": {"layer": "core"}}', "core"),
        ("{", "not JSON"),
        ('{"kind": "document", "id": "d", "text": ""}', "'d' stands twice"),
        ('{"kind": "header", "codebook": "0123"}', "drawn for codebook 0123"),
    ],
)
def test_bad_task_files(tmp_path: Path, line: str, says: str) -> None:
    path = tmp_path / "tasks.jsonl"
    good = '{"kind": "document", "id": "d", "text": "The sea."}\n{"id": "t", "text": "First."}\n'
    path.write_text(good + line + "\n", encoding="utf-8")
    with pytest.raises(PipelineError, match=says):
        read_tasks(path)
    result = CliRunner().invoke(cli, ["annotate", "serve", str(path), "--coder", "anna"])
    assert result.exit_code == 2


def test_plain_lines_are_tasks(tmp_path: Path) -> None:
    path = tmp_path / "tasks.jsonl"
    path.write_text('{"text": "Every child counts."}\n', encoding="utf-8")
    (task,) = read_tasks(path).tasks
    assert (task.start, task.end, task.copies) == (0, 19, 1)


def test_next_command(tmp_path: Path) -> None:
    source = tmp_path / "claims.jsonl"
    drawn_from = pool(tagged=True)
    source.write_bytes(b"\n".join(codec.to_json(t) for t in drawn_from.tagged.values()))
    texts = tmp_path / "texts.jsonl"
    texts.write_bytes(b"\n".join(codec.to_json(d) for d in drawn_from.documents.values()))
    out = tmp_path / "tasks.jsonl"
    command = [
        "annotate",
        "next",
        str(source),
        "--n",
        "30",
        "--out",
        str(out),
        "--texts",
        str(texts),
    ]
    result = CliRunner().invoke(cli, command)
    assert result.exit_code == 0, result.stderr
    assert "30 tasks" in result.stderr
    assert read_tasks(out).documents
    more = tmp_path / "more.jsonl"
    command = ["annotate", "next", str(source), "--n", "30", "--out", str(more), "--done", str(out)]
    CliRunner().invoke(cli, command)
    assert not {t.id for t in read_tasks(more).tasks} & {t.id for t in read_tasks(out).tasks}


def test_documents_are_cut_into_claims(tmp_path: Path) -> None:
    text = "Congress must fund the clinic. No life is worth less than another."
    source = tmp_path / "documents.jsonl"
    row = {"id": "x", "text": text, "organisation": "o"}
    source.write_text(json.dumps(row) + "\n", encoding="utf-8")
    found = read_pool(source)
    assert [c.text for c in found.claims] == [text[:30], text[31:]]
    assert found.documents["x"].partner == "o"
    source.write_text('{"layer": "none"}\n', encoding="utf-8")
    with pytest.raises(PipelineError, match="neither a document"):
        read_pool(source)
