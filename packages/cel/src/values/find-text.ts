// Up to here the engine's own search is quick whatever it looks for. Its time can grow with the product of both lengths.
const shortPart = 64;

/** Where a part stands in a text first, from a place on; -1 for nowhere. Takes time for the sum of both lengths. */
export function findText(text: string, part: string, from = 0): number {
  if (part.length <= shortPart) return text.indexOf(part, from);
  for (const at of placesOf(text, part, from)) return at;
  return -1;
}

/** Where a part stands last, at a place or before it; -1 for nowhere. */
export function findLastText(text: string, part: string, from: number): number {
  if (part.length <= shortPart) return from < 0 ? -1 : text.lastIndexOf(part, from);
  let last = -1;
  for (const at of placesOf(text, part, 0)) {
    if (at > from) break;
    last = at;
  }
  return last;
}

/** The parts between separators, which are not empty. */
export function splitText(text: string, separator: string): string[] {
  if (separator.length <= shortPart) return text.split(separator);
  const parts: string[] = [];
  let from = 0;
  for (const at of placesOf(text, separator, 0)) {
    if (at < from) continue;
    parts.push(text.slice(from, at));
    from = at + separator.length;
  }
  return [...parts, text.slice(from)];
}

/** All places, which may overlap, by the algorithm of Knuth, Morris and Pratt. */
function* placesOf(text: string, part: string, from: number): Generator<number> {
  const borders = bordersOf(part);
  let matched = 0;
  for (let at = from; at < text.length; at += 1) {
    const unit = text.charCodeAt(at);
    while (matched > 0 && part.charCodeAt(matched) !== unit) matched = borders[matched - 1] ?? 0;
    if (part.charCodeAt(matched) === unit) matched += 1;
    if (matched < part.length) continue;
    yield at - part.length + 1;
    matched = borders[matched - 1] ?? 0;
  }
}

/** How long the longest beginning is that also ends each beginning, without being the whole of it. */
function bordersOf(part: string): Int32Array {
  const borders = new Int32Array(part.length);
  let length = 0;
  for (let at = 1; at < part.length; at += 1) {
    const unit = part.charCodeAt(at);
    while (length > 0 && part.charCodeAt(length) !== unit) length = borders[length - 1] ?? 0;
    if (part.charCodeAt(length) === unit) length += 1;
    borders[at] = length;
  }
  return borders;
}
