"""The pass without padding: what transformers computes, and the same bits whatever the company."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline import precision
from pipeline.embed import Encoder, Passage, load_network
from pipeline.errors import PipelineError
from pipeline.packed import Packed, fits


def tiny_mpnet() -> Any:
    from transformers import MPNetConfig, MPNetModel

    torch.manual_seed(1)
    config = MPNetConfig(
        vocab_size=64, hidden_size=32, num_hidden_layers=2, num_attention_heads=4,
        intermediate_size=64, max_position_embeddings=260, relative_attention_num_buckets=32,
    )  # fmt: skip
    model = MPNetModel(config)
    torch.nn.init.normal_(model.encoder.relative_attention_bias.weight)  # as if it mattered
    return model


@pytest.fixture(scope="module", params=["bert", "mpnet"])
def network(request: pytest.FixtureRequest, tiny_base: Path) -> Any:
    made = tiny_mpnet() if request.param == "mpnet" else load_network(str(tiny_base), "", None)[1]
    return made.eval()


@pytest.fixture(scope="module", params=[torch.float32, torch.bfloat16], ids=["fp32", "bf16"])
def packed(request: pytest.FixtureRequest, network: Any) -> Packed:
    return Packed(network.config.to_dict(), network.state_dict(), request.param)


def tokens(length: int, seed: int = 1) -> list[int]:
    return [(seed * 7 + place * 3) % 60 + 2 for place in range(length)]


def test_states_are_those_of_transformers(network: Any, packed: Packed) -> None:
    assert fits(network.config.to_dict())
    for length in (2, 17, 200):
        with torch.inference_mode():
            plain = network(input_ids=torch.tensor([tokens(length)])).last_hidden_state[0]
        near = 2e-5 if packed.dtype == torch.float32 else 0.1
        assert torch.allclose(packed([tokens(length)]), plain, atol=near)


@settings(deadline=None, max_examples=30)
@given(
    own=st.integers(2, 256),
    before=st.lists(st.integers(2, 256), max_size=5),
    after=st.lists(st.integers(2, 256), max_size=3),
    threads=st.sampled_from([1, 2]),
)
def test_a_sequence_gets_the_same_bits_in_any_company(
    packed: Packed, own: int, before: list[int], after: list[int], threads: int
) -> None:
    alone = packed([tokens(own)])
    used = torch.get_num_threads()
    torch.set_num_threads(threads)
    try:
        others = [tokens(n, seed=2) for n in before], [tokens(n, seed=3) for n in after]
        together = packed([*others[0], tokens(own), *others[1]])
    finally:
        torch.set_num_threads(used)
    start = sum(before)
    assert torch.equal(together[start : start + own], alone)


def test_sentence_vectors_do_not_depend_on_the_batch(tiny_model: Path) -> None:
    passages = [Passage("people river " * n) for n in (1, 60, 3, 3, 200)]
    threads = torch.get_num_threads()
    small = Encoder(str(tiny_model), precision="fp32", batch_tokens=64)
    large = Encoder(str(tiny_model), precision="fp32")
    assert torch.equal(small.states(passages), large.states(passages))
    assert torch.equal(small.states(passages[1:2]), large.states(passages)[1:2])
    assert torch.get_num_threads() == threads
    assert (small.embed(["people"])[0] == large.embed(["river", "people"] * 20)[1]).all()


@pytest.fixture
def unmeasured(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    monkeypatch.setenv("AXIOMAP_CACHE", str(tmp_path))
    yield tmp_path / "axiomap" / "precision.json"


def test_bf16_is_measured_once_and_refused_where_it_strays(
    tiny_model: Path, unmeasured: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert Encoder(str(tiny_model), precision="bf16").precision == "bf16"
    measured = unmeasured.read_bytes()
    monkeypatch.setattr("pipeline.embed.MIN_COSINE", 1.01)
    with pytest.raises(PipelineError, match=r"bf16 its vectors reach a cosine of only \d\."):
        Encoder(str(tiny_model), precision="bf16")
    assert Encoder(str(tiny_model), precision="auto").precision == "fp32"
    assert unmeasured.read_bytes() == measured


def test_check_set_has_short_and_long_sentences() -> None:
    lines = precision.CHECK.read_text(encoding="utf-8").splitlines()
    assert len(lines) >= 100
    assert min(map(len, lines)) < 40
    assert max(map(len, lines)) > 600


def test_a_cache_that_cannot_be_written_or_read_stops_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write: Callable[[str, float], None] = precision.remember
    (tmp_path / "axiomap").write_text("a file where the folder should be")
    monkeypatch.setenv("AXIOMAP_CACHE", str(tmp_path))
    write("model cpu", 0.9999)
    assert precision.remembered("model cpu") is None
