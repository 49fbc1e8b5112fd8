"""What must hold for every input: records survive every format, claims stay grounded."""

from __future__ import annotations

import io
from dataclasses import replace
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline import codec
from pipeline.claims import Claims
from pipeline.config import ClaimsConfig, Config, load, to_toml
from pipeline.labels import Label, hydrate, sentence_sha1
from pipeline.records import (
    FACETS,
    LAYERS,
    Claim,
    Document,
    Failure,
    Layer,
    TaggedClaim,
    Tier,
    Voice,
)
from pipeline.store import from_table, to_table

# Everything a text may hold except lone surrogates, which neither JSON nor Parquet can.
characters = st.characters(codec="utf-8")
text = st.text(characters, min_size=1, max_size=60)
word = st.text(characters, min_size=1, max_size=8)

documents = st.builds(
    lambda body, partner, source, more: Document.of(body, partner=partner, source=source, **more),
    text, word, word,
    st.fixed_dictionaries(
        {},
        optional={
            "title": word, "date": st.dates().map(str), "language": word,
            "tier": st.sampled_from(Tier),
            "partners": st.lists(word, min_size=1, max_size=3).map(tuple), "url": word,
        },
    ),
)  # fmt: skip


@st.composite
def claims(draw: st.DrawFn) -> Claim:
    document = draw(documents)
    start = draw(st.integers(0, len(document.text) - 1))
    end = draw(st.integers(start + 1, len(document.text)))
    return Claim.at(
        document, start, end, voice=draw(st.sampled_from(Voice)), speaker=draw(word),
        before=document.text[:start], after=document.text[end:],
    )  # fmt: skip


@st.composite
def tagged(draw: st.DrawFn) -> TaggedClaim:
    layer = draw(st.sampled_from(LAYERS))
    weights = draw(st.lists(st.floats(0.01, 1), min_size=4, max_size=4))
    return TaggedClaim(
        claim=draw(claims()), layer=layer, facet=draw(st.sampled_from(("", *FACETS[layer]))),
        probabilities={str(n): w / sum(weights) for n, w in zip(LAYERS, weights, strict=True)},
        model=draw(word), values=draw(st.dictionaries(word, st.floats(0, 1), max_size=3)),
        vector=draw(st.binary(max_size=12)),
    )  # fmt: skip


@pytest.mark.parametrize(
    ("kind", "strategy"),
    [(Document, documents), (Claim, claims()), (TaggedClaim, tagged()),
     (Failure, st.builds(Failure, word, word))],
)  # fmt: skip
@settings(deadline=None, max_examples=60)
@given(data=st.data())
def test_records_survive_json_and_parquet(
    data: st.DataObject, kind: type, strategy: st.SearchStrategy[object]
) -> None:
    records = data.draw(st.lists(strategy, max_size=3))
    stream = io.BytesIO()
    codec.write_lines(records, stream)
    stream.seek(0)
    assert [codec.from_dict(row, kind, at) for at, row in codec.read_lines(stream, "x")] == records
    assert [codec.decode(codec.to_json(r), kind, "x") for r in records] == records
    assert from_table(to_table(records, kind), kind) == records


@settings(deadline=None)
@given(claims())
def test_claims_are_grounded_by_construction(claim: Claim) -> None:
    whole = claim.before + claim.text + claim.after
    assert whole[claim.start : claim.end] == claim.text
    assert Document.of(whole, partner="p", source="s").id == claim.document


sentences = st.lists(
    st.sampled_from([
        "We reject the agreement.", "\"It harms the eels,\" said Ada Quill of the League.", "\n\n",
        "Q. Why?", "A. Because people come first, and so does the river.", "– – –", "§ 12 (3)",
        "The Minister said that\nit \u201charms nobody\u201d.", "Contact: a@b.example",
        "Dr. Lund et al. (2021) disagree; we do not.", "\u00e9t\u00e9 \U0001f41f e\u0301.",
        "1. Stop dredging at night", "\t\u00a0 ",
    ]),
    max_size=12,
).map(" ".join)  # fmt: skip


@settings(deadline=None, max_examples=40)
@given(sentences)
def test_the_claims_stage_keeps_every_claim_grounded(body: str) -> None:
    document = Document.of(body, partner="union", source="generated")
    found = Claims(ClaimsConfig())([document])
    for claim in found:
        assert document.text[claim.start : claim.end] == claim.text
        assert claim.before + claim.text + claim.after in document.text
    starts = [claim.start for claim in found]
    assert starts == sorted(starts)
    assert all(a.end <= b.start for a, b in pairwise(found))
    assert len({claim.id for claim in found}) == len(found)


@settings(deadline=None)
@given(claims())
def test_a_label_finds_its_sentence_only_in_the_coded_text(claim: Claim) -> None:
    whole = claim.before + claim.text + claim.after
    label = Label(claim.document, claim.start, claim.end, sentence_sha1(claim.text), Layer.NONE)
    joined, refused = hydrate([label], {claim.document: whole})
    assert not refused
    assert joined[0].text == claim.text
    _, refused = hydrate([replace(label, sha1="0")], {claim.document: whole})
    assert len(refused) == 1


@settings(deadline=None, max_examples=30)
@given(
    title=st.text(characters, max_size=20), seed=st.integers(0, 10**6),
    at=st.floats(0, 1, allow_nan=False), languages=st.lists(word, max_size=3),
)  # fmt: skip
def test_settings_survive_toml(
    tmp_path_factory: pytest.TempPathFactory, title: str, seed: int, at: float, languages: list[str]
) -> None:
    config = Config()
    config = replace(
        config,
        report=replace(config.report, title=title),
        compare=replace(config.compare, seed=seed, merge_at=at),
        ingest=replace(config.ingest, languages=tuple(languages)),
    )
    path = tmp_path_factory.mktemp("toml") / "config.toml"
    path.write_text(to_toml(config), encoding="utf-8")
    assert load(path) == config
