"""Settings: one frozen dataclass per TOML section, the same keys as ``configs/default.toml``.

``default.toml`` documents every key; this module gives types and ranges. An unknown section or
key, or a value out of range, is an error that says what is allowed and suggests the nearest.
"""

from __future__ import annotations

import difflib
import tomllib
from dataclasses import asdict, dataclass, field, fields
from importlib.resources import files
from pathlib import Path
from typing import Annotated, Any

import msgspec
from msgspec import Meta

from pipeline.errors import PipelineError
from pipeline.records import Tier

Probability = Annotated[float, Meta(ge=0.0, le=1.0)]
Count = Annotated[int, Meta(ge=1)]
NotNegative = Annotated[int, Meta(ge=0)]


@dataclass(frozen=True)
class IngestConfig:
    """Limits and switches of reading files."""

    max_bytes: Count = 100_000_000
    max_characters: Count = 5_000_000
    seconds_per_file: Count = 60
    memory_megabytes: Count = 2_000
    deduplicate: bool = True
    copy_similarity: Probability = 0.8
    languages: tuple[str, ...] = ("en",)
    aliases: str = ""
    columns: tuple[str, ...] = ()
    tier: Tier = Tier.STEERING
    tiers: str = ""
    ocr: bool = True
    seconds_per_scan: Count = 600


@dataclass(frozen=True)
class ClaimsConfig:
    """How documents are cut into claims."""

    min_words: Count = 4
    max_characters: Count = 1_000
    passage_characters: Count = 700
    skip_boilerplate: bool = True


@dataclass(frozen=True)
class ClassifyConfig:
    """Which model tags claims, and when it abstains."""

    model: str = "fast"
    abstain_below: Probability = 0.0
    batch_tokens: Count = 2_048
    threads: NotNegative = 0
    device: str = "cpu"
    precision: str = "auto"


@dataclass(frozen=True)
class CompareConfig:
    """Thresholds of conclusions, premises and divergence."""

    model: str = "fast"
    pair_model: str = "pairs"
    near_at: Probability = 0.75
    merge_at: Probability = 0.6
    reject_at: Probability = 0.9
    premise_at: Probability = 0.5
    match_at: Probability = 0.6
    max_conclusions: Count = 40
    min_documents: Count = 4
    permutations: Count = 999
    bootstraps: Count = 500
    alpha: Probability = 0.05
    seed: NotNegative = 0
    axes: str = "axes.toml"


@dataclass(frozen=True)
class ReportConfig:
    """What the written map contains."""

    title: str = "Axiom map"
    tier: Tier = Tier.STEERING
    quotes_per_premise: Count = 3


@dataclass(frozen=True)
class RunConfig:
    """How work is cut into resumable pieces."""

    documents_per_shard: Count = 64
    cache_megabytes: NotNegative = 2_000


@dataclass(frozen=True)
class Config:
    """All settings; ``load`` reads them, ``to_toml`` writes them back."""

    ingest: IngestConfig = field(default_factory=IngestConfig)
    claims: ClaimsConfig = field(default_factory=ClaimsConfig)
    classify: ClassifyConfig = field(default_factory=ClassifyConfig)
    compare: CompareConfig = field(default_factory=CompareConfig)
    report: ReportConfig = field(default_factory=ReportConfig)
    run: RunConfig = field(default_factory=RunConfig)


def shipped(name: str) -> str:
    """Text of a file in ``configs/`` as shipped with the package."""
    return (data_dir("configs") / name).read_text(encoding="utf-8")


def data_dir(kind: str) -> Path:
    """Folder ``configs``, ``models``, ``annotations`` or ``corpora``: inside an installed wheel,
    or beside a checkout's ``pipeline/``.
    """
    package = Path(str(files("pipeline")))
    inside = package / "data" / kind
    return inside if inside.is_dir() else package.parent / kind


def load(path: str | Path | None = None, overrides: tuple[str, ...] = ()) -> Config:
    """Settings from ``configs/default.toml``, then ``path``, then ``section.key=value`` strings.

    ``path`` is a file, or the name of a shipped one: ``accurate`` is ``configs/accurate.toml``.

    Raises:
        PipelineError: an unknown section or key, a value of the wrong type or out of range, a
            file that is not TOML.
    """
    merged: dict[str, dict[str, Any]] = {}
    _merge(merged, _parse(shipped("default.toml"), "configs/default.toml"), "configs/default.toml")
    if path is not None:
        named = data_dir("configs") / f"{path}.toml"
        file = Path(path) if Path(path).exists() or not named.is_file() else named
        try:
            text = file.read_text(encoding="utf-8")
        except OSError as error:
            raise PipelineError(f"config {path}: {error.strerror}; check --config") from error
        _merge(merged, _parse(text, str(path)), str(path))
    for override in overrides:
        _merge(merged, _override(override), f"--set {override}")
    try:
        return msgspec.convert(merged, Config)
    except msgspec.ValidationError as error:
        raise PipelineError(
            f"config: {error}; configs/default.toml says what each key allows"
        ) from error


def to_toml(config: Config) -> str:
    """The resolved settings as TOML."""
    lines: list[str] = []
    for section, keys in asdict(config).items():
        lines.append(f"[{section}]")
        lines += [f"{key} = {_toml_value(value)}" for key, value in keys.items()]
        lines.append("")
    return "\n".join(lines)


def _toml_value(value: object) -> str:
    # Strings, numbers, booleans and lists of them read the same in JSON and in TOML, but for DEL.
    return msgspec.json.encode(value).decode().replace("\x7f", "\\u007f")


def _parse(text: str, name: str) -> dict[str, Any]:
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise PipelineError(f"config {name}: not TOML ({error}); mend the line it names") from error


def _override(override: str) -> dict[str, Any]:
    dotted, equals, raw = override.partition("=")
    section, dot, key = dotted.strip().partition(".")
    if not (equals and dot and key):
        raise PipelineError(
            f"--set {override}: expected section.key=value, for instance classify.abstain_below=0.6"
        )
    try:
        value = tomllib.loads(f"value = {raw}")["value"]
    except tomllib.TOMLDecodeError:
        value = raw  # a bare word is meant as a string
    return {section: {key: value}}


def _merge(into: dict[str, dict[str, Any]], new: dict[str, Any], name: str) -> None:
    sections = {item.name: item for item in fields(Config)}
    for section, keys in new.items():
        if section not in sections:
            raise PipelineError(f"{name}: unknown section [{section}]{_nearest(section, sections)}")
        if not isinstance(keys, dict):
            raise PipelineError(f"{name}: [{section}] must be a table of keys, found {keys!r}")
        factory = sections[section].default_factory
        allowed = {item.name for item in fields(factory)}  # type: ignore[arg-type]
        for key, value in keys.items():
            if key not in allowed:
                raise PipelineError(
                    f"{name}: unknown key {section}.{key}{_nearest(key, sorted(allowed))}"
                )
            into.setdefault(section, {})[key] = value


def _nearest(word: str, allowed: Any) -> str:
    close = difflib.get_close_matches(word, list(allowed), n=1, cutoff=0.5)
    choices = ", ".join(allowed)
    return f"; did you mean {close[0]}?" if close else f"; allowed: {choices}"
