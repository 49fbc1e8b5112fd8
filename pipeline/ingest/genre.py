"""Title and genre of a text, guessed from its words where the file does not say."""

from __future__ import annotations

import re
from pathlib import PurePosixPath

from pipeline.ingest.dates import dateline
from pipeline.records import GENRES

# Order matters: "Statement of Jane Roe before the Committee" is testimony, a release that quotes
# a statement is a release.
_NAMED = (
    ("press release", r"\b(?:press|media|news) ?(?:release|advisory|statement)s?\b"),
    ("testimony", r"\b(?:testimony|hearing|transcript|submissions?|evidence (?:to|of)"
     r"|oral evidence|inquiry)\b"),
    ("newsletter", r"\b(?:newsletter|bulletin|digest|e-?news|(?:winter|spring|summer|autumn)"
     r" news)\b"),
    ("letter", r"\b(?:letter|sign-on)\b"),
    ("speech", r"\b(?:speech|remarks|keynote|address (?:to|by)|sermon)\b"),
    ("statement", r"\b(?:statement|blog|manifesto|position|declaration|resolution|pastoral)\b"),
)  # fmt: skip
_SIGNS = (
    ("press release", r"for immediate release|^\W*(?:press|media|news) (?:release|statement)\b"
     r"|(?:press|media) contacts?:|embargoed (?:until|for)|^\W*###\W*$"),
    ("newsletter", r"\bunsubscribe\b|in this (?:issue|edition)|\bissue (?:no\.? ?)?\d+\b"
     r"|view (?:this email )?in (?:your )?browser|^\W*\w* ?newsletter\b"),
    ("testimony", r"\b(?:written )?testimony of\b|statement of .{3,80}\bbefore the\b"
     r"|^\W*(?:oral |written )?evidence (?:to|of)\b|before the .{0,60}\b(?:sub)?committee\b"
     r"|submission to the .{0,80}(?:committee|inquiry|commission|review)"
     r"|\bmembers of the (?:sub)?committee\b"),
    ("letter", r"^\W*dear [A-Z\[]|^\W*open letter\b|\byours (?:sincerely|faithfully|truly)\b"
     r"|^\W*(?:re|subject): .*\n(?:.*\n){0,4}\W*dear "),
    ("speech", r"\b(?:as (?:delivered|prepared)|check against delivery)\b"
     r"|^\W*remarks (?:by|of|at)\b|^\W*(?:ladies and gentlemen|mr\.? president"
     r"|madam president|distinguished)\b"),
    ("statement", r"^\W*(?:\w+ ){0,4}statement\b|\bwe, the undersigned\b"
     r"|^\W*joint (?:civil society )?(?:statement|declaration)"),
)  # fmt: skip
_NAMED_RE = tuple((genre, re.compile(pattern, re.IGNORECASE)) for genre, pattern in _NAMED)
_SIGN_RE = tuple(
    (genre, re.compile(pattern, re.IGNORECASE | re.MULTILINE)) for genre, pattern in _SIGNS
)
_NO_TITLE = re.compile(
    r"(?:for immediate release|(?:press|media|news) (?:release|statement|contact)|contacts?:|date:"
    r"|to:|from:|cc:|(?:via|by) e-?mail|page \d|embargoed|dear |https?://|\W*$|\d+\W*$)",
    re.IGNORECASE,
)
_ADDRESSEE = re.compile(
    r"(?:the )?(?:rt\.? )?hon\b|senator |mrs?\.? |ms\.? |dr\.? |prof|attorney|minister (?:of|for) "
    r"|secretary (?:of|for) |united states secretary|your ",
    re.IGNORECASE,
)
_SALUTATION = re.compile(r"^(?:dear |to (?:the |ministers|members))", re.IGNORECASE | re.MULTILINE)
_HEAD = 2500  # characters: what shows the genre stands at the top
_TAIL = 600


def genre_named(label: str) -> str:
    """Genre that a label of the source ("News/Media Release") means; empty when it names none."""
    label = label.strip().lower()
    if label in GENRES:
        return label
    for genre, pattern in _NAMED_RE:
        if pattern.search(label):
            return genre
    return "other" if label else ""


def genre_of(text: str, title: str, name: str) -> str:
    """Genre of a text whose source does not name it, from its own signs, title and file name."""
    head = f"{text[:_HEAD]}\n{text[-_TAIL:] if len(text) > _HEAD else ''}"
    for genre, pattern in _SIGN_RE:
        if pattern.search(head):
            return genre
    named = genre_named(f"{title} / {re.sub(r'[-_.]+', ' ', PurePosixPath(name).stem)}")
    return named or "other"


def title_of(text: str, name: str) -> str:
    """First line that reads like a headline; else the file's name without its suffix.

    In a letter that is what stands after "Re:", and never its addressee.
    """
    letter = _SALUTATION.search(text[:_HEAD])
    subject = re.search(r"^(?:re|subject): *(.{8,200})$", text[:_HEAD], re.I | re.M)
    if subject:
        return subject[1]
    for raw in text[:3000].split("\n")[:12]:
        line = raw.strip(" *#_-–—|")
        if letter and _ADDRESSEE.match(line):
            continue
        if 8 <= len(line) <= 200 and not _NO_TITLE.match(line) and not dateline(line):
            return line
    return re.sub(r"[-_]+", " ", PurePosixPath(name.replace("\\", "/")).stem).strip()
