"""Joint letters and sign-ons: partners of this corpus that signed a document are its partners."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from pipeline.ingest.aliases import Aliases
from pipeline.records import Document

_OPENS = re.compile(
    r"^\W*(?:(?:co-?)?signed(?: by)?|signator(?:y|ies)|signers|undersigned(?: organi[sz]ations)?"
    r"|(?:the )?(?:following|undersigned) (?:organi[sz]ations|groups|unions)\b.{0,80}"
    r"|(?:yours )?(?:sincerely|faithfully|truly)(?: yours)?|respectfully(?: submitted)?"
    r"|on behalf of|endorsed by|supporting organi[sz]ations|in solidarity)\s*[:,.]?\s*$",
    re.IGNORECASE | re.MULTILINE,
)
_INLINE = re.compile(
    r"^\W*(?:signed by|signatories|co-?signed by|endorsed by)\s*:?\s+(\S.+)$", re.I | re.M
)
_LETTER = re.compile(
    r"\b(?:we|our organi[sz]ations), the undersigned\b|\bundersigned\b|^dear ", re.I | re.M
)
_SMALL = r"(?:(?:and|of|the|for|de|in) ){0,2}"
_SHORTEST = 3  # letters: shorter names would be found inside others


def find_signatories(
    documents: list[Document], signed: Sequence[str], aliases: Aliases
) -> list[Document]:
    """``documents`` with the known partners found in their signature blocks added to ``partners``.

    Known is who published anything in this corpus, under any spelling of the alias file. Only
    lines after "Signed by", "Sincerely" and the like count: a partner named in the text is not a
    signatory. ``signed`` holds those lines of each document, folded.
    """
    spellings = {
        spelling: partner
        for partner in sorted({name for document in documents for name in document.partners})
        for spelling in aliases.spellings(partner)
        if len(spelling) >= _SHORTEST
    }
    if len(set(spellings.values())) < 2:
        return documents
    longest_first = sorted(spellings, key=lambda name: (-len(name), name))
    known = re.compile("|".join(rf"(\b{_loosely(name)}\b)" for name in longest_first))
    out = []
    for document, block in zip(documents, signed, strict=True):
        found = {
            spellings[longest_first[(match.lastindex or 1) - 1]] for match in known.finditer(block)
        }
        extra = sorted(found - set(document.partners))
        out.append(replace(document, partners=(*document.partners, *extra)) if extra else document)
    return out


def _loosely(name: str) -> str:
    # "upland vale farmers" also stands for "Upland and Vale Farmers' Union".
    return rf" {_SMALL}".join(re.escape(word) for word in name.split())


def signature_block(text: str) -> str:
    """The lines that say who signed; empty when the text is no signed letter or statement."""
    inline = "\n".join(match[1] for match in _INLINE.finditer(text))
    opening = None
    for opening in _OPENS.finditer(text):
        if opening.end() > len(text) * 0.3 or _LETTER.search(text):
            break
    else:
        return inline
    lines = []
    for line in text[opening.end() :].split("\n"):
        if len(line) > 250:  # running text again: notes, an appendix
            break
        lines.append(line)
    return inline + "\n" + "\n".join(lines)
