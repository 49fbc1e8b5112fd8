"""The model card: every figure measured when the card is written, beside its baselines."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pipeline.config import Config
from pipeline.evaluate.baselines import majority, tfidf
from pipeline.evaluate.measures import LayerReport, layer_report, predict_layers, values
from pipeline.labels import read_rows
from pipeline.models import ModelInfo, load_info
from pipeline.records import LAYERS

LIMITS = """\
It tags single sentences of English advocacy texts, read in their surroundings, with the layer of
belief that they state. It is meant for finding and sorting claims that people then read; it is not
fit to judge a person or an organisation by, nor for texts that argue for nothing. It finds deep
core least well: of what it calls so about two thirds are, and it overlooks more than half. Columns,
hearings and news are read worse than press releases, manifestos and speeches.
"""

CODERS = """\
The labels it learned from and the labels it is measured on were given by language models working
alone from the codebook, not by people; on a double-coded sample of the real sentences two such
coders agreed with kappa 0.92. Sentences coded as doubtful were coded a second time under version
1.1 of the codebook (`annotations/real/recoded.jsonl`). The written set was made for this project;
`annotations/README.md` describes it. The value labels are those of Touché23-ValueEval, the
matching labels those of ArgKP-2021, both given by people.
"""


@dataclass(frozen=True)
class Card:
    """Text of a card and the figures that go into ``model.json``."""

    text: str
    metrics: dict[str, float]


def write_card(
    model: str, gold: Path, trained_on: Path, config: Config, value_folder: Path | None = None
) -> Card:
    """The card of a claims model.

    Args:
        model: name or folder.
        gold: coded sentences of organisations that the model was not trained on.
        trained_on: coded sentences that the baselines learn from.
        config: settings; the model is taken from ``model``.
        value_folder: Touché23-ValueEval, for its validation split.
    """
    _, info = load_info(model, task="claims")
    rows = [row for _, row in read_rows(gold)]
    train = [row for _, row in read_rows(trained_on)]
    report = layer_report(rows, predict_layers(rows, config))
    others = {
        "majority": layer_report(rows, majority(train, rows)),
        "TF-IDF + logistic regression": layer_report(rows, tfidf(train, rows)),
    }
    metrics = {
        "macro_f1": report.macro_f1.value,
        "deep_core_f1": report.per_layer["deep_core"]["f1"],
        "calibration_error": report.calibration_error,
        "tfidf_macro_f1": others["TF-IDF + logistic regression"].macro_f1.value,
    }
    parts = [_head(info), _layers(report, others), _detail(report)]
    if value_folder is not None:
        found = values(value_folder, config)
        metrics["value_macro_f1"] = found["macro_f1"].value
        parts.append(
            "## Human values\n\nTouché23-ValueEval, validation split: macro-F1 "
            f"{found['macro_f1']} at the threshold {found['threshold']}, which was chosen on the "
            "same split.\n"
        )
    parts.append(f"## What it is for, and what not\n\n{LIMITS}")
    parts.append(f"## Who coded what\n\n{CODERS}")
    parts.append(
        "## How to get these figures again\n\n"
        f"    axiomap models card {info.name} --gold GOLD --trained-on TRAIN --values VALUEEVAL\n"
    )
    return Card("\n".join(parts), metrics)


def _head(info: ModelInfo) -> str:
    return (
        f"# {info.name}\n\nBelief layer, facet, human values and a sentence vector in one pass: a "
        f"low-rank adapter and linear heads on {info.base} (SHA-256 {info.base_sha256[:12]}…). "
        f"Codebook {info.codebook[:12]}…. Licence: Apache-2.0. The recipe is in `model.json`.\n"
    )


def _layers(report: LayerReport, others: dict[str, LayerReport]) -> str:
    lines = [
        "## Belief layers\n",
        f"{report.macro_f1.n} sentences of organisations that it has not seen; intervals are 95 % "
        "bootstrap over documents. The temperature was fitted on the same sentences.\n",
        "| | macro-F1 | " + " | ".join(f"F1 {layer}" for layer in LAYERS) + " | AUC deep core |",
        "|---|---|" + "---|" * (len(LAYERS) + 1),
    ]
    for name, found in (("this model", report), *others.items()):
        each = " | ".join(f"{found.per_layer[layer.value]['f1']:.3f}" for layer in LAYERS)
        lines.append(f"| {name} | {found.macro_f1} | {each} | {found.deep_core_auc:.3f} |")
    lines.append(
        f"\nAccuracy {report.accuracy}. "
        f"Expected calibration error {report.calibration_error:.3f}.\n"
    )
    return "\n".join(lines)


def _detail(report: LayerReport) -> str:
    lines = ["## In detail\n", "| | precision | recall | F1 | n |", "|---|---|---|---|---|"]
    for layer, found in report.per_layer.items():
        lines.append(
            f"| {layer} | {found['precision']:.3f} | {found['recall']:.3f} | {found['f1']:.3f} "
            f"| {found['n']:.0f} |"
        )
    lines += ["\nConfusion, rows gold, columns this model:\n", _table(report.confusion)]
    lines += ["\nAbstaining below a threshold (`classify.abstain_below`):\n"]
    lines += ["| threshold | sentences kept | accuracy |", "|---|---|---|"]
    lines += [f"| {t} | {kept:.3f} | {right:.3f} |" for t, kept, right in report.coverage]
    lines += ["\nReliability:\n", "| mean confidence | accuracy | n |", "|---|---|---|"]
    lines += [f"| {sure:.3f} | {right:.3f} | {n} |" for sure, right, n in report.reliability]
    for field, groups in report.groups.items():
        lines += [f"\nBy {field}, macro-F1:\n", f"| {field} | macro-F1 |", "|---|---|"]
        lines += [f"| {name} | {figure} |" for name, figure in groups.items()]
    return "\n".join(lines) + "\n"


def _table(confusion: Sequence[Sequence[Any]]) -> str:
    lines = ["| | " + " | ".join(LAYERS) + " |", "|---|" + "---|" * len(LAYERS)]
    lines += [
        f"| {layer} | " + " | ".join(map(str, row)) + " |"
        for layer, row in zip(LAYERS, confusion, strict=True)
    ]
    return "\n".join(lines)
