import { type CharItem, CharSet, perlClasses, posixClasses } from './char-set.ts';
import { RegexProblem } from './regex-node.ts';
import type { RegexFlags, RegexReader } from './regex-reader.ts';

/** Reads `[…]`, at which the reader stands. */
export function parseClass(reader: RegexReader, { isFolded }: RegexFlags): CharSet {
  const start = reader.at;
  reader.takeIf('[');
  const isNegated = reader.takeIf('^');
  const items: CharItem[] = [];
  // A bracket that comes first is itself.
  while (items.length === 0 || !reader.looksAt(']')) {
    if (reader.atEnd) throw new RegexProblem('missing closing ]', reader.pattern.slice(start));
    items.push({ ...parseItem(reader, start), isFolded });
  }
  reader.takeIf(']');
  return new CharSet(items, isNegated);
}

function parseItem(reader: RegexReader, start: number): CharItem {
  return takePosix(reader) ?? reader.takeClass(perlClasses) ?? reader.takeProperty() ?? parseRange(reader, start);
}

function takePosix(reader: RegexReader): CharItem | undefined {
  const found = reader.match(/\[:(\^?)([^:\]]*):\]/y);
  if (found === undefined) return undefined;
  const [text, caret, name = ''] = found;
  const ranges = Object.hasOwn(posixClasses, name) ? posixClasses[name] : undefined;
  if (ranges === undefined) throw new RegexProblem('invalid character class range', text);
  return { ranges, isNegated: caret === '^' };
}

function parseRange(reader: RegexReader, start: number): CharItem {
  const at = reader.at;
  const from = takeCharacter(reader, start);
  const isRange = reader.looksAt('-') && !reader.looksAt('-]') && reader.at + 1 < reader.pattern.length;
  if (!isRange) return { ranges: [[from, from]] };
  reader.takeIf('-');
  const to = takeCharacter(reader, start);
  if (to < from) throw new RegexProblem('invalid character class range', reader.since(at));
  return { ranges: [[from, to]] };
}

function takeCharacter(reader: RegexReader, start: number): number {
  if (reader.atEnd) throw new RegexProblem('missing closing ]', reader.pattern.slice(start));
  return reader.looksAt('\\') ? reader.takeEscaped() : reader.take();
}
