import assert from 'node:assert/strict';
import { mkdtemp, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, test } from 'node:test';
import { createTokenAuthenticator } from './authenticate-token.ts';
import { readSettings } from './read-settings.ts';

describe('a token', () => {
  let folder = '';
  let path = '';
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'fairway-tokens-'));
    path = join(folder, 'tokens.json');
    await writeFile(path, JSON.stringify([{ token: 'first', user: 'ada', groups: [] }]));
  });
  afterEach(() => rm(folder, { recursive: true }));

  for (const { header, principal, because } of [
    { header: 'Bearer first', principal: 'user:ada', because: 'it is in the file' },
    { header: 'bearer  first', principal: 'user:ada', because: 'the scheme is read without its case' },
    { header: 'Bearer firs', principal: undefined, because: 'a part of a token is not the token' },
    { header: 'Basic first', principal: undefined, because: 'it is no bearer token' },
    { header: `Bearer ${'x'.repeat(5_000)}`, principal: undefined, because: 'it is too long to be one' },
    { header: undefined, principal: undefined, because: 'there is none' },
  ]) {
    test(`makes ${principal ?? 'nobody'} when ${because}`, async () => {
      const authenticate = await createTokenAuthenticator(path);
      assert.equal((await authenticate(header))?.principal, principal);
    });
  }

  test('that was added later is known without a restart', async () => {
    const authenticate = await createTokenAuthenticator(path);
    assert.equal(await authenticate('Bearer second'), undefined);

    await writeFile(path, JSON.stringify([{ token: 'second', user: 'eve' }]));
    await utimes(path, new Date(0), new Date(1_000));
    assert.equal((await authenticate('Bearer second'))?.principal, 'user:eve');
    assert.equal(await authenticate('Bearer first'), undefined, 'and one that was removed is not');
  });

  test('file that is malformed stops the start', async () => {
    await writeFile(path, JSON.stringify([{ token: 7 }]));
    await assert.rejects(createTokenAuthenticator(path), /entry 0 of the token file/);
  });
});

describe('the command line', () => {
  test('names folders, port, mirrors and node', () => {
    const settings = readSettings([
      '--home',
      '/x',
      '--port',
      '7444',
      '--mirror',
      'r.test=http://127.0.0.1:1',
      '--mirror',
      's.test=https://s',
    ]);
    assert.deepEqual(settings, {
      home: '/x',
      workFolder: '/x/local-cluster',
      port: 7444,
      mirrors: { 'r.test': 'http://127.0.0.1:1', 's.test': 'https://s' },
      nodeName: 'local',
    });
  });

  for (const { args, expected } of [
    { args: ['--port', '1'], expected: /--home is missing/ },
    { args: ['--home', '/x', '--port', 'seven'], expected: /--port must be a number/ },
    { args: ['--home', '/x', '--port', '1', '--mirror', 'r.test=ftp://x'], expected: /expected HOST=URL/ },
    { args: ['--home', '/x', '--port', '1', '--node-name', 'No Name'], expected: /--node-name/ },
    { args: ['--home', '/x', '--port', '1', '--wrong'], expected: /usage:/ },
  ]) {
    test(`refuses ${args.join(' ')}`, () => {
      assert.throws(() => readSettings(args), expected);
    });
  }
});
