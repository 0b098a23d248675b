import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseIgnoreRules } from './ignore-rules.ts';

const cases = [
  { because: "a name matches at any depth in git's dialect", dialect: 'git', rules: '*.log', path: 'a/b/x.log', ignored: true },
  { because: "a name matches at the root alone in docker's dialect", dialect: 'docker', rules: '*.log', path: 'a/x.log', ignored: false },
  { because: 'a folder takes all that is in it', dialect: 'docker', rules: 'test/', path: 'test/deep/x.js', ignored: true },
  { because: 'a leading slash means the root', dialect: 'git', rules: '/build', path: 'src/build', ignored: false },
  { because: 'two stars cross folders', dialect: 'docker', rules: '**/*.map', path: 'a/b/x.map', ignored: true },
  { because: 'the last rule decides', dialect: 'docker', rules: '*\n!keep.js', path: 'keep.js', ignored: false },
  { because: 'comments and blank lines say nothing', dialect: 'git', rules: '# x\n\n', path: 'x', ignored: false },
  { because: 'signs of patterns are plain characters', dialect: 'git', rules: 'a+b(1).txt', path: 'a+b(1).txt', ignored: true },
] as const;
for (const { because, dialect, rules, path, ignored } of cases) {
  test(`ignore rules: ${because}`, () => {
    assert.equal(parseIgnoreRules(rules, dialect)(path), ignored);
  });
}
