"""What is measured: one function a question, gold file in, figures out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from sklearn.metrics import confusion_matrix, precision_recall_fscore_support

from pipeline import codec
from pipeline.classify import tags_of
from pipeline.compare.conclusions import same_side_groups
from pipeline.compare.pairs import STANCES, PairModel
from pipeline.compare.sets import PremiseSets, diverge_sets
from pipeline.config import Config
from pipeline.embed import Encoder, Passage
from pipeline.errors import PipelineError
from pipeline.evaluate.metrics import (
    Figure,
    Floats,
    Ints,
    auc,
    b_cubed,
    bootstrapped,
    calibration_error,
    coverage_curve,
    key_point_precision,
    macro_f1,
    reliability,
)
from pipeline.labels import read_rows
from pipeline.models import VALUES
from pipeline.records import LAYERS, Verdict
from pipeline.train.pairs import Proposition
from pipeline.train.published import topics, value_table

GROUPS = ("corpus", "genre", "politics", "org_type")
"""Fields by which layer figures are broken down, where the gold file has them."""

SMALLEST_GROUP = 25
"""Groups with fewer sentences are not reported: their F1 says nothing."""


@dataclass(frozen=True)
class LayerReport:
    """Figures of the layer classifier on one gold file."""

    macro_f1: Figure
    accuracy: Figure
    per_layer: dict[str, dict[str, float]]
    deep_core_auc: float
    calibration_error: float
    reliability: tuple[tuple[float, float, int], ...]
    coverage: tuple[tuple[float, float, float], ...]
    confusion: tuple[tuple[int, ...], ...]
    groups: dict[str, dict[str, Figure]]


def encoder_of(config: Config, model: str) -> Encoder:
    """The named claims model with the run's settings."""
    settings = config.classify
    return Encoder(
        model, task="claims", threads=settings.threads, device=settings.device,
        precision=settings.precision, batch_tokens=settings.batch_tokens,
    )  # fmt: skip


def predict_layers(rows: Sequence[dict[str, Any]], config: Config) -> Floats:
    """Calibrated layer probabilities ``(n, 4)`` of sentences in context."""
    encoder = encoder_of(config, config.classify.model)
    passages = [
        Passage(str(r["text"]), str(r.get("before") or ""), str(r.get("after") or "")) for r in rows
    ]
    return tags_of(encoder, encoder.states(passages)).layers.astype(np.float64)


def layer_report(rows: Sequence[dict[str, Any]], probabilities: Floats) -> LayerReport:
    """Figures from gold rows (``layer``, and ``document`` for clustering) and probabilities."""
    gold = np.array([_layer(row) for row in rows], dtype=np.int64)
    guess = probabilities.argmax(1)
    clusters = [str(row.get("document") or number) for number, row in enumerate(rows)]
    precision, recall, f1, support = precision_recall_fscore_support(
        gold, guess, labels=range(len(LAYERS)), zero_division=0
    )
    per_layer = {
        layer.value: {
            "precision": round(float(precision[i]), 4), "recall": round(float(recall[i]), 4),
            "f1": round(float(f1[i]), 4), "n": int(support[i]),
        }
        for i, layer in enumerate(LAYERS)
    }  # fmt: skip
    groups: dict[str, dict[str, Figure]] = {}
    for field in GROUPS:
        names = sorted({str(row[field]) for row in rows if row.get(field)})
        for name in names:
            inside = [i for i, row in enumerate(rows) if str(row.get(field)) == name]
            if len(inside) >= SMALLEST_GROUP:
                figure = _macro(gold[inside], guess[inside], [clusters[i] for i in inside])
                groups.setdefault(field, {})[name] = figure
    return LayerReport(
        macro_f1=_macro(gold, guess, clusters),
        accuracy=bootstrapped(lambda r: float((gold[r] == guess[r]).mean()), clusters),
        per_layer=per_layer,
        deep_core_auc=round(auc(probabilities[:, 0], gold == 0), 4),
        calibration_error=round(calibration_error(probabilities, gold), 4),
        reliability=tuple(reliability(probabilities, gold)),
        coverage=tuple(coverage_curve(probabilities, gold)),
        confusion=tuple(
            tuple(int(n) for n in line)
            for line in confusion_matrix(gold, guess, labels=range(len(LAYERS)))
        ),
        groups=groups,
    )


def _layer(row: dict[str, Any]) -> int:
    try:
        return LAYERS.index(row["layer"])
    except (KeyError, ValueError):
        raise PipelineError(
            f"gold {row.get('id')}: layer {row.get('layer')!r}; allowed: {', '.join(LAYERS)}"
        ) from None


def _macro(gold: Ints, guess: Ints, clusters: Sequence[str]) -> Figure:
    return bootstrapped(lambda r: macro_f1(gold[r], guess[r], len(LAYERS)), clusters)


def layers(path: Path, config: Config) -> LayerReport:
    """The layer classifier on a gold file of coded sentences (JSON lines)."""
    rows = [row for _, row in read_rows(path)]
    return layer_report(rows, predict_layers(rows, config))


def values(folder: Path, config: Config, *, split: str = "validation") -> dict[str, Any]:
    """Macro-F1 over the 20 values on a split of Touché23-ValueEval, at the card's threshold."""
    table = value_table(folder, split)
    encoder = encoder_of(config, config.classify.model)
    states = encoder.states(
        [Passage(premise, f"{conclusion}. ") for conclusion, premise, _ in table]
    )
    probability = torch.sigmoid(encoder.head("value", states)).numpy()
    gold = np.array([labels for _, _, labels in table]) > 0.5
    guess = probability >= encoder.info.value_threshold
    clusters = [conclusion for conclusion, _, _ in table]
    each = {name: round(_binary_f1(gold[:, i], guess[:, i]), 4) for i, name in enumerate(VALUES)}
    figure = bootstrapped(
        lambda r: float(np.mean([_binary_f1(gold[r, i], guess[r, i]) for i in range(len(VALUES))])),
        clusters,
    )
    return {"macro_f1": figure, "threshold": encoder.info.value_threshold, "per_value": each}


def _binary_f1(gold: Any, guess: Any) -> float:
    both = int((gold & guess).sum())
    total = int(gold.sum() + guess.sum())
    return 2 * both / total if total else 0.0


def stance(path: Path, config: Config) -> dict[str, Any]:
    """Accuracy of stance on lines ``{text, target, stance}``; pairs and kinds where named."""
    rows = [row for _, row in read_rows(path)]
    probability = PairModel.from_config(config).probabilities(
        [(str(r["text"]), str(r["target"])) for r in rows]
    )
    gold = np.array([STANCES.index(r["stance"]) for r in rows])
    # Where the gold knows only two sides, so does the question.
    known = sorted(set(gold.tolist()))
    guess = np.array(known)[probability[:, known].argmax(1)]
    right = guess == gold
    clusters = [str(r.get("pair") or r["target"]) for r in rows]
    figures: dict[str, Any] = {
        "accuracy": bootstrapped(lambda i: float(right[i].mean()), clusters),
        "sides": [STANCES[i].value for i in known],
    }
    kinds = sorted({str(r["kind"]) for r in rows if r.get("kind")})
    figures["kinds"] = {
        kind: round(float(right[[r.get("kind") == kind for r in rows]].mean()), 4) for kind in kinds
    }
    if any(r.get("pair") for r in rows):
        whole: dict[str, bool] = {}
        for row, correct in zip(rows, right, strict=True):
            whole[str(row["pair"])] = whole.get(str(row["pair"]), True) and bool(correct)
        figures["pairs_right"] = round(float(np.mean(list(whole.values()))), 4)
    return figures


def matching(folder: Path, config: Config, *, split: str = "dev") -> dict[str, Any]:
    """Key-point matching on ArgKP-2021: mean average precision, strict and relaxed."""
    model = PairModel.from_config(config)
    result: dict[str, list[float]] = {"strict": [], "relaxed": []}
    known = topics(folder, split)
    for topic in known:
        same = model.same_reason([(a, k) for a in topic.arguments for k in topic.key_points])
        table = same.reshape(len(topic.arguments), len(topic.key_points))
        best, scores = table.argmax(1), table.max(1).tolist()
        for mode, unlabelled in (("strict", 0), ("relaxed", 1)):
            labels = [topic.labels.get((i, int(k)), unlabelled) for i, k in enumerate(best)]
            result[mode].append(key_point_precision(scores, labels))
    return {mode: round(float(np.mean(found)), 4) for mode, found in result.items()} | {
        "topics": len(known)
    }


def divergence(path: Path, config: Config) -> dict[str, Any]:
    """Divergence on lines ``{conclusion, a, b, diverging}``: AUC, false alarms, power."""
    rows = [row for _, row in read_rows(path)]
    found = diverge_sets([PremiseSets.from_row(row) for row in rows], config)
    gold = np.array([bool(row["diverging"]) for row in rows])
    score = np.array([line["divergence"] for line in found])
    p_value = np.array([line["p_value"] for line in found])
    clusters = [str(row["conclusion"]) for row in rows]
    verdicts = {
        str(verdict): [
            sum(
                line["verdict"] == verdict for line, g in zip(found, gold, strict=True) if g == side
            )
            for side in (False, True)
        ]
        for verdict in Verdict
    }
    return {
        "auc": bootstrapped(lambda i: auc(score[i], gold[i]), clusters),
        "false_alarms": round(float((p_value[~gold] < config.compare.alpha).mean()), 4),
        "power": round(float((p_value[gold] < config.compare.alpha).mean()), 4),
        "verdicts_same_diverging": verdicts,
    }


def conclusions(path: Path, config: Config) -> dict[str, Any]:
    """B-cubed of the groups found among position sentences.

    Args:
        path: lines ``{text, group}``, or propositions, of which the sentences of one side are a
            group and each that takes neither side is one of its own.
        config: thresholds and the pair model.
    """
    rows = sorted(item for place, row in read_rows(path) for item in _grouped(place, row))
    texts, gold = [text for text, _ in rows], [group for _, group in rows]
    pairs = PairModel.from_config(config)
    groups = same_side_groups(texts, pairs.topics(texts), pairs, config.compare)
    precision, recall, f1 = b_cubed(gold, groups.tolist())
    return {
        "b_cubed_f1": round(f1, 4), "precision": round(precision, 4), "recall": round(recall, 4),
        "groups": len(set(groups.tolist())), "gold_groups": len(set(gold)),
    }  # fmt: skip


def _grouped(place: str, row: dict[str, Any]) -> list[tuple[str, str]]:
    if "group" in row:
        return [(str(row["text"]), str(row["group"]))]
    own = codec.from_dict(row, Proposition, place)
    sides = [*((text, "for") for text in own.same), *((text, "against") for text in own.contrary)]
    sides += [(text, f"near {number}") for number, text in enumerate(own.near)]
    return [(text, f"{place} {side}") for text, side in sides]
