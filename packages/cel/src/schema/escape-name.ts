/** Words of the language, which no field can be selected by. */
const reserved: ReadonlySet<string> = new Set([
  ...['true', 'false', 'null', 'in', 'as', 'break', 'const', 'continue', 'else', 'for', 'function', 'if', 'import', 'let'],
  ...['loop', 'package', 'namespace', 'return', 'var', 'void', 'while'],
]);

const escapes: Readonly<Record<string, string>> = { __: '__underscores__', '.': '__dot__', '-': '__dash__', '/': '__slash__' };
const meanings: Readonly<Record<string, string>> = { underscores: '__', dot: '.', dash: '-', slash: '/' };

export const isReserved = (name: string): boolean => reserved.has(name);

/** How a field is named in expressions: `my-field` as `my__dash__field`. Undefined for names that cannot be written. */
export function escapeName(name: string): string | undefined {
  if (name === '' || /^\d/.test(name)) return undefined;
  if (reserved.has(name)) return `__${name}__`;
  if (/[^\w./-]/.test(name)) return undefined;
  return name.replace(/__|[./-]/g, (part) => escapes[part] ?? part);
}

/** The field that a name in an expression means; undefined for escapes that there are not. */
export function unescapeName(name: string): string | undefined {
  if (!name.includes('__')) return name;
  let isRight = true;
  const plain = name.replace(/__([^_]+)__/g, (whole, inside: string) => {
    const meaning = Object.hasOwn(meanings, inside) ? meanings[inside] : undefined;
    if (meaning !== undefined) return meaning;
    // A reserved word is only escaped as a whole.
    isRight &&= reserved.has(inside) && whole.length === name.length;
    return inside;
  });
  return isRight ? plain : undefined;
}
