"""Speakers' turns of transcripts, hearings and interviews.

Recognised labels, at the start of a line: "CHAIR RUELAS:", "Mr. PRATT.", "Senator CARDIN.",
"Q." / "A:", ">> MODERATOR:", "Speaker 3 [11:02:40 AM]", and "Name:" where it recurs.
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass

from pipeline.claims.names import mentions, surname, word_set
from pipeline.records import Voice

_TITLE = (
    r"(?:Mr|Mrs|Ms|Dr|Hon|Sen|Rep|Gov|Prof|Rev)\.?|Senator|Representative|Congress(?:man|woman)|"
    r"Chair(?:man|woman|person)?|Madam|The|Sir|Dame|Professor|Reverend|Sister|Minister|Deputy|Cllr\.?"
)
_LABEL = re.compile(
    rf"""(?m)^[ \t>*_]*(?:
      >>+[ ]*(?P<caption>[A-Z][\w.'’\- ]{{0,40}}:)?
    | (?P<numbered>Speaker[ ]\d+|SPEAKER[ ]\d+)[ ]*(?:\[[^\]\n]*\]|\([\d:]+\)|:)
    | (?P<qa>Q|A|Question|Answer|QUESTION|ANSWER)[.:](?=[*_ \t\n])
    | (?P<caps>(?:(?:{_TITLE})[ ]+)*[A-Z][A-Z'’\-]+(?:[ ](?:of[ ]\w+|[A-Z][A-Z.'’\-]*)){{0,4}}
        (?:[ ]?\([^)\n]{{1,60}}\))?)[*_]*[.:](?=[*_ \t\n])
    | (?P<name>(?:(?:{_TITLE})[ ]+)?[A-Z][\w.'’\-]+(?:[ ][A-Z][\w.'’\-]*){{0,3}}
        (?:[ ]?\([^)\n]{{1,60}}\))?)[*_]*:(?=[*_ \t\n])
    )[*_]*[ \t]*""",
    re.X,
)
_NOT_SPEAKERS = word_set(
    "contact contacts note notes background media press what when where who why how summary "
    "date time location venue attachments statement release about subject re to from cc tel "
    "phone email fax mobile web website source sources photo image update warning example "
    "examples conclusion recommendation recommendations question questions answer answers "
    "introduction findings press ends end editor editors issue action problem solution result "
    "results tags topics embargo embargoed for redress labels secrecy price prices available "
    "rsvp link quote washington myth fact ref"
)
_QUESTIONER = re.compile(
    r"\b(?:chair\w*|senator|sen|rep|representative|congress(?:man|woman)|ranking|hon|moderator|"
    r"interviewer|host|reporter|journalist|presenter|deputy|minister|member|question|speaker|clerk)\b|^q$",
    re.I,
)
_ASSEMBLY = re.compile(
    r"\b(?:committee|subcommittee|congress|senate|house of|parliament|assembly|commission|council of)\b",
    re.I,
)


@dataclass(frozen=True)
class Turn:
    """A speaker's stretch ``[start, end)``; its label lies in ``[label, start)``."""

    label: int
    start: int
    end: int
    speaker: str


def find_turns(text: str) -> list[Turn]:
    """Turns in order; none when the labels found do not make a transcript."""
    found: list[tuple[re.Match[str], str]] = []
    for match in _LABEL.finditer(text):
        name = next((value for value in match.groupdict().values() if value), "").strip(" :.*_")
        first = re.split(r"[\s(]", name.lower(), maxsplit=1)[0] if name else ""
        if first in _NOT_SPEAKERS and not match["qa"]:
            continue
        found.append((match, name))
    counts = Counter(name for match, name in found if match["name"])
    spoken = [(m, n) for m, n in found if not m["name"] or counts[n] > 1]
    if len(spoken) > 1:  # a transcript: names in small letters count from their first turn
        spoken = [(m, n) for m, n in found if not m["name"] or counts[n] > 1 or _TITLED.match(n)]
    strong = any(m["numbered"] or m["qa"] or m["caption"] for m, _ in spoken)
    people = {n for _, n in spoken}
    if len(spoken) < 2 or not (strong or (len(people) > 1 and len(spoken) > 2) or _titled(people)):
        return []
    ends = [m.start() for m, _ in spoken[1:]] + [len(text)]
    return [Turn(m.start(), m.end(), e, n) for (m, n), e in zip(spoken, ends, strict=True)]


_TITLED = re.compile(rf"(?:{_TITLE})\s+\S")


def _titled(people: set[str]) -> bool:
    return any(_TITLED.match(name) for name in people)


def turn_voices(turns: list[Turn], text: str, partner: str, author: str) -> dict[str, Voice]:
    """Voice of each speaker: the partner's own people ``partner``, who asks them ``reported``.

    A speaker is the partner's when the label, or where the text introduces that surname, names the
    partner or the author. If nobody is, everybody speaks for the partner except those who ask.
    The turns of a partner that is itself an assembly are its own.
    """
    speakers = list(dict.fromkeys(turn.speaker for turn in turns))
    if _ASSEMBLY.search(partner):
        return dict.fromkeys(speakers, Voice.PARTNER)
    own = {name for name in speakers if _is_own(name, text, partner, author)}
    if own:
        return {name: Voice.PARTNER if name in own else Voice.REPORTED for name in speakers}
    return {
        name: Voice.REPORTED if _QUESTIONER.search(name) else Voice.PARTNER for name in speakers
    }


def _is_own(name: str, text: str, partner: str, author: str) -> bool:
    if mentions(name, partner) or (author and surname(author) and surname(author) in name.lower()):
        return True
    last = re.sub(r"\(.*", "", name).split()[-1:] if name else []
    if not last or len(last[0]) < 3 or _QUESTIONER.search(name):
        return False
    pattern = rf"(?i)\b{re.escape(last[0])},?\s+[^.\n]{{0,80}}"
    return any(mentions(found, partner) for found in re.findall(pattern, text[:6000]))
