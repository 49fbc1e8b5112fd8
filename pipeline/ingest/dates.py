"""Publication dates: as ISO 8601, from what a file says, never from the clock."""

from __future__ import annotations

import re
from datetime import date

_NAMES = "january february march april may june july august september october november december"
_MONTHS = {
    name[:length]: number
    for number, name in enumerate(_NAMES.split(), start=1)
    for length in (3, len(name))
}
_MONTHS["sept"] = 9
_MONTH = "|".join(sorted(_MONTHS, key=len, reverse=True))
_DAY_MONTH = (
    rf"(?P<day>\d{{1,2}})(?:st|nd|rd|th)?(?:\s+of)?[\s.-]+(?P<month>{_MONTH})\.?,?[\s-]+"
    r"(?P<year>\d{4})"
)
_MONTH_DAY = (
    rf"(?P<month>{_MONTH})\.?\s+(?P<day>\d{{1,2}})(?:st|nd|rd|th)?\s*,?\s*(?P<year>\d{{4}})"
)
_YEAR = r"(?P<year>(?:19|20)\d\d)"
_ISO = r"(?P<year>\d{4})-(?P<month>\d{1,2})-(?P<day>\d{1,2})"
_SLASHED = r"(?P<first>\d{1,2})[/.](?P<second>\d{1,2})[/.](?P<year>\d{4})"
_WRITTEN = [
    re.compile(rf"\b(?:{pattern})\b", re.IGNORECASE)
    for pattern in (_DAY_MONTH, _MONTH_DAY, _ISO, _SLASHED)
]
_NAMED = [
    re.compile(
        r"(?<!\d)(?P<year>(?:19|20)\d\d)[-_.]?(?P<month>[01]\d)[-_.]?(?P<day>[0-3]\d)(?!\d)"
    ),
    re.compile(
        rf"(?<![\dA-Za-z])(?P<day>\d{{1,2}})[-_ ]?(?P<month>{_MONTH})[-_ ]?{_YEAR}(?!\d)",
        re.IGNORECASE,
    ),
    re.compile(
        rf"(?<![A-Za-z])(?P<month>{_MONTH})[-_ ](?P<day>\d{{1,2}})[-_ ]{_YEAR}(?!\d)",
        re.IGNORECASE,
    ),
]
_FIRST_PARAGRAPHS = 14  # letterhead, addressee, headline and sub-heads come before a dateline


def iso_date(value: str) -> str:
    """``value`` as YYYY-MM-DD, YYYY-MM or YYYY; empty when it is no date.

    ``3/4/2025`` is read month first, as US sources write it, unless that is impossible.
    """
    value = value.strip()
    short = re.fullmatch(r"(\d{4})(?:-(\d{2}))?", value)
    if short:
        return value if short[2] is None or 1 <= int(short[2]) <= 12 else ""
    pdf = re.match(r"(?:D:)?(\d{4})(\d\d)(\d\d)(?:\d{2,6}|$)", value)
    if pdf:
        return _valid(int(pdf[1]), int(pdf[2]), int(pdf[3]))
    for pattern in _WRITTEN:
        match = pattern.search(value)
        if match:
            found = _read(match)
            if found:
                return found
    iso = re.match(r"(\d{4})-(\d\d)-(\d\d)T", value)
    return _valid(int(iso[1]), int(iso[2]), int(iso[3])) if iso else ""


def dateline(text: str) -> str:
    """Date of a dateline or letterhead among the first paragraphs, as ISO; empty when none.

    A date counts when it stands (almost) alone on its line, or opens a paragraph after a place
    and before a dash; a date in running text is what the text is about, not when it appeared.
    """
    lines = [line for line in text[:6000].split("\n") if line.strip()][:_FIRST_PARAGRAPHS]
    for line in lines:
        for pattern in _WRITTEN:
            match = pattern.search(line[:160])
            if not match:
                continue
            before, after = line[: match.start()], line[match.end() :]
            alone = len(before) + len(after) <= 45 and len(before.split()) <= 5
            opens = len(before) <= 50 and re.match(r"\s*[)\]]?\s*(?:[-–—:|(/]|$)", after)
            if alone or opens:
                found = _read(match)
                if found:
                    return found
    return ""


def date_in_name(name: str) -> str:
    """Date that a file name carries, as ISO; empty when none."""
    for pattern in _NAMED:
        match = pattern.search(name)
        if match:
            found = _read(match)
            if found:
                return found
    return ""


def _read(match: re.Match[str]) -> str:
    parts = match.groupdict()
    year = int(parts["year"])
    if "first" in parts:
        first, second = int(parts["first"]), int(parts["second"])
        return _valid(year, first, second) or _valid(year, second, first)
    month = parts["month"]
    number = int(month) if month.isdigit() else _MONTHS[month.lower()]
    return _valid(year, number, int(parts["day"]))


def _valid(year: int, month: int, day: int) -> str:
    if not 1500 <= year <= 2199:
        return ""
    try:
        return date(year, month, day).isoformat()
    except ValueError:
        return ""
