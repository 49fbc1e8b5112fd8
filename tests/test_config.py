"""Settings: documented, typed, overridable, and clear about what is wrong."""

from __future__ import annotations

import tomllib
from dataclasses import asdict
from pathlib import Path

import pytest

from pipeline.config import Config, data_dir, load, shipped, to_toml
from pipeline.errors import PipelineError


def test_default_file_holds_every_key_with_the_default_of_the_code() -> None:
    written = tomllib.loads(shipped("default.toml"))
    coded = {
        section: {key: list(v) if isinstance(v, tuple) else v for key, v in keys.items()}
        for section, keys in asdict(Config()).items()
    }
    assert written == coded


def test_every_key_is_commented() -> None:
    for line in shipped("default.toml").splitlines():
        if "=" in line and not line.startswith((" ", "#")):
            assert "#" in line, line


def test_resolved_settings_round_trip(tmp_path: Path) -> None:
    config = load(overrides=('report.title="A \\"map\\"\\u007f"', "ingest.languages=['en','fr']"))
    path = tmp_path / "config.toml"
    path.write_text(to_toml(config))
    assert load(path) == config


def test_later_settings_win(tmp_path: Path) -> None:
    path = tmp_path / "own.toml"
    path.write_text("[run]\ndocuments_per_shard = 7\n[classify]\nthreads = 3\n")
    config = load(path, ("run.documents_per_shard=8", "classify.model=accurate"))
    assert config.run.documents_per_shard == 8
    assert config.classify.threads == 3
    assert config.classify.model == "accurate"  # a bare word is a string
    assert config.ingest == Config().ingest


@pytest.mark.parametrize(
    ("override", "message"),
    [
        ("classify.treads=2", "unknown key classify.treads; did you mean threads?"),
        ("clasify.threads=2", r"unknown section \[clasify\]; did you mean classify?"),
        ("threads=2", "expected section.key=value"),
        ("classify.threads", "expected section.key=value"),
        ("classify.abstain_below=1.5", r"<= 1.0.*classify.abstain_below.*default\.toml"),
        ("classify.threads=many", "Expected `int`, got `str`.*classify.threads"),
        ("run.documents_per_shard=0", ">= 1"),
    ],
)
def test_wrong_settings_say_what_is_allowed(override: str, message: str) -> None:
    with pytest.raises(PipelineError, match=message):
        load(overrides=(override,))


def test_a_shipped_file_is_found_by_its_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert load("accurate").compare.pair_model == "pairs-accurate"
    (tmp_path / "accurate").write_text('classify = { model = "mine" }')  # one's own goes first
    assert load("accurate").classify.model == "mine"
    with pytest.raises(PipelineError, match="config accurat: No such file"):
        load("accurat")


def test_file_that_is_no_toml(tmp_path: Path) -> None:
    path = tmp_path / "bad.toml"
    path.write_text("[run\n")
    with pytest.raises(PipelineError, match=r"bad\.toml: not TOML"):
        load(path)
    with pytest.raises(PipelineError, match=r"none\.toml: No such file.*check --config"):
        load(tmp_path / "none.toml")
    path.write_text("run = 3\n")
    with pytest.raises(PipelineError, match=r"\[run\] must be a table"):
        load(path)


@pytest.mark.parametrize("kind", ["configs", "annotations", "corpora"])
def test_shipped_folders_are_found(kind: str) -> None:
    assert data_dir(kind).is_dir()
