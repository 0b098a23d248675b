import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { workFolder } from './work-folder.ts';

function folder(t: TestContext, ...made: string[]): string {
  const root = mkdtempSync(join(tmpdir(), 'fairway-work-folder-'));
  t.after(() => rmSync(root, { recursive: true, force: true }));
  for (const path of made) mkdirSync(join(root, path), { recursive: true });
  return root;
}

test('applications never lie below a node_modules that is not theirs, where that can be had', (t) => {
  for (const { because, made, env = {}, expected } of [
    { because: 'nothing lies above', made: [], expected: /^checkout\/\.fairway\/state\/local-cluster$/ },
    { because: 'a checkout', made: ['checkout/node_modules'], expected: /^user\/\.local\/state\/fairway\/[0-9a-f]{16}$/ },
    {
      because: 'the user says where',
      made: ['checkout/node_modules'],
      env: { XDG_STATE_HOME: 'xdg' },
      expected: /^xdg\/fairway\/[0-9a-f]{16}$/,
    },
    { because: 'it began there', made: ['checkout/node_modules', 'checkout/.fairway/state/local-cluster/pods'], expected: /^checkout\// },
    { because: 'it would be no better', made: ['node_modules'], expected: /^checkout\// },
  ] as { because: string; made: string[]; env?: Record<string, string>; expected: RegExp }[]) {
    const root = folder(t, ...made);
    const absolute = Object.fromEntries(Object.entries(env).map(([name, path]) => [name, join(root, path)]));

    const found = workFolder(join(root, 'checkout/.fairway/state'), absolute, join(root, 'user'));

    assert.match(found.slice(root.length + 1), expected, because);
  }
});

test('a copy of a state folder does not share its applications', (t) => {
  const root = folder(t, 'node_modules', 'a/node_modules', 'b/node_modules');
  const aside = folder(t);
  const of = (home: string): string => workFolder(join(root, home), { XDG_STATE_HOME: aside }, root);

  assert.notEqual(of('a/.fairway/state'), of('b/.fairway/state'));
  assert.equal(of('a/.fairway/state'), of('a/.fairway/state'));
});
