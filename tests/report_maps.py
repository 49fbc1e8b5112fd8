"""Axiom maps built by hand for the tests of the report: the invented Twin Seas coalition."""

from __future__ import annotations

import re
import struct
from dataclasses import replace

from pipeline.records import (
    FACETS,
    LAYERS,
    AxiomMap,
    Axis,
    AxisPlace,
    Claim,
    Conclusion,
    Divergence,
    Document,
    Failure,
    Layer,
    Match,
    Method,
    Position,
    Premise,
    Standing,
    TaggedClaim,
    Tier,
    Verdict,
    Voice,
)  # fmt: skip

FEDERATION, LEAGUE, TABLE = "federation-of-trades", "estuary-league", "common-table"
SHORT = {
    "dc": Layer.DEEP_CORE, "pc": Layer.POLICY_CORE, "se": Layer.SECONDARY, "no": Layer.NONE,
}  # fmt: skip
MARK = re.compile(r"\[\[(?P<key>\w*):(?P<layer>\w\w)(?::(?P<voice>\w+))?\|(?P<text>.*?)\]\]", re.S)


def vector(*numbers: float) -> bytes:
    """A unit vector as the classifier keeps it."""
    size = sum(n * n for n in numbers) ** 0.5
    return struct.pack(f"<{len(numbers)}e", *(n / size for n in numbers))


def read(marked: str, *, partner: str, source: str, **fields: object):
    """Document, its tagged claims and their keys, from text with ``[[key:layer|claim]]`` marks."""
    spans, plain, at = [], [], 0
    for found in MARK.finditer(marked):
        plain.append(marked[at : found.start()])
        start = sum(map(len, plain))
        plain.append(found["text"])
        spans.append((found, start, start + len(found["text"])))
        at = found.end()
    plain.append(marked[at:])
    document = Document.of("".join(plain), partner=partner, source=source, **fields)
    tagged, keys = [], {}
    for found, start, end in spans:
        layer = SHORT[found["layer"]]
        voice = Voice(found["voice"]) if found["voice"] else Voice.PARTNER
        claim = Claim.at(document, start, end, voice=voice)
        probabilities = {item.value: 0.05 for item in LAYERS} | {layer.value: 0.85}
        facet = FACETS[layer][0] if FACETS[layer] else ""
        tagged.append(
            TaggedClaim(
                claim,
                layer,
                facet,
                probabilities,
                "hand",
                {"Universalism: concern": 0.7},
                vector(1.0, len(partner) / 10, float(LAYERS.index(layer))),
            )
        )
        keys[found["key"]] = claim.id
    return document, tagged, keys


TEXTS = [
    (FEDERATION, "federation/2023-03-14-workers-first.txt", "Workers first in Twin Seas talks",
     "2023-03-14", "press release", Tier.PUBLIC,
     "STANNICK, 14 March 2023. [[f_rej:pc|The Twin Seas Partnership must be rejected.]] "
     "[[f_nation:dc|We look after our own people first.]] "
     "[[f_jobs:pc|It would cost nine thousand jobs in the steel towns.]] "
     "[[f_opp:pc:opponent|The minister says that the agreement opens markets.]] "
     "[[f_none:no|The Federation was founded in 1911.]]"),
    (FEDERATION, "federation/2023-10-05-what-stannick-was-promised.html",
     "What Stannick was promised", "2023-10-05", "statement", Tier.WORKING_GROUP,
     "[[f_owe:dc|Those who share a country owe something to each other that they do not owe to "
     "the whole world.]] [[f_rej2:pc|We say no to this agreement.]] "
     "[[f_tribunal:pc|The investor tribunal must go.]]"),
    (FEDERATION, "federation/2024-11-12-day-of-action.html", "Day of action: your questions",
     "2024-11-12", "newsletter", Tier.STEERING,
     "[[f_strike:se|A one-day strike on 28 November is the right answer.]] "
     "[[f_sec:se|The stoppage will last from six to six.]] "
     "[[f_moral:se|If the Estuary League truly cared about the people who do the work, they would "
     "be standing beside them at the gates and not sitting in counsel's chambers.]] "
     "[[f_court:se|A lawsuit takes years and decides little.]]"),
    (LEAGUE, "league/2023-05-04-what-is-twin-seas.html", "What is Twin Seas?", "2023-05-04",
     "statement", Tier.PUBLIC,
     "[[l_rej:pc|Calvany should not sign the Twin Seas Partnership.]] "
     "[[l_matter:dc|The mudflats do not need our permission to matter.]] "
     "[[l_dredge:pc|Dredging for the new port would kill the estuary.]]"),
    (LEAGUE, "league/2024-05-21-evidence.docx", "Evidence to the trade committee", "2024-05-21",
     "testimony", Tier.PUBLIC,
     "[[l_bird:dc|A spoonbill is not a foreigner.]] "
     "[[l_tribunal:pc|No private court should judge our laws.]] "
     "[[l_rej2:pc|The agreement ought to be voted down.]] "
     "[[l_charge:se|A carbon border charge should be set at forty crowns a tonne.]]"),
    (LEAGUE, "league/2024-11-18-courts-are-slow.md", "Courts are slow and so are rivers",
     "2024-11-18", "statement", Tier.STEERING,
     "[[l_nostrike:se|We will not endorse the strike of 28 November.]] "
     "[[l_court:se|The case for Harbour Reach goes to court in October.]] "
     "[[l_patient:dc|Things that are owed nothing by us have been patient for a very long time.]]"),
    (TABLE, "table/2023-06-11-pastoral-letter.docx", "Pastoral letter", "2023-06-11", "letter",
     Tier.PUBLIC,
     "[[t_tenants:dc|The earth is the Lord's and we are tenants in it.]] "
     "[[t_rej:pc|We ask the Assembly to refuse this agreement.]] "
     "[[t_lent:dc|What we call our own has been lent to us for the good of all.]]"),
    (TABLE, "table/2024-04-25-after-the-maruva-fire.txt", "After the Maruva fire", "2024-04-25",
     "statement", Tier.PUBLIC,
     "[[t_third:dc|God has no third countries.]] "
     "[[t_rej2:pc|No partnership that moves the danger abroad can be accepted.]] "
     "[[t_labour:pc|Binding labour rules must hold in the export zones.]]"),
]  # fmt: skip


def coalition() -> AxiomMap:
    """Three partners, eight documents, every kind of record, three tiers."""
    documents, tagged, key = [], [], {}
    for partner, source, title, date, genre, tier, marked in TEXTS:
        document, items, keys = read(
            marked, partner=partner, source=source, title=title, date=date, genre=genre, tier=tier
        )
        documents.append(document)
        tagged += items
        key |= keys
    reject = Conclusion(
        "c-reject", "The Twin Seas Partnership must be rejected.", Layer.POLICY_CORE,
        (key["f_rej"], key["f_rej2"], key["l_rej"], key["l_rej2"], key["t_rej"], key["t_rej2"]),
        stated=True,
    )  # fmt: skip
    tribunal = Conclusion(
        "c-tribunal", "The investor tribunal must go.", Layer.POLICY_CORE,
        (key["f_tribunal"], key["l_tribunal"]),
    )  # fmt: skip
    strike = Conclusion(
        "c-strike", "A one-day strike on 28 November is the right answer.", Layer.SECONDARY,
        (key["f_strike"], key["l_nostrike"]),
    )  # fmt: skip
    ask = ("What would you say to a revised agreement that protected jobs at home only?",)
    yes, no, silent = Standing.ASSERTS, Standing.REJECTS, Standing.SILENT

    def at(
        c: Conclusion,
        partner: str,
        standing: Standing,
        *claims: str,
        tacit: bool = False,
        contrary: tuple[str, ...] = (),
        candidates: tuple[str, ...] = (),
    ) -> Position:
        return Position(
            c.id, partner, standing, tuple(key[k] for k in claims),
            tuple(key[k] for k in contrary), len(claims), tacit,
            tuple(key[k] for k in candidates), ask if standing is not silent else (),
        )  # fmt: skip

    positions = (
        at(reject, FEDERATION, yes, "f_rej", "f_rej2"),
        at(reject, LEAGUE, yes, "l_rej", "l_rej2"),
        at(reject, TABLE, yes, "t_rej", "t_rej2"),
        at(tribunal, FEDERATION, yes, "f_tribunal", tacit=True, candidates=("f_owe",)),
        at(tribunal, LEAGUE, yes, "l_tribunal"),
        at(tribunal, TABLE, silent),
        at(strike, FEDERATION, yes, "f_strike"),
        at(strike, LEAGUE, no, contrary=("l_nostrike",)),
        at(strike, TABLE, silent),
    )
    premises = tuple(
        Premise(c.id, partner, key[k], layer, support, link, documents)
        for c, partner, k, layer, support, link, documents in [
            (reject, FEDERATION, "f_nation", Layer.DEEP_CORE, 0.91, "neighbour", 2),
            (reject, FEDERATION, "f_jobs", Layer.POLICY_CORE, 0.8, "neighbour", 1),
            (reject, LEAGUE, "l_matter", Layer.DEEP_CORE, 0.88, "neighbour", 2),
            (reject, LEAGUE, "l_dredge", Layer.POLICY_CORE, 0.7, "marker", 1),
            (reject, TABLE, "t_tenants", Layer.DEEP_CORE, 0.9, "neighbour", 1),
            (reject, TABLE, "t_third", Layer.DEEP_CORE, 0.77, "belief", 1),
            (tribunal, LEAGUE, "l_bird", Layer.DEEP_CORE, 0.55, "belief", 1),
        ]
    )
    shares = {"deep_core": 0.7, "policy_core": 0.25, "secondary": 0.05}
    divergences = (
        Divergence("c-reject", FEDERATION, LEAGUE, Verdict.DIVERGENT, 0.64, 0.47, 0.81, 0.004,
                   0.012, Layer.DEEP_CORE, shares, 3, 3, 0, (key["f_nation"],),
                   (key["l_matter"],), (Match(key["f_jobs"], key["l_dredge"], 0.62),)),
        Divergence("c-reject", LEAGUE, TABLE, Verdict.OVERLAPPING, 0.31, 0.12, 0.5, 0.2, 0.3,
                   Layer.DEEP_CORE, shares, 3, 3, 0, (), (key["t_third"],),
                   (Match(key["l_matter"], key["t_tenants"], 0.71),)),
        Divergence("c-reject", FEDERATION, TABLE, Verdict.TOO_LITTLE, 0.5, 0.0, 1.0, 1.0, 1.0,
                   Layer.DEEP_CORE, shares, 3, 2, 3, (), (), ()),
        Divergence("c-tribunal", FEDERATION, LEAGUE, Verdict.TOO_LITTLE, 0.0, 0.0, 1.0, 1.0, 1.0,
                   Layer.NONE, {}, 0, 1, 3, (), (), ()),
    )  # fmt: skip
    axes = (Axis("scope", "Whose welfare counts", "the nation first", "everyone everywhere"),)
    places = (
        AxisPlace("c-reject", FEDERATION, "scope", -0.62, -0.8, -0.4, 3),
        AxisPlace("c-reject", LEAGUE, "scope", 0.35, 0.05, 0.6, 3),
        AxisPlace("c-reject", TABLE, "scope", 0.71, 0.5, 0.9, 2),
    )
    failures = (Failure("table/scan.pdf", "no text found in 4 pages; run OCR first"),)
    method = Method(
        "0.1.0", {"layers": "hand 0000", "compare": "hand 0000"}, "cb12", {"compare.alpha": "0.05"}
    )
    return AxiomMap(
        (FEDERATION, LEAGUE, TABLE), tuple(documents), tuple(tagged), (reject, tribunal, strike),
        positions, premises, divergences, axes, places, failures, method,
    )  # fmt: skip


def torn() -> AxiomMap:
    """The coalition, but the Common Table says both on the strike, and one partner is not read."""
    base = coalition()
    document, tagged, key = read(
        "[[for:se|The strike of 28 November has our blessing.]] Or has it? "
        "[[against:se|No strike on 28 November will have our blessing.]]",
        partner=TABLE, source="table/2024-11-20-on-the-strike.txt", title="On the strike",
        date="2024-11-20", genre="statement", tier=Tier.PUBLIC,
    )  # fmt: skip
    german = Document.of(
        "Wir sagen nein.", partner="bund-der-moore", source="bund/nein.txt", language="de"
    )
    both = Position("c-strike", TABLE, Standing.MIXED, (key["for"],), (key["against"],), 1, False,
                    (), ())  # fmt: skip
    silent = (
        Position(c.id, german.partner, Standing.SILENT, (), (), 0, False, (), ())
        for c in base.conclusions
    )
    return replace(
        base, partners=(*base.partners, german.partner),
        documents=(*base.documents, document, german), claims=(*base.claims, *tagged),
        positions=(
            *(both if (p.conclusion, p.partner) == ("c-strike", TABLE) else p
              for p in base.positions),
            *silent,
        ),
    )  # fmt: skip


def with_divergence(base: AxiomMap, number: int, **fields: object) -> AxiomMap:
    """The map with other values in one of its divergences."""
    changed = list(base.divergences)
    changed[number] = replace(changed[number], **fields)
    return replace(base, divergences=tuple(changed))


def with_position(base: AxiomMap, conclusion: str, partner: str, **fields: object) -> AxiomMap:
    """The map with other values in one of its positions."""
    return replace(
        base,
        positions=tuple(
            replace(p, **fields) if (p.conclusion, p.partner) == (conclusion, partner) else p
            for p in base.positions
        ),
    )


def claim_id(base: AxiomMap, opening: str) -> str:
    """Id of the claim that opens with these words."""
    return next(t.claim.id for t in base.claims if t.claim.text.startswith(opening))


HOSTILE = (
    "<script>document.title='owned'</script> </style><style>body{display:none}</style> "
    "[[h1:pc|The agreement must be <b onclick=alert(1)>rejected</b> & javascript:alert(1) "
    "</script><script>alert(2)</script> now.]] \u202egnp.exe\u202c \u2028 "
    + "x" * 10_000
    + " [[h2:dc|𝔘𝔫𝔦𝔠𝔬𝔡𝔢 😀 is <!-- ultimately --> what counts.]] ]]> {{ 7*7 }}"
)


def hostile() -> AxiomMap:
    """The coalition plus a document that tries to be code."""
    base = coalition()
    document, tagged, keys = read(
        HOSTILE, partner=TABLE, source="table/<img src=x onerror=alert(3)>.txt",
        title="</title><script>alert(4)</script>", date="2024-06-01", genre="statement",
        url="javascript:alert(5)",
    )  # fmt: skip
    bad = '"><script>alert(6)</script>'
    extra = Conclusion("c-bad", bad, Layer.POLICY_CORE, (keys["h1"],))
    position = Position("c-bad", TABLE, Standing.ASSERTS, (keys["h1"],), (), 1, True, (keys["h2"],),
                        ("Why <em>so</em>?",))  # fmt: skip
    return replace(
        base,
        documents=(*base.documents, document), claims=(*base.claims, *tagged),
        conclusions=(*base.conclusions, extra), positions=(*base.positions, position),
    )  # fmt: skip


def large(partners: int, conclusions: int) -> AxiomMap:
    """A map at the size the page must still carry; long texts, every pair compared."""
    base = coalition()
    names = tuple(f"partner-number-{n}" for n in range(partners))
    documents, tagged, by_partner = [], [], {}
    for p in names:
        for k in range(20):
            body = " ".join(
                f"[[k{s}:{'dc' if s % 5 == 0 else 'pc'}|Sentence {s} of document {k} by {p} "
                "says that something about the agreement ought to be otherwise than it is now.]]"
                for s in range(60)
            )
            document, items, _ = read(
                body, partner=p, source=f"{p}/{k}.txt", title=f"Text {k}", genre="statement",
                date=f"2024-{k % 12 + 1:02d}-01",
            )  # fmt: skip
            documents.append(document)
            tagged += items
            by_partner.setdefault(p, []).extend(t.claim.id for t in items)
    found, positions, premises, divergences = [], [], [], []
    for c in range(conclusions):
        ids = [by_partner[p][c] for p in names]
        found.append(Conclusion(f"c{c}", f"Conclusion number {c} that the partners share in one "
                                "way or another.", Layer.POLICY_CORE, tuple(ids)))  # fmt: skip
        for p in names:
            mine = by_partner[p]
            positions.append(Position(
                f"c{c}", p, Standing.ASSERTS, tuple(mine[(c + k) % 1200] for k in range(4)), (), 3,
                False, (), (f"What would change your mind about conclusion {c % 20}, partner {p}?",
                            "Which part of it could you live without?")))  # fmt: skip
            premises += [
                Premise(f"c{c}", p, mine[(c + 7 + k) % 1200], Layer.DEEP_CORE, 0.8, "neighbour", 2)
                for k in range(4)
            ]
        for n, a in enumerate(names):
            for b in names[n + 1 :]:
                divergences.append(Divergence(
                    f"c{c}", a, b, Verdict.OVERLAPPING, 0.41234, 0.2123, 0.6543, 0.12345, 0.2345,
                    Layer.DEEP_CORE, {"deep_core": 0.5, "policy_core": 0.4, "secondary": 0.1}, 4, 5,
                    0, (by_partner[a][c + 7],), (by_partner[b][c + 7],),
                    (Match(by_partner[a][c + 8], by_partner[b][c + 8], 0.7123),)))  # fmt: skip
    return replace(
        base, partners=names, documents=tuple(documents), claims=tuple(tagged),
        conclusions=tuple(found), positions=tuple(positions), premises=tuple(premises),
        divergences=tuple(divergences), places=(), failures=(),
    )  # fmt: skip
