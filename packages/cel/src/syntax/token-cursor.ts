import type { Token, TokenKind } from './lexer.ts';
import type { Issue } from './source.ts';

/** Ends the parse. The first wrong token is told; what would follow from it is not. */
export class SyntaxStop extends Error {
  readonly issue: Issue;

  constructor(issue: Issue) {
    super(issue.message);
    this.issue = issue;
  }
}

// In the order in which the grammar numbers its tokens, which is that of the messages.
const order: readonly TokenKind[] = [
  ...(['[', ']', '{', '}', '(', ')', '.', ',', '-', '!', '?', ':', 'true', 'false', 'null'] as const),
  ...(['float', 'int', 'uint', 'string', 'bytes', 'ident', 'escaped-ident', 'end'] as const),
];
const namesOfKinds: Partial<Record<TokenKind, string>> = {
  float: 'NUM_FLOAT',
  int: 'NUM_INT',
  uint: 'NUM_UINT',
  string: 'STRING',
  bytes: 'BYTES',
  ident: 'IDENTIFIER',
  'escaped-ident': 'ESC_IDENTIFIER',
  end: '<EOF>',
};
const nameOf = (kind: TokenKind): string => namesOfKinds[kind] ?? `'${kind}'`;

/** What an expression may begin with. */
export const beginnings: readonly TokenKind[] = [
  ...(['[', '{', '(', '.', '-', '!', 'true', 'false', 'null'] as const),
  ...(['float', 'int', 'uint', 'string', 'bytes', 'ident'] as const),
];
/** What may go on behind a whole operand, beside what ends the expression that it is in. */
const continuations: readonly TokenKind[] = [
  ...(['.', '[', '?', '==', '!=', 'in', '<', '<=', '>=', '>', '&&', '||'] as const),
  ...(['-', '+', '*', '/', '%'] as const),
];

/** Walks over the tokens, and says what is wrong with one in the words of the generated parser of cel-go. */
export class TokenCursor {
  readonly #tokens: readonly Token[];
  readonly #source: string;
  #at = 0;
  /** What ends each of the expressions that are open, the innermost last. */
  readonly #closers: (readonly TokenKind[])[] = [];

  constructor(tokens: readonly Token[], source: string) {
    this.#tokens = tokens;
    this.#source = source;
  }

  peek(ahead = 0): Token {
    const last: Token = { kind: 'end', text: '<EOF>', at: this.#source.length };
    return this.#tokens[Math.min(this.#at + ahead, this.#tokens.length - 1)] ?? last;
  }

  take(): Token {
    const token = this.peek();
    this.#at += 1;
    return token;
  }

  takeIf(...kinds: readonly TokenKind[]): Token | undefined {
    return kinds.includes(this.peek().kind) ? this.take() : undefined;
  }

  within<T>(closers: readonly TokenKind[], parse: () => T): T {
    this.#closers.push(closers);
    const result = parse();
    this.#closers.pop();
    return result;
  }

  /** Takes the token that must come here. */
  expect(kind: TokenKind): Token {
    if (this.peek().kind === kind) return this.take();
    const { kind: found } = this.peek();
    if (this.peek(1).kind === kind) throw this.#unwanted([kind]);
    const after = kind === ':' ? beginnings : [...continuations, ...(this.#closers.at(-1) ?? [])];
    if (kind !== 'end' && after.includes(found)) throw this.stop(`missing ${nameOf(kind)} at ${this.#quote()}`);
    throw this.#mismatched([kind]);
  }

  /** Refuses a token here that nothing may begin or go on with. */
  expectOneOf(kinds: readonly TokenKind[]): void {
    if (kinds.includes(this.peek().kind)) return;
    throw kinds.includes(this.peek(1).kind) ? this.#unwanted(kinds) : this.#mismatched(kinds);
  }

  /** The refusal of the token here. */
  stop(problem: string): SyntaxStop {
    return new SyntaxStop({ message: `Syntax error: ${problem}`, at: this.peek().at });
  }

  /** The refusal of what begins at a token before and can go on in no way. */
  noWayOn(from: Token, ahead: number): SyntaxStop {
    const wrong = this.peek(ahead);
    const end = wrong.kind === 'end' ? this.#source.length : wrong.at + wrong.text.length;
    const text = escapeBreaks(this.#source.slice(from.at, end));
    const [, word] = /^[.-](true|false|null)$/.exec(text) ?? [];
    const problem = word === undefined ? `no viable alternative at input '${text}'` : `mismatched input '${word}' expecting IDENTIFIER`;
    return new SyntaxStop({ message: `Syntax error: ${problem}`, at: wrong.at });
  }

  unwantedBeginning(): SyntaxStop {
    return this.#unwanted(beginnings);
  }

  #unwanted(kinds: readonly TokenKind[]): SyntaxStop {
    return this.stop(`extraneous input ${this.#quote()} expecting ${nameAll(kinds)}`);
  }

  #mismatched(kinds: readonly TokenKind[]): SyntaxStop {
    return this.stop(`mismatched input ${this.#quote()} expecting ${nameAll(kinds)}`);
  }

  #quote(): string {
    return `'${escapeBreaks(this.peek().text)}'`;
  }
}

const escapeBreaks = (text: string): string => text.replaceAll('\n', '\\n').replaceAll('\r', '\\r').replaceAll('\t', '\\t');

function nameAll(kinds: readonly TokenKind[]): string {
  const names = order.filter((kind) => kinds.includes(kind)).map(nameOf);
  return names.length === 1 ? (names[0] ?? '') : `{${names.join(', ')}}`;
}
