import { CelError } from '../values/value.ts';
import { readAtoi } from './read-atoi.ts';

/** `%s` and the like. */
export interface FormatClause {
  verb: 's' | 'd' | 'f' | 'e' | 'b' | 'x' | 'X' | 'o';
  precision?: number;
}

/** What is wrong with a format or one of its arguments; `at` is where, when that is known better than the call. */
export class FormatProblem extends Error {
  readonly at: number | undefined;

  constructor(message: string, at?: number) {
    super(message);
    this.at = at;
  }
}

const verbs: ReadonlySet<string> = new Set(['s', 'd', 'f', 'e', 'b', 'x', 'X', 'o']);

/** The text with each clause replaced by what `write` makes of the argument with its number. Throws a FormatProblem. */
export function interpolate(format: string, argCount: number, write: (index: number, clause: FormatClause) => string): string {
  let text = '';
  let index = 0;
  for (let at = 0; at < format.length; ) {
    const percent = format.indexOf('%', at);
    if (percent === -1) return text + format.slice(at);
    text += format.slice(at, percent);
    if (format[percent + 1] === '%') {
      text += '%';
      at = percent + 2;
    } else {
      // A percent sign at the end of a format without arguments is told as such.
      if (index >= argCount && (percent < format.length - 1 || argCount > 0)) throw new FormatProblem(`index ${index} out of range`);
      const { clause, length } = readClause(format.slice(percent + 1));
      text += write(index, clause);
      index += 1;
      at = percent + 1 + length;
    }
  }
  return text;
}

function readClause(rest: string): { clause: FormatClause; length: number } {
  if (rest === '') throw new FormatProblem('unexpected end of string');
  const [dots = '', digits] = /^\.(\d*)/.exec(rest) ?? [];
  const verb = rest[dots.length];
  if (verb === undefined) throw wrongClause('error while parsing precision: could not find end of precision specifier');
  const precision = digits === undefined ? undefined : readAtoi(digits);
  if (precision instanceof CelError)
    throw wrongClause(`error while parsing precision: error while converting precision to integer: ${precision.message}`);
  if (!verbs.has(verb)) throw wrongClause(`unrecognized formatting clause "${verb}"`);
  const clause = { verb: verb as FormatClause['verb'], ...(precision === undefined ? {} : { precision }) };
  return { clause, length: dots.length + 1 };
}

const wrongClause = (problem: string): FormatProblem => new FormatProblem(`could not parse formatting clause: ${problem}`);

const refusals: Readonly<Record<FormatClause['verb'], string>> = {
  s: 'string clause can only be used on strings, bools, bytes, ints, doubles, maps, lists, types, durations, and timestamps',
  d: 'decimal clause can only be used on integers',
  f: 'fixed-point clause can only be used on doubles',
  e: 'scientific clause can only be used on doubles',
  b: 'only integers and bools can be formatted as binary',
  x: 'only integers, byte buffers, and strings can be formatted as hex',
  X: 'only integers, byte buffers, and strings can be formatted as hex',
  o: 'octal clause can only be used on integers',
};

/** A type that a clause cannot write. */
export const wrongType = (verb: FormatClause['verb'], typeName: string, at?: number): FormatProblem =>
  new FormatProblem(`error during formatting: ${refusals[verb]}, was given ${typeName}`, at);
