const simple: Readonly<Record<string, string>> = {
  a: '\x07',
  b: '\b',
  f: '\f',
  n: '\n',
  r: '\r',
  t: '\t',
  v: '\v',
};

/**
 * What a quoted literal means, without its quotes and with its escapes read. In bytes an escape is one byte, and other characters
 * are their UTF-8. A literal that means nothing throws an error with cel-go's words.
 */
export function unescapeString(literal: string): string {
  const { text, isRaw } = unquote(literal);
  if (isRaw) return text;
  return text.replace(escapes, (found) => simpleEscape(found) ?? codePoint(found));
}

export function unescapeBytes(literal: string): Uint8Array {
  const { text, isRaw } = unquote(literal);
  if (isRaw) return Buffer.from(text);
  const parts = text.split(new RegExp(`(${escapes.source})`, 's')).map((part) => {
    if (!part.startsWith('\\')) return Buffer.from(part);
    const character = simpleEscape(part);
    if (character !== undefined) return Buffer.from(character);
    if (/^\\[uU]/.test(part)) throw new Error('unable to unescape string');
    return Buffer.from([numberIn(part) & 0xff]);
  });
  return Buffer.concat(parts);
}

// The lexer let nothing else through.
const escapes = /\\(?:[0-3][0-7]{2}|[xX][0-9a-fA-F]{2}|u[0-9a-fA-F]{4}|U[0-9a-fA-F]{8}|.)/gs;

function unquote(literal: string): { text: string; isRaw: boolean } {
  const isRaw = /^[rR]/.test(literal);
  const quoted = (isRaw ? literal.slice(1) : literal).replaceAll('\r\n', '\n').replaceAll('\r', '\n');
  const isTriple = quoted.length >= 6 && /^("""|''')/.test(quoted);
  return { text: isTriple ? quoted.slice(3, -3) : quoted.slice(1, -1), isRaw };
}

function simpleEscape(written: string): string | undefined {
  const [, character = ''] = written;
  return written.length > 2 ? undefined : (simple[character] ?? character);
}

/** The number that an escape names, in octal or hexadecimal. */
const numberIn = (written: string): number =>
  /^\\[0-3]/.test(written) ? Number.parseInt(written.slice(1), 8) : Number.parseInt(written.slice(2), 16);

function codePoint(written: string): string {
  const value = numberIn(written);
  if (value > 0x10ffff || (value >= 0xd800 && value <= 0xdfff)) throw new Error('invalid unicode code point');
  return String.fromCodePoint(value);
}
