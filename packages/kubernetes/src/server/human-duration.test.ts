import assert from 'node:assert/strict';
import { test } from 'node:test';
import { humanDuration } from './human-duration.ts';
import { compileJsonPath } from './json-path.ts';

test('a duration is as long as a glance', () => {
  const cases: readonly (readonly [seconds: number, text: string])[] = [
    [-5, '0s'],
    [119, '119s'],
    [125, '2m5s'],
    [660, '11m'],
    [4 * 3600 + 60, '4h1m'],
    [30 * 3600, '30h'],
    [5 * 86_400 + 3600, '5d1h'],
    [40 * 86_400, '40d'],
    [3 * 365 * 86_400, '3y'],
  ];
  for (const [seconds, text] of cases) assert.equal(humanDuration(seconds * 1_000), text);
});

test('the JSON paths of printer columns select what they name', () => {
  const object = {
    metadata: { annotations: { 'a.b/c': 'x' } },
    spec: { ports: [{ port: 80 }, { port: 81 }] },
    status: {
      conditions: [
        { type: 'A', status: 'False' },
        { type: 'Ready', status: 'True' },
      ],
    },
  };
  const cases: readonly (readonly [path: string, found: unknown[]])[] = [
    ['.spec.ports[*].port', [80, 81]],
    ['.spec.ports[1].port', [81]],
    ['.spec.ports[-1:].port', [81]],
    ['.status.conditions[?(@.type=="Ready")].status', ['True']],
    ['.metadata.annotations.a\\.b/c', ['x']],
    ["{.metadata.annotations['a.b/c']}", ['x']],
    ['.spec.absent.deeper', []],
    ['.metadata.constructor', []],
  ];
  for (const [path, found] of cases) assert.deepEqual(compileJsonPath(path)(object), found, path);
  assert.throws(() => compileJsonPath('.a[?(bad)]'));
});
