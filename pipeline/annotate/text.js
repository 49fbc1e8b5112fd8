// Spans of text, counted in code points as the server counts them, not in UTF-16 units.

export function points(item) {
  return Array.from(item.before + item.text + item.after);
}

/** Places inside [start, end) where a new word begins: where a span may be split. */
export function cuts(characters, start, end) {
  const found = [];
  for (let i = start + 1; i < end; i += 1) {
    if (!/\s/.test(characters[i]) && /\s/.test(characters[i - 1])) found.push(i);
  }
  return found;
}

/** End of [start, end) without the white space before it. */
export function trimmed(characters, start, end) {
  let last = end;
  while (last > start + 1 && /\s/.test(characters[last - 1])) last -= 1;
  return last;
}

/** End of the sentence that follows `from`, or `from` if there is none in sight. */
export function nextSentence(characters, from) {
  let i = from;
  while (i < characters.length && /\s/.test(characters[i])) i += 1;
  if (i >= characters.length) return from;
  const most = Math.min(characters.length, i + 1500);
  for (; i < most; i += 1) {
    if (characters[i] === "\n" && characters[i + 1] === "\n") return i;
    if (/[.!?]/.test(characters[i])) {
      let end = i + 1;
      while (end < characters.length && /["'”’)\]»]/.test(characters[end])) end += 1;
      if (end >= characters.length || /\s/.test(characters[end])) return end;
    }
  }
  return most;
}
