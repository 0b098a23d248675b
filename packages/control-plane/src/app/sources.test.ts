import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { createSources } from './sources.ts';

describe('which addresses are the built-in Git server', () => {
  const sources = createSources({ resources: {} as never, git: {} as never, url: 'https://fairway.example.com' });
  const cases = [
    { address: '/git/default/shop/hello.git', ours: true, because: 'an address without a host is ours' },
    { address: 'http://127.0.0.1:7071/git/default/shop/hello.git', ours: true, because: 'ports move between starts' },
    { address: 'https://fairway.example.com/git/default/shop/hello', ours: true, because: 'it is the advertised address' },
    { address: 'https://git.example.org/git/default/shop/hello.git', ours: false, because: 'another host may have the same paths' },
    { address: 'ssh://git@127.0.0.1/git/default/shop/hello.git', ours: false, because: 'only HTTP is served' },
    { address: 'not an address', ours: false, because: 'it names nothing' },
  ];
  for (const { address, ours, because } of cases) test(`${address}: ${because}`, () => assert.equal(sources.isBuiltIn(address), ours));

  test('clones ours by the advertised address and others as they are', () => {
    assert.deepEqual(sources.cloneFrom('http://127.0.0.1:9/git/default/shop/hello.git'), {
      url: 'https://fairway.example.com/git/default/shop/hello.git',
      repository: 'default/shop/hello',
    });
    assert.deepEqual(sources.cloneFrom('https://git.example.org/git/a/b/c.git'), { url: 'https://git.example.org/git/a/b/c.git' });
  });
});
