"""Measures this project beside the plain way and beside what the machine could do at best.

    make bench                                     all measures, about an hour on two cores
    python -m benchmarks --only end-to-end encoder
    python -m benchmarks --source press.jsonl      real documents: a folder of .txt, or JSON lines
    python -m benchmarks --small                   to see that everything runs, not how fast
    python -m benchmarks --write                   puts the table into docs/performance.md

What is compared takes turns in one run. Each row says what was measured, what came out and what the
project aims at; the machine stands above. Nothing here is a test.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from benchmarks.corpus import ROOT, write_files

PAGE = ROOT / "docs" / "performance.md"
BEGIN, END = "<!-- begin: written by `make bench` -->", "<!-- end -->"


@dataclass(frozen=True)
class Plan:
    """How much is measured."""

    scratch: Path
    source: Path | None = None
    precision: str = "auto"
    rounds: int = 3
    documents: int = 60  # of one round, end to end
    encoded: int = 150
    growth: tuple[int, ...] = (100, 400, 1_600, 6_400)
    unchanged: int = 10_000
    claims: int = 100_000
    mapped: int = 4_200
    stream: int = 0


SMALL: dict[str, Any] = {
    "rounds": 1, "documents": 2, "encoded": 3, "growth": (3, 6), "unchanged": 12, "claims": 2_000,
    "mapped": 12,
}  # fmt: skip


@dataclass(frozen=True)
class Row:
    """One line of the table."""

    measure: str
    result: str
    aim: str = ""


def child(name: str, **arguments: Any) -> dict[str, Any]:
    """Result of one measure in a process of its own."""
    command = [sys.executable, "-W", "ignore", "-m", "benchmarks.child", name,
               json.dumps(arguments)]  # fmt: skip
    done = subprocess.run(command, cwd=ROOT, stdout=subprocess.PIPE, check=True, text=True)
    answer: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return answer


class Turn:
    """A process that does folders one by one when told."""

    def __init__(self, **arguments: str) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-W", "ignore", "-m", "benchmarks.child", "worker",
             json.dumps(arguments)],
            cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
        )  # fmt: skip
        self.ready = float(self._answer()["ready"])

    def _answer(self) -> dict[str, Any]:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            if line.startswith("{"):
                answer: dict[str, Any] = json.loads(line)
                return answer
        raise RuntimeError("the process ended")

    def __call__(self, folder: Path) -> dict[str, Any]:
        assert self.process.stdin is not None
        self.process.stdin.write(f"{folder}\n")
        self.process.stdin.flush()
        return self._answer()

    def close(self) -> None:
        assert self.process.stdin is not None
        self.process.stdin.close()
        self.process.wait()


def end_to_end(plan: Plan) -> Iterator[Row]:
    """Text files to tagged claims and vectors, in turns with the plain way."""
    plain, own = Turn(which="plain"), Turn(which="ours", precision=plan.precision)
    ratios, speeds, peaks = [], [], []
    try:
        warm = write_files(plan.scratch / "warm", 2)
        plain(warm)
        own(warm)
        for number in range(plan.rounds):
            folder = write_files(
                plan.scratch / f"end-{number}-{plan.documents}", plan.documents, plan.source,
                seed=100 + number,
            )  # fmt: skip
            theirs, ours = plain(folder), own(folder)
            ratios.append(theirs["seconds"] / ours["seconds"])
            speeds.append((theirs, ours))
            peaks.append((theirs["peak_gb"], ours["peak_gb"]))
    finally:
        plain.close()
        own.close()

    def rate(which: int, what: str) -> float:
        rates = (pair[which][what] / pair[which]["seconds"] for pair in speeds)
        return float(statistics.median(rates))

    yield Row(
        "text files → tagged claims and vectors, against the plain way at batch 1",
        f"{statistics.median(ratios):.1f} times ({min(ratios):.1f}–{max(ratios):.1f})",
        "≥ 15 with AMX, ≥ 5 without",
    )
    yield Row("– this way", f"{rate(1, 'documents'):.1f} documents/s, {rate(1, 'sentences'):.0f} "
              f"sentences/s, {peaks[-1][1]:.2f} GB")  # fmt: skip
    yield Row("– plain way", f"{rate(0, 'documents'):.1f} documents/s, {rate(0, 'sentences'):.0f} "
              f"sentences/s, {peaks[-1][0]:.2f} GB; {plain.ready:.1f} s to start")  # fmt: skip


def encoder(plan: Plan) -> Iterator[Row]:
    """The encoder with all heads beside bare matrix products."""
    from benchmarks import kernels

    for precision, aim in (("bf16", "≥ 0.5"), ("fp32", "≥ 0.75")):
        found = kernels.encoder(precision, plan.encoded, plan.rounds)
        yield Row(
            f"encoder with all heads, {precision}: fraction of bare matrix products",
            f"{found['fraction']:.2f} of {found['limit_gflops']:.0f} GFLOP/s; "
            f"{found['sentences']:.0f} sentences/s, {found['tokens']:.0f} tokens/s", aim,
        )  # fmt: skip


def cosine(plan: Plan) -> Iterator[Row]:
    """Vectors in bf16 beside those in fp32."""
    from benchmarks import kernels

    found = kernels.cosine()
    yield Row(
        f"least cosine of bf16 with fp32, {found['sentences']} sentences of the check set",
        f"{found['least']:.5f} (mean {found['mean']:.6f}); reason vectors "
        f"{found['least_vector']:.5f}; a layer's probability moves by at most "
        f"{found['probability_moved']:.3f}, {found['layers_changed']} layers change", "≥ 0.9999",
    )  # fmt: skip


def neighbours(plan: Plan) -> Iterator[Row]:
    """All-pairs top ten."""
    from benchmarks import kernels

    found = kernels.neighbours(plan.claims, plan.rounds)
    yield Row(
        f"ten nearest of each of {plan.claims:,} claims, against the bare product of all pairs",
        f"{found['ratio']:.1f} times; recall {found['recall']:.4f}; {found['seconds']:.0f} s",
        "≤ 3 times, recall ≥ 0.999",
    )


def start(plan: Plan) -> Iterator[Row]:
    """Start-up, the median of some."""
    times, begins = [], []
    for _ in range(max(3, plan.rounds)):
        began = os.times()
        subprocess.run([sys.executable, "-W", "ignore", "-m", "pipeline", "--help"], cwd=ROOT,
                       stdout=subprocess.DEVNULL, check=True)  # fmt: skip
        ended = os.times()
        times.append(ended.children_user + ended.children_system - began.children_user
                     - began.children_system)  # fmt: skip
        begins.append(child("start")["cpu"])
    yield Row("`axiomap --help`", f"{statistics.median(times):.2f} s CPU", "≤ 0.5 s")
    yield Row("before the first document", f"{statistics.median(begins):.1f} s CPU", "≤ 3 s")


def unchanged(plan: Plan) -> Iterator[Row]:
    """A second run over the same documents, by the command."""
    folder = write_files(plan.scratch / f"same-{plan.unchanged}", plan.unchanged, plan.source)
    out = str(plan.scratch / "unchanged")
    for command in (
        ["run", str(folder), "--to", out],
        ["map", str(folder), "--out", out, "--on", "The agreement should be rejected"],
    ):
        full = [sys.executable, "-W", "ignore", "-m", "pipeline", *command]
        spent = []
        for _ in range(4):
            began = time.perf_counter()
            subprocess.run(full, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                           check=True)  # fmt: skip
            spent.append(time.perf_counter() - began)
        yield Row(
            f"`axiomap {command[0]}` again over {plan.unchanged:,} unchanged documents",
            f"{statistics.median(spent[1:]):.1f} s (first {spent[0]:.0f} s)", "≤ 2 s",
        )  # fmt: skip


def growth(plan: Plan) -> Iterator[Row]:
    """Seconds and memory by number of documents."""
    each, peaks = [], []
    for count in plan.growth:
        folder = write_files(plan.scratch / f"growth-{count}", count, plan.source)
        warm = str(write_files(plan.scratch / "warm", 2))
        out = plan.scratch / f"grown-{count}-{time.time_ns()}"
        found = child("whole", folder=str(folder), out=str(out), warm=warm)
        each.append(found["seconds"] / found["documents"])
        peaks.append(found["peak_gb"])
    words = ", ".join(f"{count}: {s * 1e3:.1f} ms" for count, s in zip(plan.growth, each,
                                                                       strict=True))  # fmt: skip
    yield Row(
        "growth: time a document", f"{words}; {max(each) / min(each) - 1:.0%} apart", "≤ 15 % apart"
    )
    yield Row("growth: peak memory", ", ".join(f"{peak:.2f} GB" for peak in peaks), "flat")


def stream(plan: Plan) -> Iterator[Row]:
    """Memory of a large run; only with --stream."""
    if not plan.stream:
        return
    folder = write_files(plan.scratch / f"stream-{plan.stream}", plan.stream, plan.source)
    found = child("whole", folder=str(folder), out=str(plan.scratch / f"streamed-{time.time_ns()}"))
    yield Row(
        f"{plan.stream:,} documents, files to shards",
        f"{found['peak_gb']:.2f} GB, {found['documents'] / found['seconds']:.1f} documents/s",
        "≤ 2 GB",
    )


def mapping(plan: Plan) -> Iterator[Row]:
    """The map of 50 partners, from tagged claims."""
    folder = write_files(plan.scratch / f"fifty-{plan.mapped}", plan.mapped, partners=50)
    out = str(plan.scratch / "fifty")
    child("whole", folder=str(folder), out=out)
    found = child("mapped", run=out)
    yield Row(
        f"map of {found['partners']} partners and {found['claims']:,} tagged claims "
        f"({found['conclusions']} conclusions)",
        f"{found['seconds']:.0f} s, {found['peak_gb']:.1f} GB "
        f"(claims in memory: {found['loaded_gb']:.1f} GB)", "≤ 120 s, ≤ 4 GB",
    )  # fmt: skip


def ray(plan: Plan) -> Iterator[Row]:
    """The Ray engine beside the local one, started up before."""
    try:
        import ray as _  # noqa: F401
    except ImportError:
        yield Row("Ray against local", "not measured: pip install 'axiomap[ray]'", "≥ 0.85")
        return
    count = plan.growth[-1]
    folder = str(write_files(plan.scratch / f"growth-{count}", count, plan.source))
    warm = str(write_files(plan.scratch / "warm-24", 24))
    rates = {}
    for engine in ("local", "ray"):
        found = child("whole", folder=folder, warm=warm, engine=engine,
                      out=str(plan.scratch / f"{engine}-{time.time_ns()}"))  # fmt: skip
        rates[engine] = (found["start_aside"], found["documents"] / found["seconds"])
    aside, whole = (rates["ray"][i] / rates["local"][i] for i in (0, 1))
    yield Row(
        f"Ray (2 actors) against local on the same cores, {count:,} documents, start-up aside",
        f"{aside:.2f} times ({whole:.2f} with it); {rates['ray'][0]:.1f} documents/s",
        "≥ 0.85",
    )


MEASURES: dict[str, Callable[[Plan], Iterator[Row]]] = {
    "end-to-end": end_to_end, "encoder": encoder, "cosine": cosine, "neighbours": neighbours,
    "start": start, "unchanged": unchanged, "growth": growth, "stream": stream, "map": mapping,
    "ray": ray,
}  # fmt: skip


def machine() -> str:
    """The machine in one line."""
    name, flags = platform.processor(), set[str]()
    try:
        for line in Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines():
            key, _, value = line.partition(":")
            if key.strip() == "model name":
                name = value.strip()
            elif key.strip() == "flags":
                flags = set(value.split())
    except OSError:
        pass
    wide = [f for f in ("avx512f", "avx512_bf16", "amx_bf16", "avx512_vnni") if f in flags]
    import torch

    return (
        f"{name}, {os.cpu_count()} cores ({', '.join(wide) or 'no AVX-512'}), Python "
        f"{platform.python_version()}, torch {torch.__version__}, {time.strftime('%Y-%m-%d')}"
    )


def table(rows: dict[str, list[Row]], setting: str) -> str:
    """The table in Markdown, the machine above it."""
    lines = [f"Machine: {machine()}. {setting}", "", "| measure | result | aim |", "|---|---|---|"]
    for found in rows.values():
        lines += [f"| {row.measure} | {row.result} | {row.aim} |" for row in found]
    return "\n".join(lines)


def write_page(text: str) -> None:
    """Puts the table between the marks of docs/performance.md."""
    page = PAGE.read_text(encoding="utf-8")
    head, _, rest = page.partition(BEGIN)
    _, _, tail = rest.partition(END)
    PAGE.write_text(f"{head}{BEGIN}\n{text}\n{END}{tail}", encoding="utf-8")


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--only", nargs="+", choices=MEASURES, default=list(MEASURES))
    parser.add_argument("--source", type=Path, help="real documents instead of recombined ones")
    parser.add_argument("--scratch", type=Path, default=ROOT / "build" / "bench")
    parser.add_argument("--precision", default="auto")
    parser.add_argument("--stream", type=int, default=0, metavar="N", help="documents of stream")
    parser.add_argument("--small", action="store_true")
    parser.add_argument("--write", action="store_true", help="write docs/performance.md")
    asked = parser.parse_args()
    asked.scratch.mkdir(parents=True, exist_ok=True)
    plan = Plan(asked.scratch, asked.source, asked.precision, stream=asked.stream)
    if asked.small:
        plan = replace(plan, **SMALL)
    results = asked.scratch / ("small.json" if asked.small else "results.json")
    known: dict[str, list[dict[str, str]]] = {}
    if results.is_file():  # a run of some measures keeps what others found
        known = json.loads(results.read_text(encoding="utf-8"))
    for name in asked.only:
        print(f"{name} ...", file=sys.stderr, flush=True)
        known[name] = [vars(row) for row in MEASURES[name](plan)]
        results.write_text(json.dumps(known, indent=1, ensure_ascii=False), encoding="utf-8")
    rows = {name: [Row(**row) for row in known[name]] for name in MEASURES if name in known}
    source = f"Documents: {asked.source.name}." if asked.source else "Documents: recombined."
    text = table(rows, source)
    print(text)
    if asked.write:
        write_page(text)


if __name__ == "__main__":
    main()
