import assert from 'node:assert/strict';
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { commits, deliverThroughACrash } from './testing/deliver-through-a-crash.ts';

const once = {
  builds: [...commits],
  runs: ['Succeeded', 'Succeeded'],
  jobs: [...commits],
  logs: 2,
  tokensOfRuns: 0,
  componentReleases: ['hello-v1', 'hello-v2'],
  deploymentRecords: 4,
  releases: 2,
  bindings: 2,
  objects: ['Deployment', 'Deployment', 'HTTPRoute', 'HTTPRoute', 'Namespace', 'Namespace', 'Secret', 'Secret', 'Service', 'Service'],
};

const shares = 3;

/** What these rooms commit, but not between a push and what runs in the next environment. */
const elsewhere = [
  { action: 'binding.delete', because: 'an environment goes' },
  { action: 'binding.set-state', because: 'a person suspends or undeploys' },
  { action: 'build.decide-head', because: 'a push that leaves the folder alone builds nothing' },
  { action: 'build.prune', because: 'more builds than are kept' },
  { action: 'component-release.prune', because: 'more releases than are kept' },
  { action: 'component.adopt', because: 'objects that were applied before their component' },
  { action: 'component.delete', because: 'a project goes' },
  { action: 'component.rollback', because: 'a person goes back' },
  { action: 'deployment-record.prune', because: 'more deployments than are kept' },
  { action: 'pipeline-run.cancel', because: 'a person ends a build' },
  { action: 'release.delete', because: 'a person undeploys' },
  { action: 'secret-version.prune', because: 'more versions than are kept' },
];

/** Actions of all commits in the rooms that build, render, apply and promote, read from their code. */
function actionsInCode(): string[] {
  const folder = join(import.meta.dirname, '..');
  const files = globSync(['domains/{repositories,builds,pipelines,catalog,delivery}/**/*.ts', 'app/{runs,run-tokens}.ts'], { cwd: folder });
  const found = files
    .filter((file) => !file.endsWith('.test.ts'))
    .flatMap((file) => [...readFileSync(join(folder, file), 'utf8').matchAll(/(?:cause\(|action: |[aA]ctions? = )[^;]*?(?:;|,\s*\[|$)/gm)])
    .flatMap(([text]) => [...text.matchAll(/'([a-z]+(?:-[a-z]+)*\.[a-z]+(?:-[a-z]+)*)'/g)].map(([, action = '']) => action));
  return [...new Set(found)].toSorted();
}

describe('a control plane that dies at any of its acts between a push and what runs in the next environment', () => {
  const undisturbed = new Set<string>();
  const killed = { before: new Set<string>(), after: new Set<string>() };

  test('delivers each commit once when nothing happens to it, and passes every commit of these rooms', async () => {
    const { acts, found } = await deliverThroughACrash();

    assert.deepEqual(found, once);
    for (const act of acts) undisturbed.add(act);
    const passed = new Set(acts.map((act) => act.replace(/^commit /, '')));
    assert.deepEqual(
      actionsInCode().filter((action) => !passed.has(action)),
      elsewhere.map(({ action }) => action),
      'an action is either passed here, or has its reason in the table',
    );
  });

  // In shares, so that each test ends soon enough on a slow machine.
  for (const moment of ['before', 'after'] as const)
    for (let share = 1; share <= shares; share += 1)
      test(`delivers each commit once, killed ${moment} act ${share}, ${share + shares} and so on`, async () => {
        for (let act = share; ; act += shares) {
          const { acts, died, found } = await deliverThroughACrash({ act, moment });
          // The act before was one of the last.
          if (!died) return;
          killed[moment].add(acts[act - 1] ?? '');
          assert.deepEqual(found, once, `killed ${moment} act ${act}, ${acts[act - 1]}`);
        }
      });

  test('was killed before and after each of its acts', () => {
    for (const names of Object.values(killed))
      assert.deepEqual(
        [...undisturbed].filter((act) => !names.has(act)),
        [],
      );
  });
});
