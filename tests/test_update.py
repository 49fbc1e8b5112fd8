"""What training changed: kept by rank or by bits, and what each loses."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from safetensors.torch import save_file

from pipeline.errors import PipelineError
from pipeline.update import (
    ADAPTER_SCALE,
    factorised,
    load_changes,
    merge_update,
    save_by_bits,
    save_by_rank,
)


def test_factorised_gives_back_an_update_of_low_rank() -> None:
    torch.manual_seed(0)
    update = torch.randn(12, 2) @ torch.randn(2, 8)
    down, up = factorised(update, 2)
    assert down.shape == (2, 8)
    assert up.shape == (12, 2)
    torch.testing.assert_close(ADAPTER_SCALE * up @ down, update, atol=1e-5, rtol=1e-4)


@pytest.mark.parametrize(("bits", "lost"), [(1, 0.37), (2, 0.125), (4, 0.015)])
def test_bits_lose_what_theory_says_of_a_normal_change(
    tmp_path: Path, bits: int, lost: float
) -> None:
    """Squared error of the best uniform quantiser, Max 1960, table II: 0.363, 0.119, 0.0115."""
    torch.manual_seed(0)
    change = torch.randn(32, 512) * torch.logspace(-4, 0, 32)[:, None]
    save_by_bits(tmp_path, {"layer": change}, bits)
    ((name, kept),) = load_changes(tmp_path)
    assert name == "layer"
    share = (kept - change).pow(2).sum(1) / change.pow(2).sum(1)
    assert share.mean() < lost
    size = (tmp_path / "update.safetensors").stat().st_size
    assert size < 32 * 512 * bits / 8 + 1000


def test_a_row_that_did_not_change_stays(tmp_path: Path) -> None:
    change = torch.zeros(2, 16)
    change[1, 3] = 1.0
    save_by_bits(tmp_path, {"layer": change}, 2)
    ((_, kept),) = load_changes(tmp_path)
    assert torch.isfinite(kept).all()
    assert (kept[0] == 0).all()


def test_merging_adds_the_change(tmp_path: Path) -> None:
    change = torch.full((2, 8), 0.5)
    save_by_bits(tmp_path, {"layer": change}, 1)
    weights = {"layer.weight": torch.ones(2, 8)}
    merge_update(weights, tmp_path)
    torch.testing.assert_close(weights["layer.weight"], torch.full((2, 8), 1.5))


def test_what_does_not_fit_is_refused(tmp_path: Path) -> None:
    with pytest.raises(PipelineError, match="bits 3: allowed are 1, 2, 4"):
        save_by_bits(tmp_path, {"layer": torch.ones(2, 8)}, 3)
    with pytest.raises(PipelineError, match="6 inputs, no multiple of 8"):
        save_by_bits(tmp_path, {"layer": torch.ones(2, 6)}, 2)
    save_by_rank(tmp_path, {"other": factorised(torch.ones(2, 8), 1)}, 1, "base")
    with pytest.raises(PipelineError, match="other is no layer of its base"):
        merge_update({"layer.weight": torch.ones(2, 8)}, tmp_path)
    save_file({"a.step": torch.ones(1)}, tmp_path / "update.safetensors", metadata={"bits": "9"})
    with pytest.raises(PipelineError, match="kept in 9 bits"):
        list(load_changes(tmp_path))
