import type { Issue } from './source.ts';

/** Punctuation is its own kind: `+`, `&&`, `in`. */
export type TokenKind = 'float' | 'int' | 'uint' | 'string' | 'bytes' | 'ident' | 'escaped-ident' | 'end' | Mark;
export type Mark = (typeof marks)[number];

export interface Token {
  kind: TokenKind;
  text: string;
  at: number;
}

// Longer marks before those that they begin with.
const marks = [
  '==',
  '!=',
  '<=',
  '>=',
  '&&',
  '||',
  '<',
  '>',
  '[',
  ']',
  '{',
  '}',
  '(',
  ')',
  '.',
  ',',
  '-',
  '!',
  '?',
  ':',
  '+',
  '*',
  '/',
  '%',
  'in',
  'true',
  'false',
  'null',
] as const;
const words: ReadonlySet<string> = new Set(['in', 'true', 'false', 'null']);
const symbols: readonly Mark[] = marks.filter((mark) => !words.has(mark));

const space = /(?:[\t \r\n\f]+|\/\/[^\n]*)+/y;
const float = /(?:\d+\.\d+(?:[eE][+-]?\d+)?|\d+[eE][+-]?\d+|\.\d+(?:[eE][+-]?\d+)?)/y;
const uint = /(?:0x[0-9a-fA-F]+|\d+)[uU]/y;
const int = /(?:0x[0-9a-fA-F]+|\d+)/y;
const ident = /[a-zA-Z_][a-zA-Z0-9_]*/y;
const escapedIdent = /`[a-zA-Z0-9_./ -]+`/y;
const escapeForm = String.raw`\\[abfnrtv"'\\?${'`'}]|\\[0-3][0-7][0-7]|\\[xX][0-9a-fA-F]{2}|\\u[0-9a-fA-F]{4}|\\U[0-9a-fA-F]{8}`;
const strings: readonly RegExp[] = [
  new RegExp(String.raw`"""(?:${escapeForm}|[^\\])*?"""|'''(?:${escapeForm}|[^\\])*?'''`, 'y'),
  new RegExp(String.raw`"(?:${escapeForm}|[^\\"\n\r])*"|'(?:${escapeForm}|[^\\'\n\r])*'`, 'y'),
];
const rawStrings: readonly RegExp[] = [/[rR](?:""".*?"""|'''.*?''')/sy, /[rR](?:"[^"\n\r]*"|'[^'\n\r]*')/y];

/** Cuts an expression into tokens, the last of kind `end`. What is no token is an issue, and reading goes on behind it. */
export function readTokens(source: string): { tokens: Token[]; issues: Issue[] } {
  const tokens: Token[] = [];
  const issues: Issue[] = [];
  let at = 0;
  while (at < source.length) {
    at += matchLength(space, source, at);
    if (at >= source.length) break;
    const token = readToken(source, at);
    if (token === undefined) {
      const end = endOfNonsense(source, at);
      issues.push({ message: `Syntax error: token recognition error at: '${source.slice(at, end)}'`, at });
      at = end;
    } else {
      tokens.push(token);
      at += token.text.length;
    }
  }
  tokens.push({ kind: 'end', text: '<EOF>', at: source.length });
  return { tokens, issues };
}

function readToken(source: string, at: number): Token | undefined {
  const found = readNumber(source, at) ?? readString(source, at) ?? readWord(source, at);
  if (found !== undefined) return { ...found, at };
  const mark = symbols.find((symbol) => source.startsWith(symbol, at));
  return mark === undefined ? undefined : { kind: mark, text: mark, at };
}

type Found = Omit<Token, 'at'>;

function readNumber(source: string, at: number): Found | undefined {
  const candidates = [
    { kind: 'float', pattern: float },
    { kind: 'uint', pattern: uint },
    { kind: 'int', pattern: int },
  ] as const;
  let best: Found | undefined;
  for (const { kind, pattern } of candidates) {
    const length = matchLength(pattern, source, at);
    if (length > (best?.text.length ?? 0)) best = { kind, text: source.slice(at, at + length) };
  }
  return best;
}

function readString(source: string, at: number): Found | undefined {
  const isBytes = source[at] === 'b' || source[at] === 'B';
  const start = isBytes ? at + 1 : at;
  for (const pattern of [...strings, ...rawStrings]) {
    const length = matchLength(pattern, source, start);
    if (length > 0) return { kind: isBytes ? 'bytes' : 'string', text: source.slice(at, start + length) };
  }
  return undefined;
}

function readWord(source: string, at: number): Found | undefined {
  const text = source.slice(at, at + matchLength(ident, source, at));
  if (text !== '') return { kind: words.has(text) ? (text as Mark) : 'ident', text };
  const escaped = matchLength(escapedIdent, source, at);
  return escaped === 0 ? undefined : { kind: 'escaped-ident', text: source.slice(at, at + escaped) };
}

function matchLength(pattern: RegExp, source: string, at: number): number {
  pattern.lastIndex = at;
  return pattern.exec(source)?.[0].length ?? 0;
}

const beginning = new RegExp(String.raw`"(?:${escapeForm}|[^\\"\n\r])*|'(?:${escapeForm}|[^\\'\n\r])*|${'`'}[a-zA-Z0-9_./ -]*|[=&|]`, 'y');
const escapeBeginning = /\\(?:[0-3][0-7]?|[xX][0-9a-fA-F]?|u[0-9a-fA-F]{0,3}|U[0-9a-fA-F]{0,7})?/y;

/** Behind the character at which a token that had begun could not go on. */
function endOfNonsense(source: string, at: number): number {
  let end = at + matchLength(beginning, source, at);
  if (/["']/.test(source.charAt(at))) end += matchLength(escapeBeginning, source, end);
  const stop = source.codePointAt(end);
  return stop === undefined ? end : end + String.fromCodePoint(stop).length;
}
