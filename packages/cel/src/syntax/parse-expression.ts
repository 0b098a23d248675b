import type { CallExpr, Expr, ExprFactory } from './expr.ts';
import type { TokenKind } from './lexer.ts';
import { MacroProblem } from './macro-problem.ts';
import { expandMacro } from './macros.ts';
import { PrimaryParser } from './parse-primary.ts';
import type { Issue } from './source.ts';
import { beginnings, SyntaxStop, type TokenCursor } from './token-cursor.ts';

/** As deep as expressions may be nested, and as long as a chain of operators or selections may be. */
const deepest = 250;

const relations: readonly TokenKind[] = ['<', '<=', '>=', '>', '==', '!=', 'in'];
const nameOfOperator: Readonly<Record<string, string>> = { in: '@in' };
const operatorName = (text: string): string => nameOfOperator[text] ?? `_${text}_`;

/** Reads expressions from the loosest operator to the tightest; primary operands are read beside it. */
export class ExpressionParser {
  readonly issues: Issue[] = [];
  readonly cursor: TokenCursor;
  readonly factory: ExprFactory;
  readonly #primary: PrimaryParser;
  /** How many operators, selections and methods are nested in an expression. Others have none of their own. */
  readonly #depths = new WeakMap<Expr, number>();
  #open = 0;

  constructor(cursor: TokenCursor, factory: ExprFactory) {
    this.cursor = cursor;
    this.factory = factory;
    this.#primary = new PrimaryParser(this);
  }

  parseAll(): Expr {
    const expr = this.cursor.within(['end'], () => this.parse());
    this.cursor.expect('end');
    return expr;
  }

  /** `a ? b : c`, and all that binds tighter. */
  parse(): Expr {
    this.#open += 1;
    if (this.#open > deepest) throw new SyntaxStop({ message: `expression recursion limit exceeded: ${deepest}`, at: -1 });
    const condition = this.#parseLogic('||');
    const mark = this.cursor.takeIf('?');
    const expr = mark === undefined ? condition : this.#parseBranches(condition, mark.at);
    this.#open -= 1;
    return expr;
  }

  /** A call, or what its macro makes of it. */
  call(at: number, name: string, parts: { target?: Expr; args: readonly Expr[] }): Expr {
    const { target, args } = parts;
    const depth = this.#depthOf(...(target === undefined ? args : [target, ...args])) + (target === undefined ? 0 : 1);
    return this.#deep(this.#expand(at, name, parts), depth);
  }

  /** An operator, a selection or an index: one deeper than its operands. */
  operator(at: number, name: string, ...args: Expr[]): Expr {
    return this.#deep(this.factory.call(at, name, ...args), this.#depthOf(...args) + 1);
  }

  select(at: number, operand: Expr, field: string): Expr {
    return this.#deep(this.factory.select(at, operand, field), this.#depthOf(operand) + 1);
  }

  /** A literal: as deep as the deepest of its parts. */
  holding(expr: Expr, parts: readonly Expr[]): Expr {
    return this.#deep(expr, this.#depthOf(...parts));
  }

  report(message: string, at: number): Expr {
    this.issues.push({ message, at });
    return this.factory.literal(at, null);
  }

  #expand(at: number, name: string, { target, args }: { target?: Expr; args: readonly Expr[] }): Expr {
    try {
      const expanded = expandMacro(this.factory, { at, name, args, ...(target === undefined ? {} : { target }) });
      if (expanded !== undefined) return expanded;
    } catch (error) {
      if (error instanceof MacroProblem) return this.report(error.message, error.at);
      throw error;
    }
    return target === undefined ? this.factory.call(at, name, ...args) : this.factory.method(at, name, { target, args });
  }

  #parseBranches(condition: Expr, at: number): Expr {
    const yes = this.cursor.within([':'], () => this.#parseLogic('||'));
    this.cursor.expect(':');
    return this.operator(at, '_?_:_', condition, yes, this.parse());
  }

  /** `a || b || c` becomes a balanced tree, so that long chains are not deep. */
  #parseLogic(operator: '||' | '&&'): Expr {
    const next = (): Expr => (operator === '||' ? this.#parseLogic('&&') : this.#parseRelation());
    const terms = [next()];
    const places: number[] = [];
    for (let mark = this.cursor.takeIf(operator); mark !== undefined; mark = this.cursor.takeIf(operator)) {
      places.push(mark.at);
      terms.push(next());
    }
    return this.#balance(operator, { terms, places }, { from: 0, to: places.length - 1 });
  }

  #balance(operator: string, chain: { terms: Expr[]; places: number[] }, { from, to }: { from: number; to: number }): Expr {
    const [first] = chain.terms;
    if (chain.places.length === 0 && first !== undefined) return first;
    const middle = Math.floor((from + to + 1) / 2);
    const left = middle === from ? chain.terms[middle] : this.#balance(operator, chain, { from, to: middle - 1 });
    const right = middle === to ? chain.terms[middle + 1] : this.#balance(operator, chain, { from: middle + 1, to });
    if (left === undefined || right === undefined) throw new Error('a chain of terms has one term more than operators');
    const call: CallExpr = this.factory.call(chain.places[middle] ?? 0, operatorName(operator), left, right);
    return this.holding(call, [left, right]);
  }

  #parseRelation(): Expr {
    return this.#parseLeft(relations, () => this.#parseLeft(['+', '-'], () => this.#parseLeft(['*', '/', '%'], () => this.#parseUnary())));
  }

  #parseLeft(operators: readonly TokenKind[], operand: () => Expr): Expr {
    let expr = operand();
    for (let mark = this.cursor.takeIf(...operators); mark !== undefined; mark = this.cursor.takeIf(...operators))
      expr = this.operator(mark.at, operatorName(mark.text), expr, operand());
    return expr;
  }

  /** Two equal signs before an operand take each other away; a minus before a number is the number's. */
  #parseUnary(): Expr {
    this.cursor.expectOneOf(beginnings);
    const first = this.cursor.peek();
    if (first.kind !== '!' && (first.kind !== '-' || isNumber(this.cursor.peek(1).kind))) return this.#primary.parseMember();
    const count = this.#countSigns(first.kind);
    if (first.kind === '!') this.#checkBehindNot();
    const operand = this.#primary.parseMember();
    if (count % 2 === 0) return operand;
    return this.holding(this.factory.call(first.at, first.kind === '!' ? '!_' : '-_', operand), [operand]);
  }

  #countSigns(kind: TokenKind): number {
    let count = 0;
    for (; this.cursor.peek().kind === kind; count += 1) {
      const [sign, next] = [this.cursor.peek(), this.cursor.peek(1)];
      if (kind === '-' && (next.kind === '!' || !beginnings.includes(next.kind))) throw this.cursor.noWayOn(sign, 1);
      this.cursor.take();
    }
    return count;
  }

  #checkBehindNot(): void {
    const [sign, next] = [this.cursor.peek(), this.cursor.peek(1)];
    if (!beginnings.includes(sign.kind)) throw this.cursor.unwantedBeginning();
    if (sign.kind === '-' && !isNumber(next.kind)) throw this.cursor.noWayOn(sign, 1);
  }

  #depthOf(...parts: readonly Expr[]): number {
    return parts.reduce((depth, part) => Math.max(depth, this.#depths.get(part) ?? 0), 0);
  }

  #deep(expr: Expr, depth: number): Expr {
    if (depth > deepest) throw new SyntaxStop({ message: 'max recursion depth exceeded', at: -1 });
    if (depth > 0) this.#depths.set(expr, depth);
    return expr;
  }
}

const isNumber = (kind: TokenKind): boolean => kind === 'int' || kind === 'float';
