import { Regex } from '../regex/regex.ts';
import { RegexCache } from '../regex/regex-cache.ts';
import { RegexProblem } from '../regex/regex-node.ts';
import { listOf, types } from '../types/type.ts';
import { findText } from '../values/find-text.ts';
import { ValueList } from '../values/lists.ts';
import { CelError, noSuchOverload, type Result, type Value } from '../values/value.ts';
import { type FunctionDecl, type Implementation, method, overload } from './function.ts';

const { bool, int, string } = types;

/** A test of two texts; anything else has no such overload. */
const ofTexts =
  (test: (text: string, part: string) => boolean): Implementation =>
  (text, part) =>
    typeof text === 'string' && typeof part === 'string' ? test(text, part) : noSuchOverload;

const cache = new RegexCache();

/** The expression of a pattern that is only known while running, or why it is none. */
function regexOf(pattern: string, problem: string): Regex | CelError {
  try {
    return cache.get(pattern);
  } catch (error) {
    if (error instanceof RegexProblem) return new CelError(`${problem}${error.message}`);
    throw error;
  }
}

function matches(text: Value, pattern: Value): Result {
  if (typeof text !== 'string' || typeof pattern !== 'string') return noSuchOverload;
  const regex = regexOf(pattern, '');
  return regex instanceof CelError ? regex : regex.test(text);
}

const searches: Readonly<Record<string, (regex: Regex, args: readonly Value[]) => Result>> = {
  matches: (regex, [text]) => (typeof text === 'string' ? regex.test(text) : noSuchOverload),
  find: (regex, [text]) => (typeof text === 'string' ? find(regex, text) : noSuchOverload),
  findAll: (regex, [text, , most = -1]) => (typeof text === 'string' ? new ValueList(regex.findAll(text, Number(most))) : noSuchOverload),
};

function find(regex: Regex, text: string): string {
  const found = regex.find(text, 0);
  return found === undefined ? '' : text.slice(found.start, found.end);
}

/**
 * What a function that takes a pattern does with one that is known ahead, which is then read once; undefined for other functions.
 * A pattern that is none throws.
 */
export function withPattern(name: string, pattern: string): ((args: readonly Value[]) => Result) | undefined {
  const search = Object.hasOwn(searches, name) ? searches[name] : undefined;
  if (search === undefined) return undefined;
  const regex = new Regex(pattern);
  return (args) => search(regex, args);
}

const searching =
  (name: string): Implementation =>
  (...args) => {
    const regex = regexOf(args[1] as string, 'Illegal regex: ');
    return regex instanceof CelError ? regex : (searches[name]?.(regex, args) ?? noSuchOverload);
  };

export const texts: readonly FunctionDecl[] = [
  {
    name: 'contains',
    overloads: [
      method(
        'contains_string',
        [[string, string], bool],
        ofTexts((text, part) => findText(text, part) !== -1),
      ),
    ],
    isUnguarded: true,
  },
  {
    name: 'endsWith',
    overloads: [
      method(
        'ends_with_string',
        [[string, string], bool],
        ofTexts((text, part) => text.endsWith(part)),
      ),
    ],
    isUnguarded: true,
  },
  {
    name: 'startsWith',
    overloads: [
      method(
        'starts_with_string',
        [[string, string], bool],
        ofTexts((text, part) => text.startsWith(part)),
      ),
    ],
    isUnguarded: true,
  },
  {
    name: 'matches',
    overloads: [overload('matches', [[string, string], bool]), method('matches_string', [[string, string], bool])],
    accepts: (value) => typeof value === 'string',
    run: (text = null, pattern = null) => matches(text, pattern),
  },
];

export const searchFunctions: readonly FunctionDecl[] = [
  { name: 'find', overloads: [method('string_find_string', [[string, string], string], searching('find'))] },
  {
    name: 'findAll',
    overloads: [
      method('string_find_all_string', [[string, string], listOf(string)], searching('findAll')),
      method('string_find_all_string_int', [[string, string, int], listOf(string)], searching('findAll')),
    ],
  },
];
