// Helpers, filters and routes of the page. Text enters the page through textContent alone.
const data = JSON.parse(document.getElementById("map-data").textContent);
const W = data.words;
const $ = (id) => document.getElementById(id);
const REORDERING = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f\u061c\u200e\u200f\u202a-\u202e\u2060-\u2069\ufeff]/g;

// Characters that would reorder or hide text are shown by their number.
function plain(value) {
  return String(value).replace(REORDERING, (c) =>
    "⟨U+" + c.codePointAt(0).toString(16).toUpperCase().padStart(4, "0") + "⟩");
}

function h(tag, attributes, ...children) {
  const node = document.createElement(tag);
  for (const [key, value] of Object.entries(attributes || {})) {
    if (value === null || value === undefined || value === false) continue;
    if (key === "on") for (const [event, run] of Object.entries(value)) node.addEventListener(event, run);
    else if (key === "css") Object.assign(node.style, value);
    else node.setAttribute(key, value === true ? "" : value);
  }
  for (const child of children.flat(9)) {
    if (child === null || child === undefined || child === "") continue;
    node.append(child instanceof Node ? child : document.createTextNode(plain(child)));
  }
  return node;
}

const link = (href, ...children) => h("a", { href: "#" + href }, ...children);
const count = (n, one, many) => `${n || "no"} ${n === 1 ? one : many || one + "s"}`;
const percent = (x) => Math.round(x * 100) + " %";
const pValue = (p) => (p < 0.001 ? "p < 0.001" : "p = " + p.toFixed(3));
const bdi = (text) => h("bdi", {}, text);

// A word with its definition a hover, a focus or a touch away.
function term(key, word) {
  return h("button", { type: "button", class: "term", "data-term": key }, word);
}
function layerChip(n) {
  const [word, shape, , , key] = W.layers[n];
  return h("span", { class: "chip " + key }, shape + " " + word);
}
// The layer that carries most of a difference: none where every premise has a counterpart.
const partChip = (d) => (d.shares.some((s) => s > 0) ? layerChip(d.layer) : "");
function verdictChip(n) {
  const [word, key] = W.verdicts[n];
  return h("span", { class: "chip " + key }, word);
}

// Records as objects, for reading.
const claims = data.claims.map((r, id) => ({
  id, document: r[0], start: r[1], end: r[2], voice: r[3], layer: r[4], facet: r[5], sure: r[6],
  partner: r[7], speaker: r[8],
  text: r.length > 9 ? r[9] : data.documents[r[0]].x.slice(r[1], r[2]),
}));
const conclusions = data.conclusions.map((r, id) => ({ id, text: r[0], layer: r[1], stated: r[2], claims: r[3] }));
const positions = data.positions.map((r) => ({
  c: r[0], p: r[1], standing: r[2], claims: r[3], contrary: r[4], documents: r[5], tacit: r[6],
  candidates: r[7], questions: r[8].map((q) => data.questions[q]),
}));
const premises = data.premises.map((r) => ({
  c: r[0], p: r[1], claim: r[2], layer: r[3], support: r[4], link: r[5], documents: r[6],
}));
const divergences = data.divergences.map((r) => ({
  c: r[0], a: r[1], b: r[2], verdict: r[3], value: r[4], low: r[5], high: r[6], p: r[7], padj: r[8],
  layer: r[9], shares: r[10], na: r[11], nb: r[12], needed: r[13], loneA: r[14], loneB: r[15],
  told: r[16] > 0, differs: r[16] > 1, matches: r[17],
}));
const places = data.places.map((r) => ({ c: r[0], p: r[1], axis: r[2], value: r[3], low: r[4], high: r[5], n: r[6] }));
const positionOf = (c, p) => positions.find((x) => x.c === c && x.p === p);
const OWN = W.voices.findIndex((v) => v[1] === "partner");
const opposite = (d) => W.verdicts[d.verdict][1] === "opposed";

// ---- definitions ----
const definition = $("definition");
const meanings = JSON.parse($("terms-data").textContent);
let defined = null;
function define(button) {
  const entry = meanings[button.dataset.term];
  if (!entry) return;
  defined = button;
  definition.replaceChildren(h("strong", {}, entry[0]), h("div", {}, entry[1]));
  definition.hidden = false;
  button.setAttribute("aria-describedby", "definition");
  besideTerm(button);
}
function besideTerm(button) {
  const box = button.getBoundingClientRect(), own = definition.getBoundingClientRect();
  definition.style.left = Math.max(8, Math.min(box.left, innerWidth - own.width - 8)) + "px";
  definition.style.top = (box.bottom + own.height + 8 < innerHeight ? box.bottom + 6 : Math.max(8, box.top - own.height - 6)) + "px";
}
function undefine() {
  if (defined) defined.removeAttribute("aria-describedby");
  defined = null;
  definition.hidden = true;
}
const asTerm = (event) => event.target instanceof Element && event.target.closest("button.term");
document.addEventListener("mouseover", (e) => {
  const button = asTerm(e);
  if (button) define(button);
  else if (defined && !definition.contains(e.target) && document.activeElement !== defined) undefine();
});
document.addEventListener("focusin", (e) => { const b = asTerm(e); if (b) define(b); else undefine(); });
document.addEventListener("click", (e) => { const b = asTerm(e); if (b) define(b); else undefine(); });
document.addEventListener("keydown", (e) => { if (e.key === "Escape") undefine(); });
addEventListener("scroll", () => defined && besideTerm(defined), { passive: true });

// ---- filters ----
const filters = $("filters");
const chosen = () => Object.fromEntries(new FormData(filters).entries());
function claimPasses(claim, f) {
  const d = data.documents[claim.document];
  return (f.partner === "" || claim.partner === +f.partner || d.p.includes(+f.partner))
    && (f.layer === "" || claim.layer === +f.layer)
    && (f.genre === "" || d.g === f.genre)
    && (f.voice === "" || claim.voice === +f.voice)
    && (f.from === "" || d.d >= f.from)
    && (f.to === "" || (d.d !== "" && d.d.slice(0, f.to.length) <= f.to));
}
function documentPasses(d, f) {
  return (f.partner === "" || d.p.includes(+f.partner))
    && (f.genre === "" || d.g === f.genre)
    && (f.from === "" || d.d >= f.from)
    && (f.to === "" || (d.d !== "" && d.d.slice(0, f.to.length) <= f.to));
}
const sought = (text, f) => f.q === "" || text.toLowerCase().includes(f.q.toLowerCase());

// On a phone rows become cards: each cell then needs its column's name, and roles keep the table one.
const matrix = $("matrix");
if (matrix) {
  const heads = [...matrix.querySelectorAll("thead th")].map((th) => th.textContent);
  matrix.setAttribute("role", "table");
  for (const part of matrix.querySelectorAll("thead,tbody")) part.setAttribute("role", "rowgroup");
  for (const row of matrix.querySelectorAll("tr")) {
    row.setAttribute("role", "row");
    [...row.children].forEach((cell, n) => {
      cell.setAttribute("role", cell.tagName === "TD" ? "cell" : cell.scope === "row" ? "rowheader" : "columnheader");
      if (cell.tagName === "TD") cell.dataset.who = heads[n];
    });
  }
}
function filterMatrix(f) {
  const narrow = f.genre !== "" || f.voice !== "" || f.from !== "" || f.to !== "";
  const byClaim = { ...f, partner: "", layer: "" };
  let shown = 0;
  for (const row of document.querySelectorAll("#matrix tbody tr")) {
    const c = conclusions[+row.dataset.c];
    let alive = !narrow;
    for (const cell of row.querySelectorAll("td[data-p]")) {
      const p = positionOf(c.id, +cell.dataset.p);
      const evidence = p ? [...p.claims, ...p.contrary] : [];
      const inside = !narrow || evidence.some((i) => claimPasses(claims[i], byClaim));
      if (narrow && evidence.length && inside) alive = true;
      const away = narrow && evidence.length > 0 && !inside;
      cell.querySelector(".told").hidden = away;
      if (away && !cell.querySelector(".outside")) cell.append(h("span", { class: "outside" }, "outside the choice"));
      if (cell.querySelector(".outside")) cell.querySelector(".outside").hidden = !away;
    }
    const own = f.partner === "" || f.stands !== "" ? true : (() => {
      const p = positionOf(c.id, +f.partner);
      return p && (p.claims.length || p.contrary.length);
    })();
    const stands = f.stands === "" || [...row.querySelectorAll(f.partner === "" ? "td[data-p]" : `td[data-p="${+f.partner}"]`)]
      .some((cell) => cell.querySelector(`.told:not([hidden]) > a.${f.stands}`));
    const matter = f.matter === undefined || row.dataset.matter === "1";
    const show = alive && own && stands && matter && sought(c.text, f) && (f.layer === "" || c.layer === +f.layer);
    row.hidden = !show;
    shown += show ? 1 : 0;
  }
  return `${shown} of ${count(conclusions.length, "conclusion")} shown`;
}

function applyFilters() {
  const f = chosen(), view = current.view;
  let message = "";
  if (view === "map") message = filterMatrix(f);
  if (view === "documents") message = showDocuments(f);
  if (view === "claims") message = showClaims(f);
  $("filter-count").textContent = message;
}
filters.addEventListener("input", applyFilters);
filters.addEventListener("submit", (e) => e.preventDefault());
filters.addEventListener("reset", () => setTimeout(applyFilters));

// ---- routes ----
const FILTERED = ["map", "documents", "claims"];
let current = { view: "overview", rest: [] };
function route() {
  const [view, ...rest] = decodeURIComponent(location.hash.slice(1)).split("/");
  const numbers = rest.map(Number);
  const found = VIEWS[view] ? view : $("view-" + view) ? view : "overview";
  current = { view: found, rest: numbers };
  let section = $("view-" + found);
  if (VIEWS[found]) {
    section = $("view-" + VIEWS[found].inside);
    const body = section.querySelector(".body");
    let content;
    try { content = VIEWS[found].show(...numbers); } catch { content = null; }
    body.replaceChildren(...(content || [h("h2", {}, "Nothing here"), h("p", {}, "This map has no such entry.")]));
  }
  for (const other of document.querySelectorAll("section.view")) other.hidden = other !== section;
  for (const item of document.querySelectorAll("nav.main a")) {
    if (item.getAttribute("href") === "#" + section.id.slice(5)) item.setAttribute("aria-current", "page");
    else item.removeAttribute("aria-current");
  }
  $("filter-bar").hidden = !FILTERED.includes(found);
  if (FILTERED.includes(found)) { section.querySelector("h2").after($("filter-bar")); if (found === "claims") $("filter-box").open = true; applyFilters(); }
  const heading = section.querySelector("h2");
  document.title = (heading ? heading.textContent + " – " : "") + document.body.dataset.title;
  if (routed) {
    const here = section.querySelector("mark.here");
    if (here) here.focus(); else if (heading) { heading.tabIndex = -1; heading.focus({ preventScroll: true }); scrollTo(0, 0); }
    if (here) here.scrollIntoView({ block: "center" });
  } else if (section.querySelector("mark.here")) section.querySelector("mark.here").scrollIntoView({ block: "center" });
  routed = true;
}
let routed = false;
addEventListener("hashchange", route);
