import type { Expr } from './expr.ts';
import { ExprFactory } from './expr.ts';
import { readTokens } from './lexer.ts';
import { ExpressionParser } from './parse-expression.ts';
import type { Issue } from './source.ts';
import { SyntaxStop, TokenCursor } from './token-cursor.ts';

/** Longer expressions are not read at all. */
const mostCharacters = 100_000;

export interface ParsedExpression {
  expr: Expr;
  /** The number of the last node. */
  lastId: number;
}

/** Reads an expression with its macros expanded, or says all that is wrong with it. */
export function parseExpression(source: string): ParsedExpression | { issues: readonly Issue[] } {
  const size = sizeOf(source);
  if (size > mostCharacters)
    return { issues: [{ message: `expression code point size exceeds limit: size: ${size}, limit ${mostCharacters}`, at: -1 }] };
  const { tokens, issues } = readTokens(source);
  const factory = new ExprFactory();
  const parser = new ExpressionParser(new TokenCursor(tokens, source), factory);
  try {
    const expr = parser.parseAll();
    const all = [...issues, ...parser.issues];
    return all.length === 0 ? { expr, lastId: factory.id() } : { issues: all };
  } catch (error) {
    if (!(error instanceof SyntaxStop)) throw error;
    // A limit that was passed is the only thing to tell.
    return { issues: error.issue.at < 0 ? [error.issue] : [...issues, ...parser.issues, error.issue] };
  }
}

const sizeOf = (source: string): number => (source.length <= mostCharacters ? source.length : Array.from(source).length);
