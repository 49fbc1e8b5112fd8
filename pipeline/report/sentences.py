"""A run's summary in plain sentences, for the terminal."""

from __future__ import annotations

from typing import Any

from pipeline.records import Layer
from pipeline.report.words import (
    LAYER_WORDS,
    listing,
    on_layer,
    partner_name,
    plural,
    probability_words,
    said,
    visible,
)  # fmt: skip

MOST = 10


def sentences(found: dict[str, Any]) -> list[str]:
    """What was read and found, shared conclusions, divergent pairs, failures, where the page is."""
    lines = [
        f"Read {plural(found['documents'], 'document')} of "
        f"{plural(len(found['partners']), 'partner')} and found "
        f"{plural(found['claims'], 'belief')}.",
        "",
    ]
    lines += _table(found["partners"])
    shared = [c for c in found["conclusions"] if len(c["asserts"]) > 1]
    contested = [c for c in found["conclusions"] if c["asserts"] and c["rejects"]]
    lines += [
        "",
        f"{plural(len(shared), 'conclusion')} shared by two or more partners"
        + (f", {len(contested)} contested" if contested else "")
        + (":" if shared or contested else "; --on SENTENCE maps one that you name."),
    ]
    for c in (shared or contested)[:MOST]:
        who = f"{len(c['asserts'])} say so"
        who += f", {len(c['rejects'])} reject it" if c["rejects"] else ""
        who += f", {len(c['mixed'])} say both" if c["mixed"] else ""
        who += f", {len(c['silent'])} silent" if c["silent"] else ""
        lines.append(f"  {visible(said(c['text'], 90))} ({LAYER_WORDS[Layer(c['layer'])]}): {who}")
    lines += _more(len(shared or contested))
    lines.append("")
    divergent, compared = found["divergent"], found["compared"]
    if not compared:
        lines.append("No pair of partners had enough independent documents to compare grounds.")
    elif not divergent:
        lines.append(f"Grounds differ reliably in none of {plural(compared, 'comparison')}.")
    else:
        lines.append(f"Different grounds in {len(divergent)} of {plural(compared, 'comparison')}:")
    for d in divergent[:MOST]:
        names = listing([partner_name(d["a"]), partner_name(d["b"])])
        lines.append(
            f"  {visible(names)} on {visible(said(d['conclusion'], 70))}: "
            f"{on_layer(Layer(d['layer']))}divergence {d['divergence']:.2f} "
            f"({d['low']:.2f} to {d['high']:.2f}), {probability_words(d['p_adjusted'])}"
        )
    lines += _more(len(divergent))
    if found["too_little_evidence"]:
        count = found["too_little_evidence"]
        lines.append(f"Too little evidence in {plural(count, 'further comparison')}.")
    failures = found["failures"]
    if failures:
        lines += ["", f"{plural(len(failures), 'input')} could not be used:"]
        lines += [f"  {visible(f['source'])}: {visible(f['reason'])}" for f in failures]
    lines += ["", f"Map: {found['page']}" if found["new"] else
              f"Nothing new since the last run. Map: {found['page']}"]  # fmt: skip
    return lines


def _more(count: int) -> list[str]:
    return [f"  and {count - MOST} more; the page has all"] if count > MOST else []


def _table(partners: dict[str, Any]) -> list[str]:
    heads = [
        "documents",
        *(LAYER_WORDS[Layer(n)] for n in ("deep_core", "policy_core", "secondary")),
    ]
    width = max([len(visible(partner_name(p))) for p in partners] + [7])
    lines = ["  ".join(["partner".ljust(width), *(h.rjust(len(h)) for h in heads)])]
    for partner, row in partners.items():
        numbers = [row["documents"], *row["claims"].values()]
        cells = [str(n).rjust(len(h)) for n, h in zip(numbers, heads, strict=True)]
        lines.append("  ".join([visible(partner_name(partner)).ljust(width), *cells]))
    return lines
