// What each view shows. VIEWS maps a route to the section it fills and the function that fills it.
function where(claim) {
  const d = data.documents[claim.document];
  return h("p", { class: "from" },
    claim.voice !== OWN ? W.voices[claim.voice][0] + " · " : "",
    claim.speaker ? [bdi(claim.speaker), " · "] : "",
    link(`document/${claim.document}/${claim.id}`, bdi(d.t), d.d ? ", " + d.d : ""),
    d.g ? " · " + d.g : "");
}
function quote(id, ...notes) {
  const claim = claims[id];
  return h("blockquote", { class: W.layers[claim.layer][4] },
    h("p", { class: "text", dir: "auto" }, claim.text), where(claim),
    notes.length ? h("p", { class: "from" }, ...notes) : "");
}
function quotes(ids, none) {
  if (!ids.length) return h("p", { class: "from" }, none);
  const head = ids.slice(0, data.quotes), rest = ids.slice(data.quotes);
  return [head.map((i) => quote(i)), rest.length
    ? h("details", {}, h("summary", {}, count(rest.length, "more quote")), rest.map((i) => quote(i))) : ""];
}
function at(value, low, high, from, to, label, middle) {
  const place = (x) => ((x - from) / (to - from)) * 100 + "%";
  return h("div", { class: "meter" + (middle ? " mid" : ""), role: "img", "aria-label": label },
    h("i", { css: { left: place(low), width: ((high - low) / (to - from)) * 100 + "%" } }),
    h("b", { css: { left: place(value) } }));
}
function standingOf(p) {
  if (!p) return h("span", { class: "untold" }, "not told");
  const [word, , key] = W.standings[p.standing];
  if (key === "silent" && unread(p.p)) return h("span", { class: "untold" }, W.unread);
  return h("span", { class: key }, word, key === "mixed" ? h("span", { class: "sr" }, ", for and against") : "");
}
const unread = (p) => data.unread.includes(p);
const stands = (x, ...keys) => Boolean(x) && keys.includes(W.standings[x.standing][2]);
const NOT_READ = "Its documents are in languages that are not read; nothing is known of it, not even silence.";
// Quotes for and against, each under its heading.
function bothSides(x) {
  return [
    stands(x, "mixed") ? h("p", { class: "from" }, "As many independent documents for it as against it: the map counts it on neither side.") : "",
    x.claims.length ? [h("h4", {}, "For it"), quotes(x.claims, "")] : "",
    x.contrary.length ? [h("h4", {}, "Against it"), quotes(x.contrary, "")] : "",
  ];
}
const pairRoute = (d) => `pair/${d.c}/${d.a}/${d.b}`;
const names = (a, b) => [bdi(data.partners[a]), " and ", bdi(data.partners[b])];
function pairLine(d) {
  return h("li", {}, link(pairRoute(d), ...names(d.a, d.b)), " ", verdictChip(d.verdict), " ",
    d.told ? [partChip(d), h("span", { class: "sure" }, ` divergence ${d.value.toFixed(2)} (${d.low.toFixed(2)} to ${d.high.toFixed(2)}), ${pValue(d.padj)}`)]
      : h("span", { class: "sure" }, d.needed ? ` at least ${count(d.needed, "independent document")} from each would be needed` : ""));
}
const PUBLIC = data.tier === "public";
function reasons(c, p) {
  const found = premises.filter((x) => x.c === c && x.p === p);
  if (!found.length) return h("p", { class: "from" }, data.tier === "steering" ? "No reason stated." : "No reason that this audience may see.");
  return found.map((x) => quote(x.claim, layerChip(x.layer), ` ${W.links[x.link] || x.link}; `,
    `${percent(x.support)} sure that it is a reason; in ${count(x.documents, "independent document")}`));
}
function asking(list) {
  const all = [...new Set(list)];
  return all.length ? h("ul", { class: "questions" }, all.map((q) => h("li", {}, q))) : h("p", { class: "from" }, "None prepared.");
}

function showConclusion(n) {
  const c = conclusions[n], pairs = divergences.filter((d) => d.c === n);
  return [
    h("h2", {}, "“", bdi(c.text), "”"),
    h("p", { class: "lead" }, layerChip(c.layer), " ", W.layers[c.layer][2], c.stated ? " · named by you" : " · found in the documents"),
    pairs.length ? h("div", { class: "card" }, h("h3", {}, "Do they rest it on the same grounds?"), h("ul", { class: "plain" }, pairs.map(pairLine))) : "",
    h("div", { class: "two" }, data.partners.map((name, p) => {
      const x = positionOf(n, p);
      return h("article", { class: "card" },
        h("h3", {}, link("partner/" + p, bdi(name)), " ", standingOf(x)),
        stands(x, "silent") ? h("p", { class: "from" }, unread(p) ? NOT_READ : "Nothing for or against was found in what was read. Silence is not disagreement.") : "",
        !x ? h("p", { class: "from" }, "Left out for this audience.") : "",
        x ? bothSides(x) : "",
        !PUBLIC && stands(x, "asserts", "rejects") ? [h("h4", {}, term("premise", "Reasons given")), reasons(n, p)] : "",
        x && x.tacit ? tacitBlock(x) : "");
    })),
  ];
}
function tacitBlock(x) {
  return [h("h4", {}, term("tacit", "No reason stated"), ": what to ask"), asking(x.questions),
    x.candidates.length ? h("details", {}, h("summary", {}, "Its closest deep-core words elsewhere (not shown to be the reason)"), x.candidates.map((i) => quote(i))) : ""];
}

function showPair(c, a, b) {
  const d = divergences.find((x) => x.c === c && x.a === a && x.b === b) || divergences.find((x) => x.c === c && x.a === b && x.b === a);
  const sides = d ? [d.a, d.b] : [a, b];
  const [pa, pb] = sides.map((p) => positionOf(c, p));
  const told = d && d.told;
  const matched = d ? d.matches : [];
  const reasonsHere = premises.filter((x) => x.c === c && sides.includes(x.p)), supposed = reasonsHere.filter((x) => x.link === "belief");
  const seen = new Set(d ? [...d.loneA, ...d.loneB, ...matched.flatMap((m) => m.slice(0, 2))] : []);
  const rest = sides.map((p) => premises.filter((x) => x.c === c && x.p === p && !seen.has(x.claim)).map((x) => x.claim));
  const axes = data.axes.map((axis, n) => [axis, sides.map((p) => places.find((x) => x.c === c && x.p === p && x.axis === n))]).filter((x) => x[1].some(Boolean));
  return [
    h("h2", {}, ...names(...sides)),
    h("p", { class: "lead" }, "on ", link("conclusion/" + c, "“", bdi(conclusions[c].text), "”")),
    h("div", { class: "card" },
      h("h3", {}, "Do they mean it for the same reasons?"),
      d ? h("p", {}, verdictChip(d.verdict), " ", told ? partChip(d) : "", opposite(d) ? (d.differs ? " They take opposite sides, and on different grounds." : told ? " They take opposite sides; their grounds do not differ more than chance explains." : " They take opposite sides; there is too little evidence to compare their grounds.") : "") : h("p", {}, "Not compared: both must take a side."),
      told ? [
        h("p", {}, term("divergence", "Divergence"), ` ${d.value.toFixed(2)}, interval ${d.low.toFixed(2)} to ${d.high.toFixed(2)}; `, term("p-value", pValue(d.padj)), ` after correction (${pValue(d.p)} before). `, term("independent", "Independent documents"), `: ${d.na} and ${d.nb}.`),
        at(d.value, d.low, d.high, 0, 1, `divergence ${d.value} between 0 and 1, interval ${d.low} to ${d.high}`),
        h("div", { class: "ends" }, h("span", {}, "0 · the same reasons"), h("span", {}, "1 · no reason in common")),
        h("p", {}, d.shares.some((s) => s > 0) ? ["Where it lies: ", d.shares.map((s, n) => [n ? " · " : "", `${W.layers[n][1]} ${W.layers[n][0]} ${percent(s)}`])] : "Every premise has its counterpart on the other side."),
        supposed.length ? h("p", {}, term("inferred", "Inferred"), `, not stated as reasons: ${supposed.length} of ${reasonsHere.length} premises.`) : "",
        d.differs && W.layers[d.layer][3] ? h("p", {}, h("strong", {}, "What that usually implies. "), W.layers[d.layer][3]) : "",
      ] : d ? h("p", {}, `${count(d.na, "independent document")} and ${d.nb}; `, d.needed ? `at least ${d.needed} from each would be needed for a verdict. ` : "", "What they say is below; the map draws no conclusion from it.") : ""),
    axes.length ? h("div", { class: "card" }, h("h3", {}, "Where each stands"), axes.map(([axis, pair]) => [
      h("h4", {}, term("axis", axis[0])),
      pair.map((x, n) => x ? [h("div", { class: "from" }, bdi(data.partners[sides[n]]), ` · ${x.value.toFixed(2)} (${x.low.toFixed(2)} to ${x.high.toFixed(2)}), ${count(x.n, "document")}`),
        at(x.value, x.low, x.high, -1, 1, `${data.partners[sides[n]]}: ${x.value} between ${axis[1]} (-1) and ${axis[2]} (1), interval ${x.low} to ${x.high}`, true)] : ""),
      h("div", { class: "ends" }, h("span", {}, axis[1]), h("span", {}, axis[2])),
    ])) : "",
    matched.length ? h("div", { class: "card" }, h("h3", {}, "Reasons that meet"), matched.map((m) => h("div", {}, h("div", { class: "two" }, h("div", {}, quote(m[0])), h("div", {}, quote(m[1]))), h("p", { class: "from" }, `similarity ${m[2].toFixed(2)}`)))) : "",
    h("div", { class: "two" }, sides.map((p, n) => h("article", { class: "card" },
      h("h3", {}, link("partner/" + p, bdi(data.partners[p])), " ", standingOf([pa, pb][n])),
      [pa, pb][n] ? bothSides([pa, pb][n]) : "",
      d && d[n ? "loneB" : "loneA"].length ? [h("h4", {}, "Reasons without a counterpart"), d[n ? "loneB" : "loneA"].map((i) => quote(i))] : "",
      rest[n].length ? [h("h4", {}, "Other reasons given"), rest[n].map((i) => quote(i))] : "",
      [pa, pb][n] && [pa, pb][n].tacit ? tacitBlock([pa, pb][n]) : ""))),
    h("div", { class: "card" }, h("h3", {}, "Questions to ask"), asking([pa, pb].flatMap((x) => (x ? x.questions : [])))),
  ];
}

function showPairs() {
  const order = (d) => [d.differs ? 0 : d.told ? 1 : 2, -d.value];
  const sorted = [...divergences].sort((x, y) => order(x)[0] - order(y)[0] || order(x)[1] - order(y)[1]);
  const told = sorted.filter((d) => d.told), little = sorted.filter((d) => !d.told);
  const row = (d) => h("tr", {}, h("th", { scope: "row" }, link(pairRoute(d), ...names(d.a, d.b))), h("td", {}, bdi(conclusions[d.c].text)),
    h("td", {}, verdictChip(d.verdict)), h("td", {}, d.told ? partChip(d) : ""),
    h("td", {}, !d.told ? `${d.na} and ${d.nb} documents` : `${d.value.toFixed(2)} (${d.low.toFixed(2)} to ${d.high.toFixed(2)}), ${pValue(d.padj)}`));
  const table = (list, caption) => h("div", { class: "scroll", tabindex: 0, role: "region", "aria-label": caption }, h("table", {}, h("caption", {}, caption),
    h("thead", {}, h("tr", {}, ["Partners", "Conclusion", "Grounds", "Layer", "Divergence"].map((t) => h("th", { scope: "col" }, t)))), h("tbody", {}, list.map(row))));
  return [h("h2", {}, "Pairs"), h("p", { class: "lead" }, "Two partners, one conclusion: do they rest it on the same grounds? The most divergent first."),
    told.length ? table(told, `${count(told.length, "comparison")} with enough evidence`) : h("p", { class: "card" }, divergences.length ? "No pair has enough independent documents for a verdict yet." : "This map shows no pairwise comparisons."),
    little.length ? h("details", {}, h("summary", {}, `${count(little.length, "comparison")} with too little evidence for a verdict`), table(little, "Too little evidence")) : ""];
}

function layerBar(list) {
  const total = list.length || 1;
  const parts = [0, 1, 2].map((n) => list.filter((c) => c.layer === n).length);
  const said = parts.map((k, n) => `${W.layers[n][1]} ${W.layers[n][0]} ${k}`).join(" · ");
  return [h("div", { class: "bars", role: "img", "aria-label": said }, parts.map((k, n) => h("i", { class: W.layers[n][4], css: { width: (k / total) * 100 + "%" } }))), h("p", { class: "from" }, said)];
}
function ownClaims(p) { return claims.filter((c) => data.documents[c.document].p.includes(p) && c.voice === OWN && c.layer < 3); }
function showPartners() {
  return [h("h2", {}, "Partners"), h("div", { class: "two" }, data.partners.map((name, p) => {
    const mine = positions.filter((x) => x.p === p), docs = data.documents.filter((d) => d.p.includes(p));
    return h("article", { class: "card" }, h("h3", {}, link("partner/" + p, bdi(name))),
      h("p", {}, `${count(docs.length, "document")}; takes a side on ${mine.filter((x) => stands(x, "asserts", "rejects")).length} of ${count(conclusions.length, "conclusion")}${mine.some((x) => stands(x, "mixed")) ? `, says both on ${mine.filter((x) => stands(x, "mixed")).length}` : ""}${PUBLIC ? "" : `, gives no reason for ${mine.filter((x) => x.tacit).length}`}.`),
      unread(p) ? h("p", {}, NOT_READ) : "",
      layerBar(ownClaims(p)));
  }))];
}
function showPartner(p) {
  const own = ownClaims(p), mine = positions.filter((x) => x.p === p), tacit = mine.filter((x) => x.tacit);
  const years = [...new Set(own.map((c) => data.documents[c.document].d.slice(0, 4)))].filter(Boolean).sort();
  const undated = own.filter((c) => !data.documents[c.document].d).length;
  const list = (n) => own.filter((c) => c.layer === n).sort((x, y) => y.sure - x.sure || x.id - y.id);
  return [
    h("h2", {}, bdi(data.partners[p])),
    h("p", { class: "lead" }, `${count(data.documents.filter((d) => d.p.includes(p)).length, "document")}, ${count(own.length, "belief")} in its own voice.`),
    h("div", { class: "card" }, h("h3", {}, "Where it stands"), h("ul", { class: "plain" }, mine.filter((x) => W.standings[x.standing][2] !== "silent").map((x) =>
      h("li", {}, standingOf(x), " ", link("conclusion/" + x.c, "“", bdi(conclusions[x.c].text), "”"), x.tacit ? h("span", { class: "sure" }, " – no reason stated") : ""))),
      h("p", { class: "from" }, unread(p) ? NOT_READ : `Silent on ${count(mine.filter((x) => W.standings[x.standing][2] === "silent").length, "conclusion")}; silence is not disagreement.`)),
    tacit.length ? h("div", { class: "card" }, h("h3", {}, term("tacit", "Tacit"), ": positions without a stated reason"), tacit.map((x) => [h("h4", {}, link("conclusion/" + x.c, "“", bdi(conclusions[x.c].text), "”")), asking(x.questions)])) : "",
    h("div", { class: "card" }, h("h3", {}, "Its ", term("belief-system", "belief system"), " in three layers"), layerBar(own), [0, 1, 2].map((n) => {
      const found = list(n), head = found.slice(0, 5), rest = found.slice(5);
      return [h("h4", {}, layerChip(n), " ", W.layers[n][2]), head.length ? head.map((c) => quote(c.id, `${c.facet.replaceAll("_", " ") || "no facet"} · ${c.sure} % sure of the layer`)) : h("p", { class: "from" }, "Nothing found."),
        rest.length ? h("details", {}, h("summary", {}, `${rest.length} more`), rest.slice(0, 200).map((c) => quote(c.id, `${c.facet.replaceAll("_", " ")} · ${c.sure} %`))) : ""];
    })),
    h("div", { class: "card" }, h("h3", {}, "Over time"), h("div", { class: "scroll", tabindex: 0, role: "region", "aria-label": "Beliefs by year and layer" }, h("table", {}, h("caption", {}, "Beliefs in its own voice by year and layer, and the deep-core sentence the tool is surest of"),
      h("thead", {}, h("tr", {}, ["Year", "Documents", ...[0, 1, 2].map((n) => W.layers[n][1] + " " + W.layers[n][0]), "Deep core, in its words"].map((t) => h("th", { scope: "col" }, t)))),
      h("tbody", {}, years.map((y) => { const of = own.filter((c) => data.documents[c.document].d.startsWith(y)); const deep = of.filter((c) => c.layer === 0).sort((a, b) => b.sure - a.sure)[0];
        return h("tr", {}, h("th", { scope: "row" }, y), h("td", {}, new Set(of.map((c) => c.document)).size), [0, 1, 2].map((n) => h("td", {}, of.filter((c) => c.layer === n).length)), h("td", {}, deep ? quote(deep.id) : "none found")); })))),
      undated ? h("p", { class: "from" }, `${count(undated, "belief")} in undated documents left out of this table.`) : ""),
    h("div", { class: "card" }, h("h3", {}, "Its documents"), documentList(data.documents.map((d, n) => [d, n]).filter(([d]) => d.p.includes(p)))),
  ];
}

function documentList(list) {
  return h("ul", { class: "plain" }, [...list].sort((x, y) => x[0].d.localeCompare(y[0].d)).map(([d, n]) => h("li", {}, link("document/" + n, bdi(d.t)), h("p", { class: "from" },
    [d.d || "undated", d.g].filter(Boolean).join(" · "), " · ", d.p.map((p, k) => [k ? ", " : "", bdi(data.partners[p])]), d.o !== n ? " · a copy, counted once" : ""))));
}
function showDocuments(f) {
  const found = data.documents.map((d, n) => [d, n]).filter(([d]) => documentPasses(d, f) && (sought(d.t, f) || (d.x && sought(d.x, f))));
  $("documents-body").replaceChildren(documentList(found));
  return `${found.length} of ${count(data.documents.length, "document")} shown`;
}
function showClaims(f) {
  const found = claims.filter((c) => c.layer < 3 && claimPasses(c, f) && sought(c.text, f));
  $("claims-body").replaceChildren(...found.slice(0, 100).map((c) => quote(c.id, c.partner >= 0 ? [bdi(data.partners[c.partner]), " · "] : "", layerChip(c.layer), ` ${c.sure} % sure`)),
    found.length > 100 ? h("p", {}, "The first 100 are shown; narrow the choice to see the others.") : found.length ? "" : h("p", {}, "No claim fits this choice."));
  return `${count(found.length, "claim")} found`;
}
function showDocument(n, wanted) {
  const d = data.documents[n], mine = claims.filter((c) => c.document === n);
  const usedIn = new Map();
  for (const x of positions) for (const i of [...x.claims, ...x.contrary]) usedIn.set(i, (usedIn.get(i) || new Set()).add(x.c));
  for (const x of premises) usedIn.set(x.claim, (usedIn.get(x.claim) || new Set()).add(x.c));
  const text = h("div", { class: "document", dir: "auto", tabindex: 0, role: "region", "aria-label": "Text of the document" });
  if (d.x === null) text.append(...mine.map((c) => quote(c.id)), h("p", { class: "from" }, "The whole text is not in this file (it would have grown too large); these are the claims that the map uses."));
  else {
    let to = 0;
    const piece = (s) => document.createTextNode(plain(s));
    for (const c of mine.filter((x) => x.layer < 3 || x.id === wanted).sort((x, y) => x.start - y.start)) {
      if (c.start < to) continue;
      text.append(piece(d.x.slice(to, c.start)));
      text.append(h("mark", { id: "claim-" + c.id, tabindex: c.id === wanted ? -1 : null, class: `${W.layers[c.layer][4]}${c.voice !== OWN ? " other" : ""}${c.id === wanted ? " here" : ""}` },
        c.text, h("sup", {}, W.layers[c.layer][1], h("span", { class: "sr" }, " " + W.layers[c.layer][0] + (c.voice !== OWN ? ", " + W.voices[c.voice][0] : "")))));
      to = c.end;
    }
    text.append(piece(d.x.slice(to)));
  }
  const uses = mine.filter((c) => usedIn.has(c.id));
  const web = /^https?:\/\//i.test(d.u);
  return [
    h("h2", {}, bdi(d.t)),
    h("p", { class: "lead" }, d.p.map((p, k) => [k ? ", " : "", link("partner/" + p, bdi(data.partners[p]))]), " · ", [d.d || "undated", d.g].filter(Boolean).join(" · "), " · ", bdi(d.s),
      d.r.length ? ` · text recognition read page ${d.r.join(", ")}; check quotes against the original` : "",
      d.u ? [" · ", web ? h("a", { href: d.u, rel: "noreferrer noopener" }, "as published") : bdi(d.u)] : "", d.o !== n ? [" · a copy of ", link("document/" + d.o, bdi(data.documents[d.o].t))] : ""),
    h("ul", { class: "legend" }, [0, 1, 2].map((n) => h("li", {}, h("mark", { class: W.layers[n][4] }, W.layers[n][1] + " " + W.layers[n][0]))), h("li", {}, h("mark", { class: "other" }, "dashed line: not its own voice"))),
    text,
    uses.length ? h("div", { class: "card noprint" }, h("h3", {}, "What the map draws from it"), h("ul", { class: "plain" }, uses.map((c) => h("li", {}, link(`document/${n}/${c.id}`, "“", bdi(c.text.length > 140 ? c.text.slice(0, 139) + "…" : c.text), "”"), " → ", [...usedIn.get(c.id)].map((k, m) => [m ? "; " : "", link("conclusion/" + k, bdi(conclusions[k].text))]))))) : "",
  ];
}

const VIEWS = {
  pairs: { inside: "pairs", show: showPairs }, pair: { inside: "pairs", show: showPair },
  conclusion: { inside: "detail", show: showConclusion },
  partners: { inside: "partners", show: showPartners }, partner: { inside: "partners", show: showPartner },
  document: { inside: "detail", show: showDocument },
};
route();
