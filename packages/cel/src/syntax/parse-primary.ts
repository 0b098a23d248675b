import { Double, Uint } from '../values/number.ts';
import { Bytes, type Literal } from '../values/value.ts';
import type { Expr, FieldInit, MapEntry } from './expr.ts';
import type { Token, TokenKind } from './lexer.ts';
import type { ExpressionParser } from './parse-expression.ts';
import { beginnings } from './token-cursor.ts';
import { unescapeBytes, unescapeString } from './unescape.ts';

/** Words that may not name a variable. */
const reserved: ReadonlySet<string> = new Set([
  ...['as', 'break', 'const', 'continue', 'else', 'false', 'for', 'function', 'if', 'import', 'in', 'let', 'loop'],
  ...['package', 'namespace', 'null', 'return', 'true', 'var', 'void', 'while'],
]);

/** Reads operands: literals, names, calls, and what is selected from them. */
export class PrimaryParser {
  readonly #parser: ExpressionParser;

  constructor(parser: ExpressionParser) {
    this.#parser = parser;
  }

  /** An operand with its selections, methods and indices. */
  parseMember(): Expr {
    const { cursor } = this.#parser;
    if (!beginnings.includes(cursor.peek().kind)) cursor.expectOneOf(beginnings.filter((kind) => kind !== '!'));
    let expr = this.#parsePrimary();
    for (;;) {
      const mark = cursor.takeIf('.', '[');
      if (mark === undefined) return expr;
      expr = mark.kind === '.' ? this.#parseSelection(expr, mark) : this.#parseIndex(expr, mark.at);
    }
  }

  #parseSelection(operand: Expr, dot: Token): Expr {
    const { cursor } = this.#parser;
    const isOptional = cursor.takeIf('?') !== undefined;
    const name = cursor.peek();
    if (!isOptional && name.kind !== 'ident' && name.kind !== 'escaped-ident') throw cursor.noWayOn(dot, 0);
    cursor.expectOneOf(['ident', 'escaped-ident']);
    cursor.take();
    const open = !isOptional && name.kind === 'ident' ? cursor.takeIf('(') : undefined;
    if (open !== undefined) return this.#parser.call(open.at, name.text, { target: operand, args: this.#parseArguments() });
    if (name.kind === 'escaped-ident') return this.#parser.report("unsupported syntax: '`'", name.at);
    if (!isOptional) return this.#parser.select(dot.at, operand, name.text);
    return this.#parser.operator(dot.at, '_?._', operand, this.#parser.factory.literal(name.at, name.text));
  }

  #parseIndex(operand: Expr, at: number): Expr {
    const { cursor } = this.#parser;
    cursor.expectOneOf([...beginnings, '?']);
    const name = cursor.takeIf('?') === undefined ? '_[_]' : '_[?_]';
    const index = cursor.within([']'], () => this.#parser.parse());
    cursor.expect(']');
    return this.#parser.operator(at, name, operand, index);
  }

  #parseArguments(): Expr[] {
    const { cursor } = this.#parser;
    if (cursor.takeIf(')')) return [];
    cursor.expectOneOf([...beginnings, ')']);
    const args: Expr[] = [];
    do args.push(cursor.within([',', ')'], () => this.#parser.parse()));
    while (cursor.takeIf(','));
    cursor.expect(')');
    return args;
  }

  #parsePrimary(): Expr {
    const { cursor } = this.#parser;
    const token = cursor.peek();
    switch (token.kind) {
      case '(':
        return this.#parseNested();
      case '[':
        return this.#parseList();
      case '{':
        return this.#parseMap();
      case '.':
      case 'ident':
        return this.#parseName();
      default:
        return this.#parseLiteral(cursor.take());
    }
  }

  #parseNested(): Expr {
    const { cursor } = this.#parser;
    cursor.take();
    const expr = cursor.within([')'], () => this.#parser.parse());
    cursor.expect(')');
    return expr;
  }

  #parseName(): Expr {
    const { cursor, factory } = this.#parser;
    const dot = cursor.takeIf('.');
    const name = cursor.peek();
    if (dot !== undefined && name.kind !== 'ident') throw cursor.noWayOn(dot, 0);
    if (this.#isMessage()) return this.#parseMessage(dot);
    cursor.take();
    const full = `${dot === undefined ? '' : '.'}${name.text}`;
    const open = cursor.takeIf('(');
    const args = open === undefined ? [] : this.#parseArguments();
    if (reserved.has(name.text)) return this.#parser.report(`reserved identifier: ${name.text}`, dot?.at ?? name.at);
    return open === undefined ? factory.ident(name.at, full) : this.#parser.call(open.at, full, { args });
  }

  /** Whether the names and dots here lead to a brace. */
  #isMessage(): boolean {
    const { cursor } = this.#parser;
    let ahead = 1;
    while (cursor.peek(ahead).kind === '.' && cursor.peek(ahead + 1).kind === 'ident') ahead += 2;
    return cursor.peek(ahead).kind === '{';
  }

  #parseMessage(dot: Token | undefined): Expr {
    const { cursor, factory } = this.#parser;
    const names = [cursor.take().text];
    while (cursor.takeIf('.')) names.push(cursor.take().text);
    const at = cursor.expect('{').at;
    const fields: FieldInit[] = [];
    this.#parseItems('}', ['ident', 'escaped-ident'], (isOptional) => {
      const name = cursor.take();
      const colon = cursor.expect(':');
      fields.push({ id: factory.id(), at: colon.at, field: name.text, value: this.#parser.parse(), isOptional });
    });
    const typeName = `${dot === undefined ? '' : '.'}${names.join('.')}`;
    const expr: Expr = { id: factory.id(), at, kind: 'struct', typeName, fields };
    return this.#parser.holding(
      expr,
      fields.map(({ value }) => value),
    );
  }

  #parseList(): Expr {
    const { cursor, factory } = this.#parser;
    const at = cursor.take().at;
    const elements: Expr[] = [];
    const optionals = new Set<number>();
    this.#parseItems(']', beginnings, (isOptional) => {
      if (isOptional) optionals.add(elements.length);
      elements.push(this.#parser.parse());
    });
    return this.#parser.holding({ id: factory.id(), at, kind: 'list', elements, optionals }, elements);
  }

  #parseMap(): Expr {
    const { cursor, factory } = this.#parser;
    const at = cursor.take().at;
    const entries: MapEntry[] = [];
    this.#parseItems('}', beginnings, (isOptional) => {
      const key = cursor.within([':'], () => this.#parser.parse());
      const colon = cursor.expect(':');
      entries.push({ id: factory.id(), at: colon.at, key, value: this.#parser.parse(), isOptional });
    });
    return this.#parser.holding(
      factory.map(at, ...entries),
      entries.flatMap(({ key, value }) => [key, value]),
    );
  }

  /** Items with commas between, and one more that may stand at the end, up to the closing mark. */
  #parseItems(close: TokenKind, first: readonly TokenKind[], parseItem: (isOptional: boolean) => void): void {
    const { cursor } = this.#parser;
    const items: readonly TokenKind[] = [...first, '?'];
    const item = (): void => {
      const isOptional = cursor.takeIf('?') !== undefined;
      cursor.expectOneOf(first);
      cursor.within([',', close], () => parseItem(isOptional));
    };
    cursor.expectOneOf([...items, ',', close]);
    if (items.includes(cursor.peek().kind)) {
      item();
      while (cursor.peek().kind === ',' && items.includes(cursor.peek(1).kind)) {
        cursor.take();
        item();
      }
    }
    if (cursor.takeIf(',') === undefined) cursor.expectOneOf([',', close]);
    cursor.expect(close);
  }

  #parseLiteral(token: Token): Expr {
    const { cursor, factory } = this.#parser;
    const number = token.kind === '-' ? cursor.take() : token;
    const literal = readLiteral(number, token.kind === '-');
    if (typeof literal === 'object' && literal !== null && 'problem' in literal) return this.#parser.report(literal.problem, token.at);
    return factory.literal(token.at, literal);
  }
}

function readLiteral(token: Token, isNegative: boolean): Literal | { problem: string } {
  switch (token.kind) {
    case 'true':
    case 'false':
      return token.kind === 'true';
    case 'int':
      return readInt(token.text, isNegative);
    case 'uint':
      return readUint(token.text);
    case 'float':
      return readFloat(token.text, isNegative);
    case 'string':
      return readQuoted(() => unescapeString(token.text));
    case 'bytes':
      return readQuoted(() => new Bytes(unescapeBytes(token.text.slice(1))));
    default:
      return null;
  }
}

function readInt(text: string, isNegative: boolean): Literal | { problem: string } {
  const value = isNegative ? -BigInt(text) : BigInt(text);
  if (BigInt.asIntN(64, value) !== value) return { problem: 'invalid int literal' };
  return Number.isSafeInteger(Number(value)) ? Number(value) : value;
}

function readUint(text: string): Literal | { problem: string } {
  const value = BigInt(text.slice(0, -1));
  return BigInt.asUintN(64, value) === value ? new Uint(value) : { problem: 'invalid uint literal' };
}

function readFloat(text: string, isNegative: boolean): Literal | { problem: string } {
  const value = Number(text);
  return Number.isFinite(value) ? new Double(isNegative ? -value : value) : { problem: 'invalid double literal' };
}

function readQuoted(read: () => Literal): Literal | { problem: string } {
  try {
    return read();
  } catch (error) {
    return { problem: error instanceof Error ? error.message : String(error) };
  }
}
