"""Speakers' turns of transcripts, hearings and interviews.

Recognised labels, at the start of a line: "CHAIR RUELAS:", "Mr. PRATT.", "Senator CARDIN.",
"Q." / "A:", ">> MODERATOR:", "Speaker 3 [11:02:40 AM]", and "Name:" where it recurs.
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass

from pipeline.claims.blocks import Block
from pipeline.claims.names import mentions, surname, word_set
from pipeline.records import Voice

_TITLE = (
    r"(?:Mr|Mrs|Ms|Dr|Hon|Sen|Rep|Gov|Prof|Rev|MR|MRS|MS|DR|HON|SEN|REP|REV)\.?|Senator|"
    r"Representative|Congress(?:man|woman)|Chair(?:man|woman|person)?|Madam|The|Sir|Dame|Lord|Lady|"
    r"Baroness|Professor|Reverend|Sister|Minister|Deputy|Cllr\.?"
)
_LABEL = re.compile(
    rf"""(?m)^[ \t>*_\[]*(?:
      >>+[ ]*(?P<caption>[A-Z][\w.'’\- ]{{0,40}}:)?
    | (?P<timed>[A-Z][\w.'’]*(?:[ ][\w.'’]+){{0,4}})[ ]*(?:\[\d?\d:\d\d[^\]\n]*\]|\(\d[\d:]+\))
    | (?P<numbered>Speaker[ ]\d+|SPEAKER[ ]\d+):
    | (?P<qa>Q|A|Question|Answer|QUESTION|ANSWER)[.:](?=[*_ \t\n])
    | (?:Q\d+[.:]?[ ]+)?(?P<caps>(?:(?:{_TITLE})[ ]+)*[A-Z][A-Z'’\-]+(?:[ ](?:of[ ]\w+|
        [A-Z][A-Z.'’\-]*)){{0,4}}(?:[ ]?\([^)\n]{{1,60}}\))?)[ ]?[*_]*(?:[.:](?=[*_ \t\n])|
        :(?=[A-Z\]]))(?:\]\[\d+\])?
    | (?:Q\d+[.:]?[ ]+)?(?P<name>(?:(?:{_TITLE})[ ]+)?[A-Z][\w.'’\-]+(?:[ ][A-Z][\w.'’\-]*){{0,3}}
        (?:[ ]?\([^)\n]{{1,60}}\))?)[ ]?[*_]*:(?=[*_ \t\nA-Z\]])(?:\]\[\d+\])?
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
_CHAIRS = re.compile(
    r"\b(?:chair\w*|senator|sen|rep|representative|congress(?:man|woman)|ranking|hon|moderator|"
    r"interviewer|host|reporter|journalist|presenter|deputy|minister|member|question|clerk|"
    r"supervisor|councill?or|operator)\b|^q$",
    re.I,
)
_ASSEMBLY = re.compile(
    r"\b(?:committee on|subcommittee|congress|senate|house of|parliament|legislature)\b", re.I
)
_BARE_TITLE = re.compile(r"(?:U\.?S|SENS?|REPS?|MRS?|MS|DR|GOV|HON|PROF|REV|ST|NO|INC)\.?", re.I)
_TITLED = re.compile(rf"(?:{_TITLE})\s+\S")


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
        if match["qa"] or (first not in _NOT_SPEAKERS and not _BARE_TITLE.fullmatch(name)):
            found.append((match, name))
    counts = Counter(name for match, name in found if match["name"])
    spoken = [(m, n) for m, n in found if not m["name"] or counts[n] > 1]
    if len(spoken) > 1:  # a transcript: titled names count from their first turn
        spoken = [(m, n) for m, n in found if not m["name"] or counts[n] > 1 or _TITLED.match(n)]
    strong = any(m["timed"] or m["qa"] or m["caption"] for m, _ in spoken)
    people = {name for _, name in spoken}
    several = len(people) > 1 and len(spoken) > 2
    titled = any(_TITLED.match(name) for name in people)
    if len(spoken) < 2 or not (strong or several or titled):
        return []
    ends = [match.start() for match, _ in spoken[1:]] + [len(text)]
    return [Turn(m.start(), m.end(), e, n) for (m, n), e in zip(spoken, ends, strict=True)]


def cut_turns(blocks: list[Block], turns: list[Turn]) -> list[Block]:
    """Blocks without the speakers' labels, split where a turn begins."""
    pieces: list[Block] = []
    upcoming = list(turns)
    for block in blocks:
        start = block.start
        while upcoming and upcoming[0].label < block.end:
            turn = upcoming.pop(0)
            if turn.label > start:
                pieces.append(Block(start, turn.label, block.item, block.first))
            start = max(start, turn.start)
        if start < block.end:
            pieces.append(Block(start, block.end, block.item, block.first))
    return pieces


def turn_voices(turns: list[Turn], text: str, partner: str, author: str) -> dict[str, Voice]:
    """Voice of each speaker: the partner's own people ``partner``, who asks them ``reported``.

    A speaker is the partner's when the label, or where the text introduces that surname, names the
    partner or the author. If nobody is, everybody speaks for the partner except chairs, members of
    legislatures and those who mostly ask. The turns of an assembly's own record are its own.
    """
    speakers = list(dict.fromkeys(turn.speaker for turn in turns))
    if _ASSEMBLY.search(partner):
        return dict.fromkeys(speakers, Voice.PARTNER)
    own = {name for name in speakers if _is_own(name, text, partner, author)}
    if not own:
        own = {n for n in speakers if not _CHAIRS.search(n) and not _asks(n, turns, text)}
    return {name: Voice.PARTNER if name in own else Voice.REPORTED for name in speakers}


def _asks(name: str, turns: list[Turn], text: str) -> bool:
    said = [text[turn.start : turn.end] for turn in turns if turn.speaker == name]
    return 2 * sum(words.rstrip('"”’ \n\t').endswith("?") for words in said) >= len(said)


def _is_own(name: str, text: str, partner: str, author: str) -> bool:
    if mentions(name, partner) or (author and surname(author) and surname(author) in name.lower()):
        return True
    last = re.sub(r"\(.*", "", name).split()[-1:] if name else []
    if not last or len(last[0]) < 3 or _CHAIRS.search(name):
        return False
    pattern = rf"(?i)\b{re.escape(last[0])},?\s+[^.\n]{{0,80}}"
    return any(mentions(found, partner) for found in re.findall(pattern, text[:6000]))
