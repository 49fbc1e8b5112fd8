"""Which texts are read together, and the pair model that reads them."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pytest

from pipeline.compare.neighbours import nearest, similar_pairs
from pipeline.compare.pairs import PairModel
from pipeline.embed import Encoder
from pipeline.models import folder_of, load_info
from pipeline.train import calibrate


def test_nearest_is_brute_force() -> None:
    rng = np.random.default_rng(4)
    vectors = rng.normal(size=(50, 6)).astype(np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    rows, cosines = nearest(vectors[:7], vectors, 5)
    whole = vectors[:7] @ vectors.T
    np.testing.assert_array_equal(rows, np.argsort(-whole, 1)[:, :5])
    np.testing.assert_allclose(cosines, -np.sort(-whole, 1)[:, :5], rtol=1e-5)
    left, right, _ = similar_pairs(vectors, 0.5)
    expected = {
        (i, j) for i in range(50) for j in range(i + 1, 50) if vectors[i] @ vectors[j] >= 0.5
    }
    assert set(zip(left.tolist(), right.tolist(), strict=True)) == expected


@pytest.fixture
def pair_model(tiny_settings: tuple[str, ...]) -> PairModel:
    from pipeline.config import load

    return PairModel.from_config(load(None, tiny_settings))


def test_same_reason_does_not_depend_on_the_order(pair_model: PairModel) -> None:
    couples = [("profit ruins the river", "we reject the agreement"), ("people", "profit")]
    there = pair_model.same_reason(couples)
    back = pair_model.same_reason([(b, a) for a, b in couples])
    np.testing.assert_allclose(there, back, atol=1e-6)
    assert ((there > 0) & (there < 1)).all()


def test_reading_both_ways_is_reading_each_way(pair_model: PairModel) -> None:
    couples = [("profit ruins the river", "we reject the agreement"), ("people", "profit")]
    turned = [(b, a) for a, b in couples]
    read = pair_model.both_ways(couples)
    np.testing.assert_allclose(read.forward, pair_model.probabilities(couples), atol=1e-6)
    np.testing.assert_allclose(read.backward, pair_model.probabilities(turned), atol=1e-6)
    np.testing.assert_allclose(read.position, pair_model.both_ways(turned).position, atol=1e-6)
    judged = pair_model.judge(couples)
    assert [line["same_position"] for line in judged] == pytest.approx(
        read.position.tolist(), abs=1e-4
    )


def test_probabilities_do_not_depend_on_the_batch(pair_model: PairModel) -> None:
    couples = [("we reject the agreement", "the agreement"), ("people", "profit " * 30)]
    together = pair_model.probabilities([*couples, *couples])
    alone = np.concatenate([pair_model.probabilities([couple]) for couple in couples])
    np.testing.assert_allclose(together[:2], alone, atol=1e-5)
    np.testing.assert_allclose(together.sum(1), 1.0, atol=1e-5)
    assert pair_model.probabilities([]).shape == (0, 3)


def test_a_calibrated_model_agrees_where_its_pairs_were_coded_as_one_position(
    tiny_settings: tuple[str, ...], tmp_path: Path
) -> None:
    from pipeline.config import load

    config = load(None, tiny_settings)
    folder = tmp_path / "pairs"
    shutil.copytree(folder_of(config.compare.pair_model), folder)
    couples = [("we reject the agreement", "the agreement"), ("people", "profit ruins the river"),
               ("profit", "people"), ("the river", "we reject the river")]  # fmt: skip
    rows = [
        {"text": text, "target": target, "stance": "supports", "same": number % 2}
        for number, (text, target) in enumerate(couples)
    ]
    before, after = (
        _agreement(folder, couples, rows if calibrated else []) for calibrated in (False, True)
    )
    assert len(load_info(str(folder))[1].agreement) == 4
    wanted = np.array([0, 1, 0, 1])
    assert np.abs(after - wanted).sum() < np.abs(before - wanted).sum()


def _agreement(
    folder: Path, couples: list[tuple[str, str]], rows: list[dict[str, object]]
) -> np.ndarray:
    if rows:
        calibrate(folder, rows)
    model = PairModel(Encoder(str(folder), precision="fp32"))
    one, other = (model.topics(texts) for texts in zip(*couples, strict=True))
    return model.agreement(model.both_ways(couples), (one * other).sum(1))
