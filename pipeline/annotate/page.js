// The coding page. Everything that comes from documents or people is set as text, never as HTML.
import { cuts, nextSentence, points, trimmed } from "/text.js";

const $ = (id) => document.getElementById(id);
const LAYER_KEYS = { deep_core: "1", policy_core: "2", secondary: "3", none: "4" };
const CONFIDENCE = { 1: ["7", "coin-toss"], 2: ["8", "doubt"], 3: ["9", "clear"] };
const RETRY = 2000;

let setup = null; // answer of /api/start
let item = null; // what is being coded; null when all is done
let text = []; // its code points
let parts = []; // [{start, end, layer, facet, confidence}], offsets into text
let active = 0;
let cut = null; // {places, at} while a span is being split
let previous = ""; // item decided before this one
let spent = 0; // milliseconds the item was in view
let since = null;
let busy = false;

const words = (name) => name.replaceAll("_", " ");

function make(tag, content, attributes = {}) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) node.setAttribute(name, value);
  node.append(...[content].flat().filter((child) => child !== ""));
  return node;
}

function say(line, bad = false) {
  $("status").textContent = line;
  $("status").classList.toggle("bad", bad);
}

async function call(path, body) {
  const headers = setup ? { "axiomap-coder": encodeURIComponent(setup.coder) } : {};
  const options = body === undefined ? { headers } : {
    method: "POST", headers: { ...headers, "content-type": "application/json" },
    body: JSON.stringify(body),
  };
  const answer = await fetch(path, { ...options, cache: "no-store" });
  const value = await answer.json();
  if (answer.status === 401 && value.login && !$("login").open) $("login").showModal();
  if (!answer.ok) throw Object.assign(new Error(value.error), { status: answer.status });
  return value;
}

// A submission is kept in this browser until the server says that it is on disk or cannot be
// accepted; one an item, the latest.
const pendingKey = (id) => `axiomap:${setup.key}:${setup.coder}:${id}`;

function settled(submission) {
  const key = pendingKey(submission.item);
  const kept = localStorage.getItem(key);
  if (kept && JSON.parse(kept).submission === submission.submission) localStorage.removeItem(key);
}

async function send(submission) {
  localStorage.setItem(pendingKey(submission.item), JSON.stringify(submission));
  for (;;) {
    try {
      const answer = await call("/api/code", submission);
      settled(submission);
      return answer;
    } catch (error) {
      if (error.status === 422) settled(submission);
      if (error.status === 401 || error.status === 409) error.message += ". Your code is kept here";
      if (error.status && error.status !== 503) throw error;
      const why = error.status ? error.message : "The server does not answer";
      say(`${why}. Your code is kept here and sent again.`, true);
      await new Promise((later) => setTimeout(later, RETRY));
    }
  }
}

async function sendPending() {
  const prefix = pendingKey("");
  const keys = Object.keys(localStorage).filter((key) => key.startsWith(prefix));
  for (const key of keys) {
    try {
      await send(JSON.parse(localStorage.getItem(key)));
    } catch (error) {
      say(error.message, true);
    }
  }
}

function clock(running) {
  if (since !== null) spent += performance.now() - since;
  since = running ? performance.now() : null;
}

function show(answer) {
  item = answer.item;
  progress(answer.progress);
  $("done").hidden = item !== null;
  for (const id of ["reader", "coder"]) $(id).hidden = item === null;
  if (item === null) {
    clock(false);
    $("book").hidden = true;
    $("done-text").textContent = setup.adjudicating
      ? "No dispute is open." : `${answer.progress.done} coded. Thank you.`;
    return;
  }
  $("book").hidden = false;
  text = points(item);
  const length = Array.from(item.before).length;
  const floor = item.start - length;
  const code = item.code && item.code.parts.length ? item.code : null;
  parts = code
    ? code.parts.map((part) => ({ ...part, start: part.start - floor, end: part.end - floor }))
    : [{ start: length, end: length + (item.end - item.start), layer: "", facet: "", confidence: 3 }];
  active = 0;
  cut = null;
  spent = 0;
  clock(true);
  $("comment").value = item.code ? item.code.comment : "";
  $("source").textContent = [item.partner, item.title, item.date].filter(Boolean).join(" · ");
  opinions(answer.opinions || []);
  draw();
  document.querySelector("#document mark")?.scrollIntoView({ block: "center" });
}

function progress({ done, left }) {
  $("bar").max = Math.max(done + left, 1);
  $("bar").value = done;
  $("count").textContent = `${done} done, ${left} left`;
}

function opinions(found) {
  $("opinions").hidden = found.length === 0;
  $("opinions").replaceChildren(...found.map((opinion) => {
    const codes = opinion.parts.map((part) => words(part.layer)
      + (part.facet ? ` / ${words(part.facet)}` : "") + ` · ${CONFIDENCE[part.confidence][1]}`);
    const box = make("div", [make("strong", opinion.coder), `: ${codes.join(" | ")}`],
      { class: opinion.parts[0]?.layer || "none" });
    if (opinion.comment) box.append(make("p", opinion.comment));
    return box;
  }));
}

function draw() {
  drawDocument();
  drawParts();
  drawChoices();
  drawBook();
}

function drawDocument() {
  const nodes = [];
  let place = 0;
  const slice = (from, to) => text.slice(from, to).join("");
  parts.forEach((part, number) => {
    nodes.push(slice(place, part.start));
    const mark = make("mark", "", number === active ? { class: "active" } : {});
    if (cut !== null && number === active) {
      const at = cut.places[cut.at];
      mark.append(slice(part.start, at), make("span", "", { class: "cut" }), slice(at, part.end));
    } else {
      mark.append(slice(part.start, part.end));
    }
    mark.addEventListener("click", () => { if (cut === null) choosePart(number); });
    nodes.push(mark);
    place = part.end;
  });
  nodes.push(slice(place, text.length));
  $("document").replaceChildren(...nodes);
}

function drawParts() {
  $("parts").hidden = parts.length < 2;
  $("parts").replaceChildren(...parts.map((part, number) => {
    const button = make("button", `Span ${number + 1}: ${part.layer ? words(part.layer) : "–"}`, {
      type: "button", role: "tab", "aria-selected": String(number === active),
    });
    button.addEventListener("click", () => choosePart(number));
    return button;
  }));
}

function choice(label, key, checked, className, choose) {
  const button = make("button", [label, make("kbd", key)], {
    type: "button", role: "radio", "aria-checked": String(checked), class: className,
  });
  button.addEventListener("click", () => {
    choose();
    button.blur();
  });
  return button;
}

function drawChoices() {
  const part = parts[active];
  $("layers").replaceChildren(...Object.keys(setup.book.definitions).map((layer) => choice(
    words(layer), LAYER_KEYS[layer], part.layer === layer, layer, () => chooseLayer(layer),
  )));
  const keys = part.layer ? setup.keys[part.layer] : {};
  $("facets").dataset.empty = part.layer ? "no facet belongs to none" : "facets follow the label";
  $("facets").replaceChildren(...Object.entries(keys).map(([facet, key]) => choice(
    words(facet), key, part.facet === facet, part.layer, () => chooseFacet(facet),
  )));
  $("confidence").replaceChildren(...[3, 2, 1].map((grade) => choice(
    CONFIDENCE[grade][1], CONFIDENCE[grade][0], part.confidence === grade, "",
    () => chooseConfidence(grade),
  )));
}

function drawBook() {
  const { book } = setup;
  const layer = parts[active].layer;
  const nodes = [];
  const list = (lines) => make("ul", lines.map((line) => make("li", line)));
  if (!layer) {
    nodes.push(make("h2", `Codebook ${book.version}`), make("h3", "Ask in this order"));
    nodes.push(make("ol", book.questions.map((step) => make("li", step))));
  } else {
    const plain = (line) => line.replaceAll("**", "").replaceAll("`", "");
    nodes.push(make("div", [make("h2", words(layer)), make("p", plain(book.definitions[layer]))],
      { class: layer }));
    const facets = Object.entries(book.facets[layer]);
    if (facets.length) {
      nodes.push(make("h3", "Facets"), make("dl", facets.flatMap(([facet, meaning]) => [
        make("dt", words(facet)), ...(meaning ? [make("dd", meaning)] : []),
      ])));
    }
    const mine = book.examples.filter((example) => example.label === layer);
    nodes.push(make("h3", "Examples"), list(mine.map((example) => example.sentence
      + (example.facet ? ` (${words(example.facet)})` : ""))));
  }
  nodes.push(make("h3", "What is hard"), make("dl", Object.entries(book.rules)
    .filter(([, meaning]) => !layer || meaning.includes(layer) || meaning.includes(words(layer)))
    .flatMap(([rule, meaning]) => [make("dt", rule), make("dd", meaning)])));
  $("book").replaceChildren(...nodes);
  $("book").scrollTop = 0;
}

function choosePart(number) {
  active = number;
  cut = null;
  draw();
}

function chooseLayer(layer) {
  const part = parts[active];
  if (part.layer !== layer) Object.assign(part, { layer, facet: "" });
  say("");
  draw();
}

function chooseFacet(facet) {
  parts[active].facet = facet;
  say("");
  drawChoices();
}

function chooseConfidence(grade) {
  parts[active].confidence = grade;
  drawChoices();
}

function startSplit() {
  const part = parts[active];
  const places = cuts(text, part.start, part.end);
  if (!places.length) {
    say("A single word cannot be split.");
    return;
  }
  cut = { places, at: Math.floor(places.length / 2) };
  say("Split: ← → move the cut, Enter splits, Esc leaves.");
  drawDocument();
}

function moveCut(step) {
  cut.at = Math.min(Math.max(cut.at + step, 0), cut.places.length - 1);
  drawDocument();
}

function finishSplit() {
  const part = parts[active];
  const at = cut.places[cut.at];
  const second = { ...part, start: at };
  part.end = trimmed(text, part.start, at);
  parts.splice(active + 1, 0, second);
  cut = null;
  say("Split. ← → change the span.");
  draw();
}

function merge() {
  const part = parts[active];
  if (parts.length > 1) {
    const other = active + 1 < parts.length ? active + 1 : active - 1;
    const first = parts[Math.min(active, other)];
    first.end = parts[Math.max(active, other)].end;
    parts.splice(Math.max(active, other), 1);
    active = Math.min(active, other);
    say("Merged.");
  } else {
    const ceiling = text.length - (Array.from(item.after).length - (item.ceiling - item.end));
    const end = Math.min(nextSentence(text, part.end), ceiling);
    if (end <= part.end) {
      say("Nothing follows that could be merged.");
      return;
    }
    part.end = end;
    say("Merged with the sentence that follows. ⇧S splits again.");
  }
  draw();
}

async function working(task) {
  if (busy) return;
  busy = true;
  try {
    await task();
  } catch (error) {
    say(error.message, true);
  } finally {
    busy = false;
  }
}

function missing() {
  for (const [number, part] of parts.entries()) {
    const name = parts.length > 1 ? ` of span ${number + 1}` : "";
    if (!part.layer) return [number, `Choose the label${name} first (keys 1 to 4).`];
    if (!part.facet && Object.keys(setup.keys[part.layer]).length) {
      return [number, `Choose the facet${name} (its letter).`];
    }
  }
  return null;
}

async function save(kind) {
  if (item === null) return;
  const lacking = kind === "code" ? missing() : null;
  if (lacking) {
    choosePart(lacking[0]);
    say(lacking[1], true);
    return;
  }
  clock(true);
  const floor = item.start - Array.from(item.before).length;
  await send({
    submission: crypto.randomUUID(), item: item.id, kind,
    parts: kind === "code"
      ? parts.map((part) => ({ ...part, start: part.start + floor, end: part.end + floor })) : [],
    comment: $("comment").value.trim(), seconds: Math.round(spent) / 1000,
    client_at: new Date().toISOString(),
  });
  previous = item.id;
  say(kind === "code" ? "Saved." : "Skipped.");
  show(await call("/api/next"));
}

async function undo() {
  show(await call("/api/undo", { submission: crypto.randomUUID() }));
  say("Taken back. Decide again; Enter saves.");
}

async function suggest() {
  if (!setup.suggestions || !previous) return;
  const { suggestion } = await call(`/api/suggestion/${encodeURIComponent(previous)}`);
  say(suggestion
    ? `The model on the last one: ${words(suggestion.layer)}`
      + `${suggestion.facet ? ` / ${words(suggestion.facet)}` : ""}`
      + ` (${Math.round(suggestion.probability * 100)} %). ⇧U takes your code back.`
    : "The model has nothing on the last one.");
}

function toggleBook() {
  const open = $("book").classList.toggle("open");
  $("book-toggle").setAttribute("aria-expanded", String(open));
}

const SHIFTED = {
  K: () => working(() => save("skip")), U: () => working(undo), S: startSplit, M: merge,
  X: () => working(suggest), C: () => $("comment").focus(),
};

function onKey(event) {
  if (event.ctrlKey || event.metaKey || event.altKey || $("login").open || setup === null) return;
  const { target, key } = event;
  if (target === $("comment")) {
    if (key === "Escape") target.blur();
    return;
  }
  const press = (action) => {
    event.preventDefault();
    action();
  };
  if (cut !== null) {
    if (key === "ArrowLeft") press(() => moveCut(-1));
    else if (key === "ArrowRight") press(() => moveCut(1));
    else if (key === "Enter") press(finishSplit);
    else if (key === "Escape") press(() => choosePart(active));
    return;
  }
  if (key === "Enter" || key === " ") {
    if (target instanceof HTMLButtonElement) return;
    if (key === "Enter") press(() => working(() => save("code")));
    return;
  }
  if (key === "?") { press(toggleBook); return; }
  if (key === "Escape") { $("book").classList.remove("open"); return; }
  if (event.shiftKey && SHIFTED[key]) { press(SHIFTED[key]); return; }
  if (item === null) return;
  if (parts.length > 1 && (key === "ArrowLeft" || key === "ArrowRight")) {
    const step = key === "ArrowLeft" ? -1 : 1;
    press(() => choosePart((active + step + parts.length) % parts.length));
    return;
  }
  const layer = Object.keys(LAYER_KEYS).find((name) => LAYER_KEYS[name] === key);
  if (layer) { press(() => chooseLayer(layer)); return; }
  const grade = Object.keys(CONFIDENCE).find((name) => CONFIDENCE[name][0] === key);
  if (grade) { press(() => chooseConfidence(Number(grade))); return; }
  const facets = setup.keys[parts[active].layer] || {};
  const facet = Object.keys(facets).find((name) => facets[name] === key);
  if (facet) press(() => chooseFacet(facet));
}

async function begin() {
  setup = null; // whoever is signed in now
  setup = await call("/api/start");
  $("mode").textContent = setup.adjudicating ? "Adjudication" : "Coding";
  $("who").textContent = setup.coder;
  $("suggest").hidden = !setup.suggestions;
  if (setup.adjudicating) {
    $("skip").hidden = true;
    $("comment").placeholder = "Reason (Shift+C to write, Esc to leave)";
  }
  await sendPending();
  show(await call("/api/next"));
}

document.addEventListener("keydown", onKey);
document.addEventListener("visibilitychange", () => clock(item !== null && !document.hidden));
const click = (id, action) => $(id).addEventListener("click", () => {
  $(id).blur();
  action();
});
click("save", () => (cut === null ? working(() => save("code")) : finishSplit()));
click("skip", SHIFTED.K);
click("undo", SHIFTED.U);
click("done-undo", SHIFTED.U);
click("split", () => (cut === null ? startSplit() : finishSplit()));
click("merge", merge);
click("suggest", SHIFTED.X);
click("book-toggle", toggleBook);
// On a tablet the cut goes where the finger points.
$("document").addEventListener("click", (event) => {
  if (cut === null) return;
  const range = document.caretRangeFromPoint?.(event.clientX, event.clientY);
  const mark = $("document").querySelector("mark.active");
  if (!range || !mark.contains(range.startContainer)) return;
  const before = document.createRange();
  before.setStart(mark, 0);
  before.setEnd(range.startContainer, range.startOffset);
  const at = parts[active].start + Array.from(before.toString()).length;
  const near = cut.places.map((place) => Math.abs(place - at));
  cut.at = near.indexOf(Math.min(...near));
  drawDocument();
});
$("login-form").addEventListener("submit", async (event) => {
  event.preventDefault();
  try {
    await call("/api/login", { name: $("login-name").value, password: $("login-password").value });
    $("login-password").value = "";
    $("login").close();
    await begin();
  } catch (error) {
    $("login-error").textContent = error.message;
  }
});
working(begin);
