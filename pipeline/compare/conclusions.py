"""Shared conclusions: what several partners assert, who rejects it, who is silent.

Claims are grouped where they state the same thing on the same side: retrieved by the question
they speak to, decided by reading both against each other, joined by average linkage so that one
chance link cannot merge two groups. Groups are joined in rounds, each round reading one sentence a
group, so what is read stays linear in the number of claims; who is near is found by exact products
(docs/scale.md says up to where). The result does not depend on the order of the input.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from itertools import combinations

import numpy as np
import numpy.typing as npt
from scipy.cluster.hierarchy import fcluster, linkage
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from pipeline.compare.evidence import Evidence
from pipeline.compare.neighbours import similar_pairs
from pipeline.compare.pairs import OPPOSES, PairModel
from pipeline.config import CompareConfig
from pipeline.embed import TextEncoder, Vectors
from pipeline.records import LAYERS, Claim, Conclusion, Layer, content_id

POSITION_LAYERS = (Layer.POLICY_CORE, Layer.SECONDARY)
"""Layers on which a claim can be a conclusion; deep core grounds, it does not conclude."""

SURE_POSITION = 0.5
"""Probability of its layer from which a claim can be a conclusion; doubtful ones cannot."""

LARGEST_GROUP = 1500
"""Larger ones are cut, along their weakest links, before linkage, whose cost is quadratic."""

NEIGHBOURS = 12
"""Nearest sentences that a sentence is read against in a round."""

ROUNDS = 4
"""Rounds of joining at most; the number of groups falls from one to the next."""

UNREAD = 0.2
"""Agreement taken for two sentences of one component that were not read against each other."""

CANDIDATES_PER_PARTNER = 40
"""Claims of a partner that are read against a conclusion, the most similar first."""


@dataclass(frozen=True)
class Positions:
    """Rows of the claims that can state a conclusion, with their unit topic vectors ``(n, d)``;
    ``open`` numbers those in the words that positions are mostly put in.
    """

    rows: tuple[int, ...]
    vectors: Vectors
    open: tuple[int, ...]


@dataclass(frozen=True)
class Stated:
    """A conclusion with the rows of the claims that assert it and that assert the contrary."""

    conclusion: Conclusion
    vector: Vectors
    asserting: tuple[int, ...]
    rejecting: tuple[int, ...]


def same_side_groups(
    texts: Sequence[str], vectors: Vectors, pairs: PairModel, config: CompareConfig,
    notify: Callable[[str], None] = lambda message: None,
) -> npt.NDArray[np.int64]:  # fmt: skip
    """Group number ``(n,)`` of each text: same conclusion, same side; singletons alone.

    Args:
        texts: position sentences.
        vectors: ``(n, d)`` unit topic vectors of the texts.
        pairs: says whether two texts state one position.
        config: ``near_at`` and ``merge_at``.
        notify: told how much each round reads.
    """
    first: dict[str, int] = {}  # copied letters need no reading
    groups = np.array(
        [first.setdefault(" ".join(text.lower().split()), row) for row, text in enumerate(texts)],
        dtype=np.int64,
    )
    read: dict[tuple[int, int], float] = {}
    for _ in range(ROUNDS):
        heads = _heads(groups, vectors)
        joined = _join(heads, texts, vectors, read, pairs, config, notify)
        if len(set(joined.tolist())) == len(heads):
            break
        place = {int(groups[row]): number for number, row in enumerate(heads)}
        groups = np.array([joined[place[int(group)]] for group in groups], dtype=np.int64)
    return groups


def _heads(groups: npt.NDArray[np.int64], vectors: Vectors) -> list[int]:
    """The most central row of each group, in ascending order."""
    members: dict[int, list[int]] = {}
    for row, group in enumerate(groups):
        members.setdefault(int(group), []).append(row)
    return sorted(
        rows[int((vectors[rows] @ vectors[rows].mean(0)).argmax())] for rows in members.values()
    )


def _join(
    rows: Sequence[int], texts: Sequence[str], vectors: Vectors,
    read: dict[tuple[int, int], float], pairs: PairModel, config: CompareConfig,
    notify: Callable[[str], None],
) -> npt.NDArray[np.int64]:  # fmt: skip
    """One round: for each of ``rows``, the lowest row of the group it comes to lie in.

    ``read`` holds the agreement of pairs that earlier rounds read; this one's are added.
    """
    left, right, cosine = similar_pairs(vectors[list(rows)], config.near_at, most=NEIGHBOURS)
    couples = [(rows[i], rows[j]) for i, j in zip(left, right, strict=True)]
    new = [place for place, couple in enumerate(couples) if couple not in read]
    notify(f"compare: reading {len(new):,} pairs of {len(rows):,} positions")
    found = pairs.both_ways([(texts[i], texts[j]) for i, j in (couples[place] for place in new)])
    for place, agreement in zip(new, pairs.agreement(found, cosine[new]).tolist(), strict=True):
        read[couples[place]] = agreement
    agreement = np.array([read[couple] for couple in couples])
    linked = agreement >= config.merge_at
    graph = coo_array((agreement[linked], (left[linked], right[linked])), shape=(len(rows),) * 2)
    _, component = connected_components(graph, directed=False)
    members: dict[int, list[int]] = {}
    for row, number in zip(rows, component, strict=True):
        members.setdefault(int(number), []).append(row)
    groups = {row: row for row in rows}
    for own in members.values():
        if len(own) > 1:
            _link(own, read, config.merge_at, groups)
    return np.array([groups[row] for row in rows], dtype=np.int64)


def _link(
    rows: list[int], read: dict[tuple[int, int], float], merge_at: float,
    groups: dict[int, int],
) -> None:  # fmt: skip
    """Average linkage of agreement inside one component."""
    if len(rows) > LARGEST_GROUP:
        for part in _cut(rows, read):
            if len(part) > 1:
                _link(part, read, merge_at, groups)
        return
    distance = [1 - read.get((i, j), UNREAD) for i, j in combinations(rows, 2)]
    tree = linkage(np.array(distance), method="average")
    labels = fcluster(tree, 1 - merge_at, criterion="distance").tolist()
    for row, label in zip(rows, labels, strict=True):
        groups[row] = rows[labels.index(label)]


def _cut(rows: list[int], read: dict[tuple[int, int], float]) -> list[list[int]]:
    """Parts of a component that is too large, no larger than ``LARGEST_GROUP``: linked from the
    highest agreement down, a link that would make a part too large being left out.
    """
    part = {row: [row] for row in rows}
    own = set(rows)
    links = [(-agreement, i, j) for (i, j), agreement in read.items() if i in own and j in own]
    for _, i, j in sorted(links):
        one, other = part[i], part[j]
        if one is not other and len(one) + len(other) <= LARGEST_GROUP:
            one += other
            for row in other:
                part[row] = one
    return [sorted(found) for found in {id(found): found for found in part.values()}.values()]


def positions_of(evidence: Evidence, pairs: PairModel) -> Positions:
    """The claims on layers that conclude, read for the question they speak to.

    A position can be put in any words ("Universal allowances, now"), so against a conclusion that
    is known all of them are read; conclusions are looked for among those that say what they want
    and of whose layer the classifier is sure.
    """
    rows = tuple(
        row
        for row, tagged in enumerate(evidence.claims)
        if tagged.layer in POSITION_LAYERS and evidence.holders[row]
    )
    found = [evidence.claims[row] for row in rows]
    possible = tuple(
        place
        for place, tagged in enumerate(found)
        if tagged.probabilities[tagged.layer] >= SURE_POSITION and is_position(tagged.claim)
    )
    return Positions(rows, pairs.topics([tagged.claim.text for tagged in found]), possible)


def find_conclusions(
    evidence: Evidence, positions: Positions, pairs: PairModel, config: CompareConfig,
    notify: Callable[[str], None] = lambda message: None,
) -> list[Stated]:  # fmt: skip
    """Conclusions that two or more partners assert, the most widely shared first."""
    if not positions.open:
        return []
    vectors = positions.vectors[list(positions.open)]
    rows = [positions.rows[place] for place in positions.open]
    texts = [evidence.claims[row].claim.text for row in rows]
    groups = same_side_groups(texts, vectors, pairs, config, notify)
    topic = dict(zip(rows, vectors, strict=True))
    found: dict[int, list[int]] = {}
    for row, group in zip(rows, groups, strict=True):
        found.setdefault(int(group), []).append(row)
    shared = []
    for members in found.values():
        sayable = any(stands_alone(evidence.claims[row].claim.text) for row in members)
        width = breadth(evidence, members)
        if sayable and width >= 2:
            shared.append((width, evidence.documents(members), members))
    shared.sort(key=lambda item: (-item[0], -item[1], evidence.claims[item[2][0]].claim.id))
    stated = []
    for _, _, members in shared[: config.max_conclusions]:
        centre = evidence.vectors[members].mean(0)
        whole = [row for row in members if stands_alone(evidence.claims[row].claim.text)]
        medoid = whole[int((evidence.vectors[whole] @ centre).argmax())]
        conclusion = _conclusion(
            evidence.claims[medoid].claim.text, LAYERS[evidence.layer[medoid]], False
        )
        stated.append(
            _against(evidence, positions, pairs, config, conclusion, topic[medoid],
                     evidence.vectors[medoid], members)
        )  # fmt: skip
    return [item for item in stated if breadth(evidence, item.asserting) >= 2]


def breadth(evidence: Evidence, rows: Sequence[int]) -> int:
    """How many partners hold these claims, as far as their independent documents show: a letter
    that several sign, or copy, is one document.
    """
    partners = {partner for row in rows for partner in evidence.holders[row]}
    return min(len(partners), evidence.documents(rows))


def is_position(claim: Claim) -> bool:
    """Whether a claim says what should be done or takes a side, rather than how things are.

    A question takes none; nor does what only opens a list ("We call on the government to:"), whose
    items do.
    """
    return (
        not claim.text.rstrip("\"”’')").endswith("?")
        and TAKES_SIDE.search(claim.text) is not None
        and TRAILS_OFF.search(claim.text) is None
        and not (claim.text[-1].isalnum() and LIST_ITEM.match(claim.after))
    )


def stands_alone(text: str) -> bool:
    """Whether a sentence can be understood without the one before it, as far as its start and its
    length tell.
    """
    return LEANS_BACK.match(text) is None and len(LONG_WORD.findall(text)) >= SAYS_ENOUGH


TRAILS_OFF = re.compile(r"[:,;–—-]$|\b(to|of|the|a|an|for|on|that|and|or|with|by|in|from|is|are)$")
"""Endings of a sentence whose content is in the lines that follow."""

LIST_ITEM = re.compile(r"\s*([-*•●▪◦–]\s|\(?([a-z]|\d{1,2})[.)]\s)")

SAYS_ENOUGH = 3
"""Words of four letters or more without which a sentence ("Against it for fertiliser") says too
little to head a conclusion."""

LONG_WORD = re.compile(r"[^\W\d_]{4,}")


LEANS_BACK = re.compile(
    r"\W*(it|its|it[’']s|this|that|that[’']s|these|those|they|he|she|but|and|or|so|yet|without|"
    r"neither|nor|both|each|all of|such|there|here|if so|instead|otherwise)\b",
    re.IGNORECASE,
)
"""Openings by which a sentence leans on the one before it."""

TAKES_SIDE = re.compile(
    r"\b(should|must|ought to|need(s|ed)? to|ha(s|ve) to|let us|call(s|ed|ing)? (on|for)|"
    r"urg(e|es|ed|ing)|demand(s|ed|ing)?|oppos(e|es|ed|ing|ition)|reject(s|ed|ing)?|"
    r"support(s|ed|ing)?|back(s|ed|ing)?|welcom(e|es|ed|ing)|endors(e|es|ed|ing)|"
    r"condemn(s|ed|ing)?|cannot (accept|agree|support)|will not (accept|sign|vote)|"
    r"(in favou?r|against)|recommend(s|ed|ing|ation)?|asks? (that|for|the)|"
    r"advocat(e|es|ed|ing)|uphold(s|ing)?|defend(s|ed|ing)?|insist(s|ed|ing)?|refus(e|es|ed|ing)|"
    r"favou?r(s|ed|ing)?|(we|i|they)( would|[’']d)?( still)? (want|like)|wants|deserves?|"
    r"(un)?acceptable|(un)?justified|overdue|intolerable|vot(e|es|ed|ing) (for|down)|"
    r"thr(ow|owing|own|ew) out|right to|wrong to|too (little|low|high|far)|"
    r"(abolish|scrap|ban|repeal|stop|end|restore|protect|withdraw|publish|ratify)\w*)\b|"
    r"^\W*(to |will |we[’']ll |would )?(rais|lift|increas|introduc|keep|axe|cut|lower|reduc|reopen|"
    r"extend|freez|strike|remov|fund|invest|guarante|legalis|legaliz)",
    re.IGNORECASE,
)
"""Words by which a sentence demands, recommends or takes a side: deontic modals, the verbs of
commitment and rejection that press releases use, and the verbs that open a demand in a list."""


def state_conclusion(
    text: str, layer: Layer, evidence: Evidence, positions: Positions, pairs: PairModel,
    encoder: TextEncoder, config: CompareConfig,
) -> Stated:  # fmt: skip
    """The conclusion that the user names, with the claims that assert or reject it."""
    conclusion = _conclusion(text, layer, True)
    return _against(evidence, positions, pairs, config, conclusion, pairs.topics([text])[0],
                    encoder.embed([text])[0], [])  # fmt: skip


def _conclusion(text: str, layer: Layer, named: bool) -> Conclusion:
    return Conclusion(
        id=content_id("conclusion", text), text=text, layer=layer, claim_ids=(), stated=named
    )


def _against(
    evidence: Evidence, positions: Positions, pairs: PairModel, config: CompareConfig,
    conclusion: Conclusion, topic: Vectors, vector: Vectors, members: Sequence[int],
) -> Stated:  # fmt: skip
    """Reads each partner's claims on the same question against the conclusion."""
    text = conclusion.text
    cosine = positions.vectors @ topic
    near = np.flatnonzero(cosine >= config.near_at)
    near = near[np.argsort(-cosine[near], kind="stable")]
    count: dict[str, int] = {}
    chosen = dict[int, float]()
    for place in near.tolist():
        row = positions.rows[place]
        for partner in evidence.holders[row]:
            count[partner] = count.get(partner, 0) + 1
            if count[partner] <= CANDIDATES_PER_PARTNER:
                chosen[row] = float(cosine[place])
    candidates = sorted(chosen)
    read = pairs.both_ways([(evidence.claims[row].claim.text, text) for row in candidates])
    # Both ways: what merely speaks against a conclusion does not reject it.
    against = read.mutual(OPPOSES)
    agreement = pairs.agreement(read, np.array([chosen[r] for r in candidates], np.float32))
    asserting = {*members, *(r for r, p in zip(candidates, agreement, strict=True)
                             if p >= config.merge_at)}  # fmt: skip
    rejecting = {r for r, p in zip(candidates, against, strict=True)
                 if p >= config.reject_at}  # fmt: skip
    # What is read as both shows neither.
    asserting, rejecting = asserting - rejecting, rejecting - asserting
    ids = tuple(evidence.claims[row].claim.id for row in sorted(asserting))
    return Stated(
        replace(conclusion, claim_ids=ids), vector, tuple(sorted(asserting)),
        tuple(sorted(rejecting)),
    )  # fmt: skip
