"""Records to JSON lines and back; bad lines are told, not fatal."""

from __future__ import annotations

import base64
import io
import json

import pytest

from pipeline import codec
from pipeline.errors import PipelineError
from pipeline.records import Claim, Document, Layer, TaggedClaim


def test_lines_round_trip(tagged: list[TaggedClaim]) -> None:
    stream = io.BytesIO()
    assert codec.write_lines(tagged, stream) == 3
    stream.seek(0)
    rows = list(codec.read_lines(stream, "t.jsonl"))
    assert [place for place, _ in rows] == ["t.jsonl:1", "t.jsonl:2", "t.jsonl:3"]
    assert [codec.from_dict(row, TaggedClaim, place) for place, row in rows] == tagged


def test_outside_look(document: Document, tagged: list[TaggedClaim]) -> None:
    row = json.loads(codec.to_json(tagged[1]))
    assert row["layer"] == "deep_core"
    assert base64.b64decode(row["vector"]) == tagged[1].vector
    assert json.loads(codec.to_json(document))["partners"] == ["union"]
    assert b"\n" not in codec.to_json(Document.of("Two\nlines.", partner="p", source="s"))


def test_bad_lines_are_errors_that_name_the_line() -> None:
    stream = io.BytesIO(b'{"a": 1}\n\n{"a": \n[1]\n\xff\xfe\n{"b": 2}\n')
    rows = list(codec.read_lines(stream, "in"))
    assert [place for place, _ in rows] == ["in:1", "in:3", "in:4", "in:5", "in:6"]
    assert rows[0][1] == {"a": 1}
    assert rows[4][1] == {"b": 2}
    assert "in:3: not JSON" in str(rows[1][1])
    assert "in:4: found a list; one JSON object a line is expected" in str(rows[2][1])
    assert "in:5: not JSON" in str(rows[3][1])


def test_record_that_does_not_fit_says_where(claims: list[Claim]) -> None:
    row = codec.to_dict(claims[0])
    with pytest.raises(PipelineError, match=r"in:7: no Claim: .*\$\.voice.*docs/records\.md"):
        codec.from_dict({**row, "voice": "choir"}, Claim, "in:7")
    with pytest.raises(PipelineError, match="missing required field `text`"):
        codec.from_dict({k: v for k, v in row.items() if k != "text"}, Claim, "in:7")
    with pytest.raises(PipelineError, match=r"span .* does not fit"):
        codec.from_dict({**row, "end": 3}, Claim, "in:7")
    with pytest.raises(PipelineError, match=r"map\.json: no Claim"):
        codec.decode(b"{}", Claim, "map.json")


def test_unknown_fields_are_ignored(claims: list[Claim]) -> None:
    assert codec.from_dict({**codec.to_dict(claims[0]), "note": 1}, Claim, "x") == claims[0]


def test_enum_keys_and_values_come_back_as_enums(tagged: list[TaggedClaim]) -> None:
    back = codec.decode(codec.to_json(tagged[0]), TaggedClaim, "x")
    assert back.layer is Layer.POLICY_CORE
