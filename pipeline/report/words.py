"""The words of the report: labels for practitioners, and the definitions one step behind them."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass

from pipeline.records import Layer, Standing, Tier, Verdict, Voice

LAYER_WORDS: dict[Layer, str] = {
    Layer.DEEP_CORE: "deep core",
    Layer.POLICY_CORE: "policy core",
    Layer.SECONDARY: "secondary",
    Layer.NONE: "no belief",
}
LAYER_SHAPES: dict[Layer, str] = {
    Layer.DEEP_CORE: "◆",
    Layer.POLICY_CORE: "■",
    Layer.SECONDARY: "▲",
    Layer.NONE: "·",
}
LAYER_MEANS: dict[Layer, str] = {
    Layer.DEEP_CORE: "what a partner holds to be right or true in itself",
    Layer.POLICY_CORE: "what a partner wants in this field, and why",
    Layer.SECONDARY: "means, details, budgets and tactics",
    Layer.NONE: "states no belief",
}
LAYER_IMPLIES: dict[Layer, str] = {
    Layer.DEEP_CORE: "Beliefs here hardly ever change. Expect the difference to return whenever "
    "events press on it; agree beforehand on what each side will not be asked to accept.",
    Layer.POLICY_CORE: "Beliefs here change slowly, by long learning or a shock. A shared position "
    "holds while circumstances do; agree on what would make either side think again.",
    Layer.SECONDARY: "Beliefs here move with evidence and bargaining. Disagreement is normal and "
    "seldom worth settling; agree on who decides.",
    Layer.NONE: "",
}
NOT_READ = "not read"  # of a partner whose documents are all in languages that are not read
STANDING_WORDS: dict[Standing, str] = {
    Standing.ASSERTS: "says so",
    Standing.REJECTS: "rejects",
    Standing.MIXED: "says both",
    Standing.SILENT: "silent",
}
STANDING_SHAPES: dict[Standing, str] = {
    Standing.ASSERTS: "●",
    Standing.REJECTS: "✕",
    Standing.MIXED: "◐",
    Standing.SILENT: "○",
}
VERDICT_WORDS: dict[Verdict, str] = {
    Verdict.ALIGNED: "same grounds",
    Verdict.OVERLAPPING: "no reliable difference",
    Verdict.DIVERGENT: "different grounds",
    Verdict.OPPOSED: "opposite sides",
    Verdict.TOO_LITTLE: "too little evidence",
}
VOICE_WORDS: dict[Voice, str] = {
    Voice.PARTNER: "the partner itself",
    Voice.ALLY: "an ally it quotes",
    Voice.OPPONENT: "an opponent it quotes",
    Voice.REPORTED: "someone it reports",
}
TIER_WORDS: dict[Tier, str] = {
    Tier.STEERING: "steering group only",
    Tier.WORKING_GROUP: "working group",
    Tier.PUBLIC: "public",
}
LINK_WORDS: dict[str, str] = {
    "marker": "given as a reason in so many words",
    "neighbour": "stated right beside the conclusion",
    "document": "stated in a document that takes the position",
    "belief": "stated elsewhere; that it is the reason is an inference",
}


@dataclass(frozen=True)
class Term:
    """One entry of the glossary; ``key`` is its anchor."""

    key: str
    name: str
    meaning: str


GLOSSARY: tuple[Term, ...] = (
    Term("acf", "Advocacy coalition framework (ACF)",
         "A theory of how policy changes (Sabatier and Jenkins-Smith 1993, 1999): people who share "
         "beliefs act together for years. It tells three layers of belief apart."),
    Term("belief-system", "Belief system",
         "Everything a partner holds about the field, ordered in three layers from the most "
         "general and stable to the most specific and changeable."),
    Term("deep_core", "Deep core ◆",
         "Beliefs about what is right or true in itself: whose welfare counts, human nature, "
         "nature, authority. They hardly ever change; without some shared deep core an alliance "
         "is a transaction that lasts one campaign."),
    Term("policy_core", "Policy core ■",
         "Beliefs about this policy field: how serious the problem is, what causes it, who is "
         "affected, which instrument and which level of government. They change slowly, and are "
         "the usual glue of a coalition."),
    Term("secondary", "Secondary aspects ▲",
         "Beliefs about details and means: provisions, budgets, evidence, tactics. They change "
         "often. Nearly all visible quarrels happen here, and here they matter least."),
    Term("conclusion", "Conclusion",
         "Something that partners say ought to be so or is so, in the words of its most central "
         "claim. Shared when two or more partners say so, themselves or by an ally they quote."),
    Term("premise", "Premise",
         "A claim that a partner rests a conclusion on: its ground, its reason."),
    Term("tacit", "Tacit",
         "The partner takes a side and states no reason for it. Insiders often find the "
         "reason self-evident. The map gives a question to ask, not a guess."),
    Term("claim", "Claim",
         "One sentence of a document that may state a belief. Each is found at its place in the "
         "document; choose any quote to see it there."),
    Term("mixed", "Says both ◐",
         "As many independent documents of the partner speak for it as against it. The map shows "
         "the quotes of both sides and counts it neither as agreement nor as disagreement nor as "
         "silence."),
    Term("silent", "Silent ○",
         "No claim for or against was found in what was read. Silence is never counted as "
         "disagreement."),
    Term("not-read", "Not read",
         "All documents of the partner are in languages that are not read, so nothing is known of "
         "it, not even silence."),
    Term("divergence", "Divergence",
         "How far two partners' premises for one conclusion lie apart, from 0 (the same reasons) "
         "to 1 (no reason in common). The range beside it is a 95 % bootstrap interval."),
    Term("p-value", "p-value",
         "How often a divergence this large would come about if documents were dealt to the two "
         "partners at random; small means that chance is a poor explanation. It is corrected for "
         "the number of pairs tested by the false discovery rate: at a level of 5 %, one in twenty "
         "of the pairs called different is expected not to be."),
    Term("no-difference", "No reliable difference",
         "Enough evidence was compared, and neither a difference beyond chance nor likeness was "
         "shown. It is not agreement; that is called “same grounds”."),
    Term("inferred", "Inferred",
         "The partner states it elsewhere, and that it is the reason is a guess. A difference that "
         "rests on inferred reasons alone is a question to ask, no finding."),
    Term("too-little", "Too little evidence",
         "One of the two partners has too few independent documents on the matter for any verdict. "
         "The map says how many would be needed."),
    Term("independent", "Independent documents",
         "Documents that are not copies of one another. A joint letter in five folders counts "
         "once."),
    Term("axis", "Axis",
         "A dimension with two named poles, such as nation and world. A partner's place between "
         "them is estimated from its premises, with a 95 % interval."),
    Term("fracture", "Fracture line",
         "Partners agree on a position and rest it on different deep-core beliefs, and at least "
         "one of them says so: the place where an alliance may crack when circumstances change."),
    Term("moralised", "Moralised dispute",
         "A disagreement over means that is put into the language of betrayal, bad faith or "
         "purity. It grows if nobody translates it back."),
    Term("containment", "Containment",
         "To let secondary disagreement be, within clear bounds: what needs everyone's consent, "
         "what needs coordination, what is each member's own decision."),
    Term("reach", "Reach",
         "What a difference brings: subjects, genres and ways of acting that one partner has and "
         "the other lacks. Coalitions of the identical have none."),
    Term("voice", "Voice",
         "Whose belief a sentence states: the partner's own, an ally's or opponent's whom it "
         "quotes, or one that it merely reports. What the partner says itself or quotes from "
         "allies counts as its position."),
)  # fmt: skip


def plural(count: int, one: str, many: str = "") -> str:
    """``3 partners``, ``1 partner``, ``no partners``."""
    word = one if count == 1 else (many or one + "s")
    return f"{count or 'no'} {word}"


def on_layer(layer: Layer) -> str:
    """``deep core, ``: where most of a divergence lies; nothing where it lies on no layer."""
    return "" if layer is Layer.NONE else f"{LAYER_WORDS[layer]}, "


def listing(names: list[str] | tuple[str, ...]) -> str:
    """``A``, ``A and B``, ``A, B and C``."""
    if len(names) < 2:
        return "".join(names)
    return f"{', '.join(names[:-1])} and {names[-1]}"


def clip(text: str, characters: int = 160) -> str:
    """Text on one line, cut at a word and marked when longer than ``characters``."""
    line = " ".join(text.split())
    if len(line) <= characters:
        return line
    cut = line[: characters - 1]
    head, space, _ = cut.rpartition(" ")
    return (head if space and len(head) > characters // 2 else cut).rstrip(" ,;:") + "…"


def probability_words(p_value: float) -> str:
    """A p-value as people write it: ``p = 0.012``, ``p < 0.001``."""
    return "p < 0.001" if p_value < 0.001 else f"p = {p_value:.3f}"


SMALL = {"of", "and", "the", "for", "in", "on", "to", "a", "an", "de", "la"}


def partner_name(partner: str) -> str:
    """A partner's name for people: ``league-of-rivers`` (a folder) becomes ``League of Rivers``."""
    if not re.fullmatch(r"[a-z0-9]+([-_][a-z0-9]+)+", partner):
        return partner
    words = re.split(r"[-_]", partner)
    return " ".join(
        word if n and word in SMALL else word[0].upper() + word[1:] for n, word in enumerate(words)
    )


def said(text: str, characters: int = 160) -> str:
    """Words of a partner for use inside a sentence: one line, quotation marks, no full stop."""
    return f"“{clip(text, characters).rstrip('.;:, ')}”"


def visible(text: str) -> str:
    """Text with characters that would reorder or hide what follows made visible as ``⟨U+202E⟩``."""
    return "".join(
        f"⟨U+{ord(char):04X}⟩"
        if unicodedata.category(char) in ("Cf", "Cc", "Cs") and char not in KEPT
        else char
        for char in text
    )


KEPT = "\n\t\r\u00ad\u200b\u200c\u200d"
"""Format characters that stay: line ends, soft hyphens, joiners (needed in many scripts)."""
