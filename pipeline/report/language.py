"""Words by which a dispute is moralised and ways of acting are named, and whom a sentence means.

Word lists find candidates, people judge them: whatever they find is shown as a quote in context.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from pipeline.report.words import partner_name

_MORAL: dict[str, str] = {
    "betrayal": r"betray\w*|s(?:old|ell|elling) (?:\w+ )?out\b|sell-?outs?\b"
    r"|stab\w* \w+ in the back"
    r"|turncoats?|traitors?|desert(?:ed|ing) (?:us|them|their|the)\b|walk(?:ed|ing) away from",
    "bad faith": r"bad faith|hypocri\w+|dishonest\w*|insincer\w+|lip service|cynical\w*|pretend\w*"
    r"|mislead\w*|misled|lie[sd]? (?:to|about)\b|lying (?:to|about)\b|ulterior|hidden agenda",
    "lacking commitment": r"(?:truly|really|genuinely|actually|ever) (?:care|believe|mean)\w*"
    r"|(?:do(?:es)?n['’]t|do(?:es)? not|never) (?:really |truly )?care(?! for)\w*"
    r"|so-called (?:friends?|allies|partners?|solidarity)|real (?:friends?|allies|solidarity)"
    r"|whose side|(?:chosen|choose|picked) (?:its|their|a|your) side|ashamed of",
    "purity": r"\bpurity\b|\bpurists?\b|clean hands|not one of us|sold (?:its|their) soul",
    "cowardice": r"coward\w*|lack\w* the courage|spineless|too timid"
    r"|(?:loses?|lost) (?:its|their) nerve",
}
MORAL = {name: re.compile(rf"\b(?:{pattern})", re.I) for name, pattern in _MORAL.items()}

_REPERTOIRES: dict[str, str] = {
    "litigation": r"courts?\b|lawsuits?|sue[ds]?\b|suing|judicial review|injunctions?|litigat\w+"
    r"|counsel\b|lawyers?|legal (?:challenge|action|case)|appeal(?:ed)? to the",
    "mobilisation": r"strik(?:e|es|ing)\b|march(?:es|ed|ing)? (?:on|in|to|through|with)"
    r"|rall(?:y|ies)"
    r"|demonstrat(?:e|ion|ions|ing)\b|pickets?|vigils?|day of action|petitions?|boycott\w*"
    r"|protest\w*|stoppage|walk-?outs?",
    "research": r"survey(?:s|ed)?\b|laborator\w+|stud(?:y|ies)\b|research\w*"
    r"|our (?:data|figures|tests)"
    r"|we (?:tested|measured|counted|surveyed|analysed|analyzed)|monitoring|field (?:data|work)",
    "lobbying": r"lobb(?:y|ies|ied|ying)|submissions?\b|testif\w+|testimony|evidence to the"
    r"|amendments?|(?:met|meet|meeting) (?:with )?(?:the )?(?:minister|members)|select committee"
    r"|standing committee|write to your|wrote to the minister",
    "service": r"advice (?:line|centre|center)|helpline|hotline|food ?banks?"
    r"|training (?:courses?|for)"
    r"|clinics?|shelters?|hardship fund|support (?:fund|services?)|counselling"
    r"|open(?:s|ed)? (?:its|our) halls",
}
REPERTOIRES = {
    name: re.compile(rf"\b(?:{pattern})", re.I) for name, pattern in _REPERTOIRES.items()
}
THEM = re.compile(r"\b(?:they|them|their|theirs|those who|you|your|its?)\b", re.I)
OF_US = re.compile(r"\b(?:we|I)\s(?:\S+\s)?$", re.I)
OURSELVES = re.compile(r"\b(?:we|our|ours|us|I)\b")


def moral_words(text: str) -> list[tuple[str, str]]:
    """Kinds of moralising language in a text, with its words.

    What speakers say of themselves ("because we don't truly care") is left out.
    """
    return [
        (kind, found[0])
        for kind, pattern in MORAL.items()
        if (found := pattern.search(text)) and not OF_US.search(text[: found.start()])
    ]


def repertoires(text: str) -> list[str]:
    """Ways of acting that a text names."""
    return [name for name, pattern in REPERTOIRES.items() if pattern.search(text)]


class Names:
    """Finds which partners a passage means: by full name, or ``the`` and a word only one has.

    >>> Names(["estuary-league", "clear-label"]).found("The League and Clear Label agree.")
    ['estuary-league', 'clear-label']
    """

    def __init__(self, partners: Sequence[str]):
        words = {p: re.findall(r"\w+", partner_name(p)) for p in partners}
        self._patterns: dict[str, re.Pattern[str]] = {}
        for partner in partners:
            others = {w.lower() for p in partners if p != partner for w in words[p]}
            lone = [
                re.escape(w.capitalize() if w.islower() else w)
                for w in words[partner]
                if len(w) > 4 and w.lower() not in others
            ]
            full = r"[\s-]+".join(map(re.escape, words[partner]))
            parts = [rf"(?i:\b{full}\b)"]
            if lone and len(words[partner]) > 1:
                parts.append(rf"\b[Tt]he (?:{'|'.join(lone)})\b")
            self._patterns[partner] = re.compile("|".join(parts))

    def found(self, text: str) -> list[str]:
        """Partners named in the text, in the order given at the start."""
        return [p for p, pattern in self._patterns.items() if pattern.search(text)]
