"""Documents to measure on: sentences written for this project, recombined; or real ones.

Recombined documents have about the length of a press release. Whole sentences keep the tokens, the
lengths and the markup of real text; passages almost never repeat, so nothing comes from a cache.
"""

from __future__ import annotations

import json
import random
import re
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
MEAN, SPREAD = 7.95, 0.5  # of the logarithm of a document's length: mean 3,200 characters


def sentences() -> list[str]:
    """Sentences of corpora/demo and annotations/written, in file order, each once."""
    texts = [
        path.read_text(encoding="utf-8")
        for path in sorted((ROOT / "corpora" / "demo").glob("*/*"))
        if path.suffix in (".txt", ".md")
    ]
    written = ROOT / "annotations" / "written" / "documents.jsonl"
    texts += [json.loads(line)["text"] for line in written.read_text("utf-8").splitlines()]
    found = (
        sentence.strip()
        for text in texts
        for block in text.split("\n")
        for sentence in re.split(r"(?<=[.!?])\s+(?=[A-Z“\"])", block)
    )
    return list(dict.fromkeys(s for s in found if len(s) > 15))


def recombined(count: int, *, partners: int = 12, seed: int = 8) -> Iterator[tuple[str, str, str]]:
    """``count`` documents as (partner, name, text); the same for the same arguments."""
    chance = random.Random(seed)
    known = sentences()
    for number in range(count):
        length = min(20_000, int(chance.lognormvariate(MEAN, SPREAD)))
        paragraphs: list[str] = []
        while sum(map(len, paragraphs)) < length:
            paragraphs.append(" ".join(chance.sample(known, chance.randint(2, 5))))
        day = f"20{chance.randint(10, 24)}-{chance.randint(1, 12):02d}-{chance.randint(1, 28):02d}"
        partner = f"partner-{number % partners:02d}"
        yield partner, f"{day}-{number:06d}", f"Statement {number}\n\n" + "\n\n".join(paragraphs)


def real(source: Path, count: int) -> Iterator[tuple[str, str, str]]:
    """The first ``count`` documents of a folder of text files or of a JSON-lines file."""
    if source.is_dir():
        for path in sorted(source.rglob("*.txt"))[:count]:
            yield path.parent.name, path.stem, path.read_text(encoding="utf-8", errors="replace")
        return
    with source.open(encoding="utf-8") as stream:
        for number, line in zip(range(count), stream, strict=False):
            row = json.loads(line)
            yield str(row.get("partner") or number % 12), f"{number:06d}", str(row["text"])


def write_files(folder: Path, count: int, source: Path | None = None, **options: int) -> Path:
    """``count`` documents as text files in ``folder/<partner>``; made once."""
    if not folder.is_dir():
        aside = folder.with_name(folder.name + ".part")
        made = real(source, count) if source else recombined(count, **options)
        for partner, name, text in made:
            path = aside / re.sub(r"[^\w-]+", "-", partner) / f"{name}.txt"
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
        aside.rename(folder)
    return folder
