import assert from 'node:assert/strict';
import { test } from 'node:test';
import { preferredPorts } from './choose-ports.ts';
import { checkoutFolder } from './code-cache.ts';
import { programs } from './programs.ts';
import { stateFiles } from './state-folder.ts';

const started = (env: Record<string, string>) =>
  programs({ files: stateFiles('/state'), ports: preferredPorts, checkout: checkoutFolder, node: '/node', env, installation: 'ours' });

test('the local cluster finds the registry under the host that image references begin with', () => {
  const usual = 'registry.fairway.localhost=http://127.0.0.1:7070';
  for (const { because, env, expected } of [
    { because: 'the usual host', env: {}, expected: [usual] },
    { because: 'an empty setting is none', env: { FAIRWAY_REGISTRY_HOST: '' }, expected: [usual] },
    {
      because: 'images that were built before keep the host that they had',
      env: { FAIRWAY_REGISTRY_HOST: 'registry.example.org' },
      expected: [usual, 'registry.example.org=http://127.0.0.1:7070'],
    },
  ] as { because: string; env: Record<string, string>; expected: string[] }[]) {
    const args = started(env)[0]?.args ?? [];
    assert.deepEqual(
      args.flatMap((word, at) => (word === '--mirror' ? [args[at + 1]] : [])),
      expected,
      because,
    );
  }
});

test('settings of the platform are for the control plane alone, and npm’s idea of our checkout is for nobody', () => {
  const all = started({
    FAIRWAY_LOG_LEVEL: 'debug',
    npm_package_name: 'fairway',
    npm_config_registry: 'https://npm.example.org',
    LANG: 'C',
  });

  for (const { name, env } of all) {
    assert.equal(env.FAIRWAY_LOG_LEVEL, name === 'control-plane' ? 'debug' : undefined, name);
    assert.deepEqual([env.npm_package_name, env.npm_config_registry, env.LANG], [undefined, 'https://npm.example.org', 'C'], name);
  }
});
