import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, test } from 'node:test';
import { type VectorGroup, type VectorResult, vectorRunner } from './testing/run-vector.ts';

// What Kubernetes 1.36 makes of these expressions. tools/kubernetes/cel-vectors reads and writes this very file.
const groups: VectorGroup[] = JSON.parse(readFileSync(new URL('testing/testdata/vectors.json', import.meta.url), 'utf8'));

describe('type, value, error, cost and estimate are those of Kubernetes', () => {
  for (const group of groups) {
    test(`of ${group.cases.length} expressions: ${group.name}`, () => {
      const run = vectorRunner(group);
      for (const { expression, ...expected } of group.cases)
        assert.deepEqual(comparable(run(expression)), comparable(expected), `of the expression ${expression}`);
    });
  }
});

/**
 * After an error of syntax cel-go reads on and tells of more; we stop at the first one. What cannot even start, and so has no cost, has a
 * type there, and here is refused.
 */
function comparable({ issues, ...result }: VectorResult): VectorResult {
  if (issues !== undefined) return { issues: issues.includes('Syntax error') ? (issues.split('\nERROR:')[0] ?? '') : issues };
  return result.cost === undefined ? { error: result.error ?? '' } : result;
}
