"""Where the time goes between a folder of text files and its claims, as shares.

    python benchmarks/ingest_profile.py [FOLDER] [--seconds 20]

Reads the plain-text files below FOLDER (corpora/demo) over and over, with the ingest and the
claims stage as a run uses them. A timer that runs with the processor time of this process asks
which module of ours is at work; the innermost one counts. Shares and not seconds, and processor
time and not the clock's: so they hold on a busy machine as well. The worker process that parses
files adds its own processor time. Needs Linux or macOS.
"""

from __future__ import annotations

import argparse
import resource
import signal
import time
from collections import Counter
from pathlib import Path
from types import FrameType

from pipeline.claims import Claims
from pipeline.config import ClaimsConfig, IngestConfig
from pipeline.ingest import Ingest, discover, merge
from pipeline.records import Document

ROOT = Path(__file__).parent.parent
EVERY = 0.004  # seconds of processor time between two looks
GROUPS = {
    "claims/segment": "sentence splitter",
    "claims/blocks": "paragraphs and wrapped lines",
    "claims/structure": "forms of lines (boilerplate)",
    "claims/forms": "forms of lines (boilerplate)",
    "claims/turns": "speakers' turns",
    "claims": "quotes, speakers, voices, passages",
    "ingest/worker": "passing files to the parser's process",
    "ingest/language": "language",
    "ingest/merging": "copies (MinHash)",
    "ingest": "ingest: opening, dates, genre, clean text",
    "records": "records and their checks",
}


def group_of(path: str) -> str:
    """What a module of ours does; the longest matching name counts."""
    name = path.rpartition("/pipeline/")[2].removesuffix(".py").removesuffix("/__init__")
    fitting = [key for key in GROUPS if name == key or name.startswith(f"{key}/")]
    return GROUPS[max(fitting, key=len)] if fitting else "else"


class Sampler:
    """Counts what a process is at."""

    def __init__(self) -> None:
        self.counts: Counter[str] = Counter()

    def look(self, number: int, frame: FrameType | None) -> None:
        """Called by the timer."""
        while frame is not None and "/pipeline/" not in frame.f_code.co_filename:
            frame = frame.f_back
        self.counts[group_of(frame.f_code.co_filename) if frame else "else"] += 1

    def start(self) -> None:
        signal.signal(signal.SIGPROF, self.look)
        signal.setitimer(signal.ITIMER_PROF, EVERY, EVERY)

    def stop(self) -> None:
        signal.setitimer(signal.ITIMER_PROF, 0)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("folder", nargs="?", type=Path, default=ROOT / "corpora" / "demo")
    parser.add_argument("--seconds", type=float, default=20.0)
    options = parser.parse_args()
    paths = sorted(path for path in options.folder.rglob("*.txt") if path.is_file())
    sources = discover(paths)
    ingest, claims = Ingest(IngestConfig()), Claims(ClaimsConfig())
    ingest(sources[:1])  # starts the worker
    sampler = Sampler()
    end = time.monotonic() + options.seconds
    sampler.start()
    began = time.process_time()
    documents = characters = found = 0
    while time.monotonic() < end:
        read = [item for item in ingest(sources) if isinstance(item, Document)]
        merged = merge(read, IngestConfig())
        found += len(claims(merged))
        documents += len(read)
        characters += sum(len(document.text) for document in read)
    sampler.stop()
    own = time.process_time() - began
    ingest.close()
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    looks = sum(sampler.counts.values())
    shares = {name: own * count / looks for name, count in sampler.counts.items()}
    shares["parsing, in a process of its own"] = usage.ru_utime + usage.ru_stime
    total = sum(shares.values())
    print(
        f"{len(paths)} files; {documents:,} documents, {characters:,} characters, {found:,} claims"
    )
    print(f"{characters / total:,.0f} characters a second of one core\n\n| | share |\n|---|---|")
    for name, seconds in sorted(shares.items(), key=lambda item: -item[1]):
        print(f"| {name} | {100 * seconds / total:.1f} % |")


if __name__ == "__main__":
    main()
