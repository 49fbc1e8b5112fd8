"""The model card: every figure measured when the card is written, beside its baselines."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pipeline.config import Config
from pipeline.evaluate.about import add_about
from pipeline.evaluate.baselines import Frozen, few_shot, learning_curve, majority, tfidf
from pipeline.evaluate.measures import GROUPS, LayerReport, layer_report, predict_layers, values
from pipeline.evaluate.metrics import Figure, Floats
from pipeline.evaluate.mistakes import DOUBTFUL, Mistake, Pattern, patterns, typical_mistakes
from pipeline.labels import read_rows
from pipeline.models import ModelInfo, load_info
from pipeline.records import LAYERS

PURPOSE = """\
It tags single sentences of English advocacy texts, read in their surroundings, with the layer of
belief that they state. It is meant for finding and sorting claims that people then read, and for
comparing what many claims of two groups have in common. It is not fit to judge a person or an
organisation by, to count beliefs without a correction for its mistakes, nor for texts that argue
for nothing.
"""

CODERS = """\
The labels it learned from and the labels it is measured on were given by language models working
alone from the codebook, not by people; on a double-coded sample of the real sentences two such
coders agreed with kappa 0.92. Sentences coded as doubtful were coded a second time under version
1.1 of the codebook (`annotations/real/recoded.jsonl`). The written set was made for this project;
`annotations/README.md` describes it. The value labels are those of Touché23-ValueEval, the
matching labels those of ArgKP-2021, both given by people. Political sides and kinds of
organisations in the tables are no coder's judgement of a sentence but facts about who published it
(party, kind of organisation: `annotations/real/organisations.jsonl`).
"""


@dataclass(frozen=True)
class Card:
    """Text of a card and the figures that go into ``model.json``."""

    text: str
    metrics: dict[str, float]


def write_card(
    model: str, gold: Path, trained_on: Path, config: Config, value_folder: Path | None = None, *,
    about: Sequence[Path] = (), shots: int = 64,
) -> Card:  # fmt: skip
    """The card of a claims model.

    Args:
        model: name or folder.
        gold: coded sentences of organisations that the model was not trained on.
        trained_on: coded sentences that the baselines learn from.
        config: settings; the model is taken from ``model``.
        value_folder: Touché23-ValueEval, for its validation split.
        about: files that say more of the gold's documents and organisations
            (:func:`pipeline.evaluate.about.add_about`), for the tables by group.
        shots: sentences a layer for the few-shot baseline; 0 leaves it out, and the card says so.
    """
    _, info = load_info(model, task="claims")
    rows = add_about([row for _, row in read_rows(gold)], about, GROUPS)
    train = [row for _, row in read_rows(trained_on)]
    probabilities = predict_layers(rows, config)
    report = layer_report(rows, probabilities)
    frozen = Frozen(info.base, [*train, *rows])
    name = f"frozen {Path(info.base).name} + logistic regression"
    others = {
        "majority": layer_report(rows, majority(train, rows)),
        "TF-IDF + logistic regression": layer_report(rows, tfidf(train, rows)),
        name: layer_report(rows, frozen(train, rows)),
    }
    if shots:
        found = few_shot(train, rows, info.base, per_layer=shots)
        others[f"SetFit's method, {shots} sentences a layer"] = layer_report(rows, found)
    curves = {
        "TF-IDF + logistic regression": learning_curve(tfidf, train, rows),
        name: learning_curve(frozen, train, rows),
    }
    metrics = {
        "macro_f1": report.macro_f1.value,
        "deep_core_f1": report.per_layer["deep_core"]["f1"],
        "calibration_error": report.calibration_error,
        "tfidf_macro_f1": others["TF-IDF + logistic regression"].macro_f1.value,
        "frozen_macro_f1": others[name].macro_f1.value,
    }
    parts = [
        _head(info), f"## What it is for, and what not\n\n{PURPOSE}\n{_limits(report)}",
        _layers(report, others, len(train), shots), _curves(curves), _detail(report),
        _mistakes(rows, probabilities),
    ]  # fmt: skip
    if value_folder is not None:
        measured = values(value_folder, config)
        metrics["value_macro_f1"] = measured["macro_f1"].value
        parts.append(
            "## Human values\n\nTouché23-ValueEval, validation split: macro-F1 "
            f"{measured['macro_f1']} at the threshold {measured['threshold']}, which was chosen on "
            "the same split.\n"
        )
    parts.append(f"## Who coded what\n\n{CODERS}{_sources(info)}")
    parts.append(
        "## How to get these figures again\n\n"
        f"    axiomap models card {info.name} --gold GOLD --trained-on TRAIN --values VALUEEVAL "
        f"--about ABOUT --shots {shots}\n"
    )
    return Card("\n".join(parts), metrics)


def _head(info: ModelInfo) -> str:
    made = "The recipe is in `model.json`."
    if "average" in info.settings:
        made = "Its weights are the average of several trainings (`docs/models.md`)."
    return (
        f"# {info.name}\n\nBelief layer, facet, human values and a sentence vector in one pass: a "
        f"low-rank adapter and linear heads on {info.base} (SHA-256 {info.base_sha256[:12]}…). "
        f"Codebook {info.codebook[:12]}…. Licence: Apache-2.0. {made}\n"
    )


def _limits(report: LayerReport) -> str:
    """What the figures say against it, in words."""
    deep = report.per_layer["deep_core"]
    lines = [
        f"Of what it calls deep core {deep['precision']:.0%} is, and it finds "
        f"{deep['recall']:.0%} of what is."
    ]
    genres = sorted(report.groups.get("genre", {}).items(), key=lambda item: item[1].value)
    below = [f"{name} ({f.value:.2f})" for name, f in genres if f.value < report.macro_f1.value]
    if below:
        lines.append(f"It reads worse than on the whole: {', '.join(below)}.")
    lines.append(
        "Labels are the codebook's; another reading of the layers, or coders trained elsewhere, "
        "will differ from it more than the intervals say. Other languages are not read."
    )
    return "\n".join(lines) + "\n"


def _layers(report: LayerReport, others: dict[str, LayerReport], n_train: int, shots: int) -> str:
    lines = [
        "## Belief layers\n",
        f"{report.macro_f1.n} sentences of organisations that it has not seen; intervals are 95 % "
        "bootstrap over documents. The temperature was fitted on the same sentences. The baselines "
        f"read each sentence alone and learn from {n_train} sentences (not from the written set "
        "or second codes).\n",
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
    lines.append(
        "SetFit's method here: the base encoder tuned on pairs of those few sentences (40 pairs a "
        "sentence, one pass), then logistic regression on them; not all training sentences.\n"
        if shots
        else "A baseline after SetFit was not run (`--shots 0`).\n"
    )
    return "\n".join(lines)


def _curves(curves: dict[str, dict[float, Figure]]) -> str:
    shares = list(next(iter(curves.values())))
    lines = [
        "## Learning curve of the baselines\n",
        "Macro-F1 by share of the training documents, below 100 % the mean of five draws. This "
        "model was not trained on less than all.\n",
        "| | " + " | ".join(f"{share:.0%}" for share in shares) + " |",
        "|---|" + "---|" * len(shares),
    ]
    for name, curve in curves.items():
        figures = (f"{f.value:.3f} [{f.low:.3f}, {f.high:.3f}]" for f in curve.values())
        lines.append(f"| {name} | " + " | ".join(figures) + " |")
    return "\n".join(lines) + "\n"


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
        lines += [f"\nBy {_FIELDS.get(field, field)}, macro-F1:\n", f"| {field} | macro-F1 |"]
        lines += ["|---|---|", *(f"| {name} | {figure} |" for name, figure in groups.items())]
    return "\n".join(lines) + "\n"


_FIELDS = {
    "politics": "political side of who published it (where it has one)",
    "org_type": "kind of organisation (where it is known)",
}


def _mistakes(rows: Sequence[dict[str, Any]], probabilities: Floats) -> str:
    shown = typical_mistakes(rows, probabilities)
    if not shown:
        return "## Typical mistakes\n\nNone on these sentences.\n"
    return "\n".join(
        [
            "## Typical mistakes\n",
            f"{len(shown)} of the mistakes on the sentences above, without their words. Each "
            "confusion has its share of them; within it the surest are taken, one of a document. "
            "Offsets count characters of the document's text; the coder's confidence is 3 clear, "
            "2 another label considered, 1 a coin-toss.\n",
            "| sentence | document | coded | found | probability | coder | what is in it |",
            "|---|---|---|---|---|---|---|",
            *map(_mistake_line, shown),
            "\nHow confused sentences differ from those of the same label that were read right "
            "(share that has it, confused : right; differences below 8 points left out):\n",
            *map(_pattern_line, patterns(rows, probabilities)),
            "",
        ]
    )


def _mistake_line(mistake: Mistake) -> str:
    return (
        f"| {mistake.id} | {mistake.document} [{mistake.start}, {mistake.end}) | {mistake.gold} "
        f"| {mistake.found} | {mistake.probability:.2f} | {mistake.confidence} "
        f"| {', '.join(mistake.cues) or '–'} |"
    )


def _pattern_line(pattern: Pattern) -> str:
    shares = {DOUBTFUL: pattern.doubtful, **pattern.cues}
    told = "; ".join(f"{cue} {a:.0%} : {b:.0%}" for cue, (a, b) in shares.items())
    return f"- {pattern.gold} found {pattern.found}, {pattern.n} times: {told}."


def _sources(info: ModelInfo) -> str:
    """The files that the recipe names, where the model keeps one."""
    recipe = json.loads(info.settings.get("recipe", "{}"))
    layers = recipe.get("layers", {})
    files = [*layers.get("files", ()), *layers.get("recoded", ())]
    return f"It learned layers from {', '.join(f'`{f}`' for f in files)}.\n" if files else ""


def _table(confusion: Sequence[Sequence[Any]]) -> str:
    lines = ["| | " + " | ".join(LAYERS) + " |", "|---|" + "---|" * len(LAYERS)]
    lines += [
        f"| {layer} | " + " | ".join(map(str, row)) + " |"
        for layer, row in zip(LAYERS, confusion, strict=True)
    ]
    return "\n".join(lines)
