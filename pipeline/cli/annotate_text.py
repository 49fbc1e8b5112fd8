"""How ``axiomap annotate`` puts its findings for people."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pipeline.annotate.agree import Agreement
    from pipeline.annotate.codebook import Change, Codebook
    from pipeline.annotate.coefficients import Estimate
    from pipeline.annotate.describe import Description
    from pipeline.annotate.learn import Learned


def codebook_text(
    book: Codebook, old: Codebook | None, changes: Sequence[Change], made: Mapping[str, int],
    touched: int,
) -> str:  # fmt: skip
    """Version and labels; with another version, what changed and what must be recoded."""
    lines = [f"codebook {book.version} · sha256 {book.sha256}", ""]
    for label, meaning in book.definitions.items():
        lines.append(f"{label}: {meaning.replace('**', '')}")
        if book.facets[label]:
            lines.append(f"    facets: {', '.join(book.facets[label])}")
    lines.append(f"{len(book.rules)} rules, {len(book.examples)} anchor examples")
    if made:
        lines += ["", "labels made under"]
        for sha256, count in sorted(made.items(), key=lambda pair: -pair[1]):
            version = next((b.version for b in (book, old) if b and b.sha256 == sha256), "")
            name = f"version {version}" if version else "another codebook" if sha256 else "no hash"
            lines.append(f"    {count:6}  {name}  {sha256[:16]}")
    if old is not None:
        lines += ["", f"from {old.version} ({old.sha256[:16]}) to {book.version}"]
        for change in changes:
            which = "all" if change.all_of else "those with a doubt"
            lines.append(f"    {change.what} → {', '.join(change.labels)} ({which})")
        lines.append(f"{len(changes)} changes; {touched} labels to be recoded")
    return "\n".join(lines)


def agreement_text(found: Agreement) -> str:
    """Tables of coefficients, then confusions with sentences, spans and pace."""
    coders = ", ".join(f"{name} ({count})" for name, count in found.coders.items())
    lines = [f"coders: {coders}"]
    lines.append(f"coded twice: {found.units} spans of {found.documents} documents")
    if found.suggested:
        lines.append(
            f"{found.suggested:.0%} of the codes were made after a suggestion had been seen; they "
            "are not independent"
        )
    head = ("", "alpha", "AC1", "kappa", "observed", "share")
    lines.append("\n{:<36} {:<21} {:<21} {:<21} {:>8} {:>6}".format(*head))
    for row in found.rows:
        share = "" if math.isnan(row.share) else f"{row.share:.1%}"
        lines.append(
            f"{row.scope + ' ' + row.name:<36.36} {_estimate(row.alpha)} {_estimate(row.ac1)} "
            f"{_estimate(row.kappa)} {row.observed:>8.3f} {share:>6}"
        )
    lines.append("kappa: Cohen's for two coders, Fleiss' otherwise; [95 % bootstrap by document]")
    if found.spans:
        spans = ", ".join(f"{name} {_number(value)}" for name, value in found.spans.items())
        lines += ["", f"alpha for unitizing (spans): {spans}"]
    if found.confusions:
        lines += ["", "confusions, the costliest first (gain of alpha if settled)"]
    for confusion in found.confusions:
        a, b = confusion.labels
        lines.append(f"    {a} / {b}: {confusion.units} spans, gain {confusion.gain:+.3f}")
        lines += [f"        {' '.join(sentence.split())}" for sentence in confusion.sentences]
    if found.pace:
        lines += ["", "median seconds an item, by quarter of the coder's work"]
    for coder in dict.fromkeys(pace.coder for pace in found.pace):
        own = [f"{pace.seconds:.1f}" for pace in found.pace if pace.coder == coder]
        lines.append(f"    {coder}: {' → '.join(own)}")
    return "\n".join(lines)


def _number(value: float) -> str:
    return "  –  " if math.isnan(value) else f"{value:.3f}"


def _estimate(estimate: Estimate) -> str:
    if math.isnan(estimate.value):
        return f"{'–':<21}"
    return f"{estimate.value:6.3f} [{estimate.low:.2f}, {estimate.high:.2f}]".ljust(21)


def description_text(found: Sequence[Description]) -> str:
    """Sets side by side, as a Markdown table."""
    rows: list[tuple[str, list[str]]] = [
        ("sentences", [f"{d.sentences:,}" for d in found]),
        ("documents", [f"{d.documents:,}" for d in found]),
    ]
    for layer in found[0].layers:
        rows.append((layer, [f"{d.layers[layer] / d.sentences:.1%}" for d in found]))
    rows.append(("words a sentence (median)", [f"{d.words:.0f}" for d in found]))
    compared = f"{found[0].compared:,} sentences"
    rows.append((f"near-duplicates among {compared}", [f"{d.near_duplicates:.1%}" for d in found]))
    rows.append((f"repeated openings among {compared}", [f"{d.opening:.1%}" for d in found]))
    for size in found[0].vocabulary:
        rows.append((f"distinct words in {size:,}", [f"{d.vocabulary[size]:,}" for d in found]))
    lines = ["| | " + " | ".join(d.name for d in found) + " |", "|---" * (len(found) + 1) + "|"]
    return "\n".join([*lines, *(f"| {name} | {' | '.join(values)} |" for name, values in rows)])


def learned_text(found: Learned) -> str:
    """Learning curve, F1 by layer, expected gain, surest mistakes."""
    lines = [
        f"{found.codes} codes of {found.documents} documents",
        "",
        "codes  macro-F1 (held out)",
    ]
    for point in found.curve:
        bar = "█" * round(40 * point.f1)
        lines.append(f"{point.codes:5}  {point.f1:.3f} [{point.low:.3f}, {point.high:.3f}]  {bar}")
    gain = "unknown; too few codes" if math.isnan(found.gain) else f"{found.gain:+.3f}"
    lines += ["", f"100 more codes: {gain}", ""]
    lines += [f"F1 {layer}: {value:.3f}" for layer, value in found.f1.items()]
    if found.mistakes:
        lines += ["", "surest mistakes on documents not seen"]
    for mistake in found.mistakes:
        text = " ".join(mistake.text.split())
        lines.append(f"    {mistake.coded}, said {mistake.said} ({mistake.probability}): {text}")
    return "\n".join(lines)
