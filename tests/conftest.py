"""Hand-made records, a deterministic encoder, and a tiny random model: no network, no downloads."""

from __future__ import annotations

import hashlib
import os
import string
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
import pytest

from pipeline import codec
from pipeline.embed import PAIR_HEADS, Passage
from pipeline.models import FACET_NAMES, VALUES, ModelInfo, codebook_sha256, file_sha256
from pipeline.records import LAYERS, Claim, Document, Layer, Stance, TaggedClaim

if TYPE_CHECKING:
    from pipeline.train.recipe import Recipe

os.environ["HF_HUB_OFFLINE"] = "1"  # set before anything imports the hub's client
os.environ["TOKENIZERS_PARALLELISM"] = "false"

TEXT = (
    "We reject the agreement. It puts profit before people. "
    "Section 12 lets investors sue in private. Thank you."
)
SPANS = ((0, 24), (25, 54), (55, 96))


@pytest.fixture
def document() -> Document:
    """One statement of one partner."""
    return Document.of(
        TEXT, partner="union", source="union/statement.txt", title="Statement",
        date="2024-05-16", genre="statement",
    )  # fmt: skip


@pytest.fixture
def claims(document: Document) -> list[Claim]:
    """Three claims of the document, each in its passage."""
    return [
        Claim.at(
            document, start, end,
            before=TEXT[max(0, start - 30) : start], after=TEXT[end : end + 30],
        )
        for start, end in SPANS
    ]  # fmt: skip


def tag(claim: Claim, layer: Layer, facet: str = "", *, sure: float = 0.85) -> TaggedClaim:
    """A tagged claim as a classifier this sure of ``layer`` would give it."""
    rest = (1 - sure) / (len(LAYERS) - 1)
    return TaggedClaim(
        claim=claim, layer=layer, facet=facet, model="hand@0",
        probabilities={str(name): sure if name == layer else rest for name in LAYERS},
        values={"Universalism: concern": 0.75},
        vector=HashEncoder().embed([claim.text])[0].astype("<f2").tobytes(),
    )  # fmt: skip


@pytest.fixture
def tagged(claims: list[Claim]) -> list[TaggedClaim]:
    """The three claims, one a layer."""
    return [
        tag(claims[0], Layer.POLICY_CORE, "position"),
        tag(claims[1], Layer.DEEP_CORE, "value_priority"),
        tag(claims[2], Layer.SECONDARY, "provision"),
    ]


class HashEncoder:
    """Unit vectors from hashed words: texts with common words lie close, always the same."""

    size = 64
    name = "hand@0"

    def embed(self, texts: Sequence[str | Passage]) -> npt.NDArray[np.float32]:
        """Unit vectors ``(n, 64)``; a passage's are those of its sentence."""
        vectors = np.zeros((len(texts), self.size), dtype=np.float32)
        for row, read in enumerate(texts):
            text = read if isinstance(read, str) else read.text
            for word in text.lower().split():
                place = hashlib.sha256(word.strip(string.punctuation).encode()).digest()
                vectors[row, place[0] % self.size] += 1.0 if place[1] % 2 else -1.0
            vectors[row, 0] += 1e-3  # no text has a zero vector
        unit: npt.NDArray[np.float32] = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
        return unit


@pytest.fixture
def hash_encoder() -> HashEncoder:
    """A deterministic :class:`pipeline.embed.TextEncoder`."""
    return HashEncoder()


WORDS = ("we", "reject", "the", "agreement", "people", "profit", "river", "##s", "##ing", "##ed")


@pytest.fixture(scope="session")
def tiny_base(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Folder of a random BERT of two layers and 32 dimensions with a WordPiece vocabulary."""
    import torch
    from tokenizers import Tokenizer, models, normalizers, pre_tokenizers
    from transformers import BertConfig, BertModel, PreTrainedTokenizerFast

    specials = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]
    letters = string.ascii_lowercase + string.digits + string.punctuation
    pieces = [*specials, *WORDS, *letters, *(f"##{letter}" for letter in letters)]
    wordpiece = Tokenizer(
        models.WordPiece({piece: i for i, piece in enumerate(pieces)}, unk_token="[UNK]")
    )
    wordpiece.normalizer = normalizers.BertNormalizer(lowercase=True)
    wordpiece.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    tokenizer = PreTrainedTokenizerFast(
        tokenizer_object=wordpiece, pad_token="[PAD]", unk_token="[UNK]", cls_token="[CLS]",
        sep_token="[SEP]", mask_token="[MASK]",
    )  # fmt: skip
    torch.manual_seed(0)
    network = BertModel(
        BertConfig(
            vocab_size=len(pieces), hidden_size=32, num_hidden_layers=2, num_attention_heads=2,
            intermediate_size=64, max_position_embeddings=256,
        )
    )  # fmt: skip
    folder = tmp_path_factory.mktemp("tiny-base")
    network.save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    return folder


@pytest.fixture(scope="session")
def tiny_model(tiny_base: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Model folder for claims on :func:`tiny_base`: random adapter and heads, hashes in place."""
    folder = tmp_path_factory.mktemp("tiny-model")
    return write_model(folder, tiny_base)


@pytest.fixture(scope="session")
def tiny_pairs(tiny_base: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Model folder for pairs of texts on :func:`tiny_base`, random like :func:`tiny_model`."""
    folder = tmp_path_factory.mktemp("tiny-pairs")
    return write_model(
        folder, tiny_base, name="tiny-pairs", task="pairs",
        heads={"stance": len(Stance), "same": 1, "position": 1, "topic": 32},
        labels=tuple(Stance), facets=(), values=(), codebook="",
    )  # fmt: skip


@pytest.fixture(scope="session")
def tiny_settings(tiny_model: Path, tiny_pairs: Path) -> tuple[str, ...]:
    """Overrides (``section.key=value``) that put the tiny models in the place of the real ones."""
    return (
        f"classify.model={tiny_model}", f"compare.model={tiny_model}",
        f"compare.pair_model={tiny_pairs}", "classify.precision=fp32", "compare.permutations=19",
        "compare.bootstraps=19", "run.documents_per_shard=3", "classify.threads=1",
    )  # fmt: skip


@pytest.fixture
def new_model(tiny_base: Path, tmp_path: Path) -> Callable[..., Path]:
    """Writes further tiny models; keyword arguments replace fields of ``model.json``."""

    def write(name: str = "model", **fields: object) -> Path:
        folder = tmp_path / name
        folder.mkdir()
        return write_model(folder, tiny_base, **fields)

    return write


HEADS = {"layer": len(LAYERS), "facet": len(FACET_NAMES), "value": len(VALUES), "reason": 32}


def write_model(
    folder: Path, base: Path, *, heads: dict[str, int] = HEADS, **fields: object
) -> Path:
    """Writes a random model with heads of these widths into ``folder``."""
    import json

    import torch
    from safetensors.torch import save_file

    torch.manual_seed(1)
    target = "encoder.layer.0.attention.self.query"
    save_file(
        {
            f"base_model.model.{target}.lora_A.weight": torch.randn(4, 32) * 0.1,
            f"base_model.model.{target}.lora_B.weight": torch.randn(32, 4) * 0.1,
        },
        folder / "adapter_model.safetensors",
    )
    (folder / "adapter_config.json").write_text(
        json.dumps({"peft_type": "LORA", "r": 4, "lora_alpha": 8, "target_modules": [target]})
    )
    weights = {}
    for name, width in heads.items():
        read = 4 * 32 if name in PAIR_HEADS else 32
        weights[f"{name}.weight"] = torch.randn(width, read)
        weights[f"{name}.bias"] = torch.zeros(width)
    save_file(weights, folder / "heads.safetensors")
    files = ("adapter_model.safetensors", "adapter_config.json", "heads.safetensors")
    known: dict[str, object] = {
        "name": "tiny", "task": "claims", "base": str(base),
        "base_sha256": file_sha256(base / "model.safetensors"),
        "codebook": codebook_sha256(), "labels": tuple(LAYERS), "facets": FACET_NAMES,
        "values": VALUES, "heads": tuple(heads),
        "files": {name: file_sha256(folder / name) for name in files},
        **fields,
    }  # fmt: skip
    info = ModelInfo(**known)  # type: ignore[arg-type]
    (folder / "model.json").write_bytes(codec.to_json(info))
    (folder / "README.md").write_text("# tiny\n\nRandom weights for tests.\n")
    return folder


@pytest.fixture
def recipe(tiny_base: Path, tmp_path: Path) -> Recipe:
    """Recipe of a pair model on :func:`tiny_base`, its data in ``tmp_path``."""
    from train_lines import pair_recipe

    return pair_recipe(tiny_base, tmp_path)
