import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { listedFiles } from './listed-files.ts';

interface Rule {
  pattern: RegExp;
  says: string;
  /** In which files the rule holds. */
  in: (path: string) => boolean;
}

const everywhere = (): boolean => true;
const inProduction = (path: string): boolean =>
  /^(packages|sdks|tools|bench)\/.*\.(ts|tsx|js|sh)$/.test(path) && !path.endsWith('.test.ts');
const isCode = (path: string): boolean => /\.(ts|tsx|js|mjs)$/.test(path);

// Patterns are written so that they do not find themselves.
const rules: readonly Rule[] = [
  {
    pattern: /(?<![\w.}$/-])\/(?:home|Users)\/[a-z][\w.-]*\/|(?<![\w.}$/-])\/(?:root|work)\/[\w.-]+/,
    says: 'is a path of one machine',
    in: everywhere,
  },
  {
    pattern:
      /\b(?:registry\.(?:npmjs|yarnpkg)\.\w+|(?:files\.)?pypi?(?:\.python|thonhosted)?\.org|(?:proxy|sum)\.golang\.org|deb\.debian\.org|(?:index|static)\.crates\.io)\b/,
    says: 'is the host of a package registry, which is a setting of the machine',
    in: everywhere,
  },
  { pattern: /\b(?:TO[D]O|FIX[M]E|XX[X]\b|HA[C]K\b)/, says: 'is unfinished work; do it, or file an issue', in: inProduction },
  { pattern: /\bnot (?:yet )?imple[m]ented\b/i, says: 'is a stub', in: inProduction },
  { pattern: /\b(?:test|it|describe)\.on[l]y\(/, says: 'leaves all other tests out', in: (path) => path.endsWith('.test.ts') },
  { pattern: /\bdebug[g]er;/, says: 'stops the program', in: isCode },
  { pattern: /^(?:<{7}|>{7}) /, says: 'is left from a merge', in: everywhere },
];

/** Finds words that must not be committed. */
export function checkWords(root: string): string[] {
  return listedFiles(root).flatMap((path) => {
    const text = readFileSync(join(root, path), 'utf8');
    // Binary files have no words.
    if (text.includes('\0')) return [];
    const holding = rules.filter((rule) => rule.in(path));
    return text.split('\n').flatMap((line, index) =>
      holding.flatMap(({ pattern, says }) => {
        const [word] = pattern.exec(line) ?? [];
        return word === undefined ? [] : [`${path}:${index + 1}: '${word.trim()}' ${says}`];
      }),
    );
  });
}
