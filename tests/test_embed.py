"""The encoder on a tiny random model: nothing lost, nothing mixed up, context seen."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pipeline.classify import Classify, best_facet
from pipeline.config import ClassifyConfig
from pipeline.embed import WINDOW, Encoder, Passage, cut_windows, resolve_precision
from pipeline.errors import PipelineError
from pipeline.records import FACETS, Claim, TaggedClaim


@pytest.fixture(scope="module")
def encoder(tiny_model: Path) -> Encoder:
    return Encoder(str(tiny_model), precision="fp32")


def test_vectors_are_unit_and_do_not_depend_on_their_neighbours(encoder: Encoder) -> None:
    texts = ["We reject the agreement.", "People.", "The river reject the profit of people"]
    together = encoder.embed(texts)
    assert together.shape == (3, 32)
    assert np.allclose(np.linalg.norm(together, axis=1), 1, atol=1e-5)
    for text, vector in zip(texts, together, strict=True):
        assert np.allclose(encoder.embed([text])[0], vector, atol=1e-5)
    assert encoder.embed([]).shape == (0, 32)


def test_order_is_kept(encoder: Encoder) -> None:
    passages = [Passage("people " * n) for n in (9, 1, 30, 2)]
    states = encoder.states(passages)
    assert torch.allclose(states.flip(0), encoder.states(passages[::-1]), atol=1e-5)


def test_context_changes_the_vector(encoder: Encoder) -> None:
    alone, inside = encoder.states(
        [Passage("We reject."), Passage("We reject.", before="The river. ", after=" People.")]
    )
    assert not torch.allclose(alone, inside, atol=1e-3)


def test_sentences_of_one_passage_share_a_window(encoder: Encoder) -> None:
    first = Passage("We reject.", after=" The river.")
    second = Passage("The river.", before="We reject. ")
    windows = cut_windows(encoder.tokenizer, [first, second])
    assert len(windows) == 1
    assert len(windows[0].spans) == 2


def test_mean_over_tokens_is_what_a_plain_forward_pass_gives(encoder: Encoder) -> None:
    text = "we reject the agreement"
    batch = encoder.tokenizer("[CLS]" + text + "[SEP]", add_special_tokens=False)
    with torch.inference_mode():
        hidden = encoder.network(input_ids=torch.tensor([batch["input_ids"]])).last_hidden_state
    assert torch.allclose(encoder.states([Passage(text)])[0], hidden[0, 1:-1].mean(0), atol=1e-5)


def test_adapter_is_merged(encoder: Encoder, tiny_base: Path, tiny_model: Path) -> None:
    from safetensors.torch import load_file
    from transformers import AutoModel

    name = "encoder.layer.0.attention.self.query.weight"
    plain = dict(AutoModel.from_pretrained(tiny_base).named_parameters())[name]
    merged = dict(encoder.network.named_parameters())[name]
    weights = load_file(tiny_model / "adapter_model.safetensors")
    up, down = (weights[f"base_model.model.{name[:-7]}.lora_{x}.weight"] for x in "BA")
    assert torch.allclose(merged, plain + 2.0 * up @ down, atol=1e-6)


words = st.text(alphabet="abc river. ", min_size=0, max_size=900)


@settings(
    deadline=None, max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(st.lists(st.tuples(words, words.filter(str.strip), words), min_size=1, max_size=4))
def test_every_wordpiece_of_every_sentence_is_read_once(
    encoder: Encoder, parts: list[tuple[str, str, str]]
) -> None:
    passages = [Passage(text, before, after) for before, text, after in parts]
    read = dict.fromkeys(range(len(passages)), 0)
    for window in cut_windows(encoder.tokenizer, passages):
        assert len(window.tokens) <= WINDOW
        for sentence, first, stop in window.spans:
            assert 0 <= first <= stop <= len(window.tokens)
            read[sentence] += stop - first
    for number, passage in enumerate(passages):
        full = passage.before + passage.text + passage.after
        offsets = encoder.tokenizer(full, return_offsets_mapping=True, add_special_tokens=False)
        start, end = len(passage.before), len(passage.before) + len(passage.text)
        inside = [1 for a, b in offsets["offset_mapping"] if b > start and a < end]
        assert read[number] == len(inside)


def test_long_sentence_is_read_whole(encoder: Encoder) -> None:
    text = "people " * 400 + "river"
    windows = cut_windows(encoder.tokenizer, [Passage(text)])
    assert [len(w.tokens) for w in windows] == [254, 147]
    other = "people " * 400 + "profit"
    assert not np.allclose(encoder.embed([text]), encoder.embed([other]))


def test_missing_head_device_and_precision_are_told(encoder: Encoder, tiny_model: Path) -> None:
    with pytest.raises(PipelineError, match="has no head 'stance'; it has layer"):
        encoder.head("stance", torch.zeros(1, 32))
    with pytest.raises(PipelineError, match="use cpu, cuda"):
        Encoder(str(tiny_model), device="abacus")
    with pytest.raises(PipelineError, match="allowed are auto, fp32 and bf16"):
        resolve_precision("int3", torch.device("cpu"))
    assert resolve_precision("auto", torch.device("cpu")) in ("fp32", "bf16")


def test_classify_tags_claims(tiny_model: Path, claims: list[Claim]) -> None:
    stage = Classify(ClassifyConfig(model=str(tiny_model), precision="fp32"))
    tagged = stage(claims)
    assert all(isinstance(item, TaggedClaim) for item in tagged)
    assert [item.claim for item in tagged] == claims
    for item in tagged:
        assert item.layer == max(item.probabilities, key=lambda name: item.probabilities[name])
        assert (item.facet in FACETS[item.layer]) or not FACETS[item.layer]
        assert len(item.values) == 20
        vector = np.frombuffer(item.vector, "<f2").astype(np.float32)
        assert np.linalg.norm(vector) == pytest.approx(1, abs=1e-2)
        assert item.model == f"tiny@{stage.info.hash}"
    assert stage([]) == []
    assert stage(claims) == tagged


def test_bias_and_temperature_calibrate(
    new_model: Callable[..., Path], claims: list[Claim]
) -> None:
    def tags(name: str, **fields: object) -> np.ndarray[tuple[int, ...], np.dtype[np.float32]]:
        stage = Classify(ClassifyConfig(model=str(new_model(name, **fields)), precision="fp32"))
        made = stage.tag([Passage(c.text, c.before, c.after) for c in claims])
        assert all(isinstance(best_facet(made, row), str) for row in range(len(claims)))
        return made.layers

    plain = tags("plain")
    assert np.allclose(tags("hot", temperature=1e6), 0.25, atol=1e-3)
    assert (tags("biased", bias=(50.0, 0.0, 0.0, 0.0)).argmax(1) == 0).all()
    assert np.allclose(plain.sum(1), 1, atol=1e-5)


@pytest.mark.filterwarnings("ignore:.*is_gradient_checkpointing:FutureWarning")
def test_adapter_loads_with_peft_to_the_same_weights(
    encoder: Encoder, tiny_base: Path, tiny_model: Path
) -> None:
    from peft import PeftModel
    from transformers import AutoModel

    base = AutoModel.from_pretrained(tiny_base)
    merged = PeftModel.from_pretrained(base, tiny_model).merge_and_unload()
    ours = dict(encoder.network.named_parameters())
    for name, weight in merged.named_parameters():
        assert torch.allclose(weight, ours[name], atol=1e-6), name


def test_a_model_without_the_heads_a_stage_reads_is_refused_at_once(
    new_model: Callable[..., Path],
) -> None:
    folder = new_model(heads={"layer": 4, "facet": 27})
    with pytest.raises(PipelineError, match="has no head 'value'; it has layer"):
        Classify(ClassifyConfig(model=str(folder), precision="fp32"))
