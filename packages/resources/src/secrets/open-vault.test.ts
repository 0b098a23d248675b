import assert from 'node:assert/strict';
import { chmodSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, test } from 'node:test';
import { openVault } from './index.ts';

const folder = mkdtempSync(join(tmpdir(), 'fairway-vault-'));
after(() => rmSync(folder, { recursive: true }));
const key = new Uint8Array(32).fill(7);

describe('the vault', () => {
  const vault = openVault({ key });

  for (const plaintext of ['', 'hunter2', 'ünïcödé ✓', 'x'.repeat(100_000)])
    test(`opens what it sealed (${plaintext.length} characters)`, () => {
      const sealed = vault.seal('acme', plaintext);

      assert.match(sealed, /^v1:[A-Za-z0-9+/]+=*$/);
      assert.equal(vault.open('acme', sealed), plaintext);
    });

  test('seals the same text differently each time', () => {
    assert.notEqual(vault.seal('acme', 'a'), vault.seal('acme', 'a'));
  });

  const sealed = vault.seal('acme', 'hunter2');
  const flipped = Buffer.from(sealed.slice(3), 'base64');
  flipped[15] = (flipped[15] ?? 0) ^ 1;
  const refusals: { because: string; run: () => string }[] = [
    { because: 'another organization asks', run: () => vault.open('other', sealed) },
    { because: 'a bit was changed', run: () => vault.open('acme', `v1:${flipped.toString('base64')}`) },
    { because: 'it was cut', run: () => vault.open('acme', sealed.slice(0, 20)) },
    { because: 'it is of another version', run: () => vault.open('acme', sealed.replace('v1', 'v2')) },
    { because: 'something was added', run: () => vault.open('acme', `${sealed}:x`) },
    { because: 'it is no sealed text at all', run: () => vault.open('acme', 'hunter2') },
    { because: 'another key sealed it', run: () => openVault({ key: new Uint8Array(32) }).open('acme', sealed) },
    { because: 'it was sealed for another purpose', run: () => openVault({ key, purpose: 'token' }).open('acme', sealed) },
  ];
  for (const { because, run } of refusals)
    test(`refuses to open when ${because}`, () => {
      assert.throws(run, (error: Error & { reason?: string }) => error.reason === 'invalid' && !error.message.includes('hunter2'));
    });

  test('digests are stable, keyed and apart by organization', () => {
    assert.equal(vault.digest('acme', 'a'), openVault({ key }).digest('acme', 'a'));
    assert.notEqual(vault.digest('acme', 'a'), vault.digest('other', 'a'));
    assert.notEqual(vault.digest('acme', 'a'), openVault({ key: new Uint8Array(32) }).digest('acme', 'a'));
  });
});

describe('the master key', () => {
  test('is made once, for the owner alone, and leaves no draft', () => {
    const keyFile = join(folder, 'new', 'master.key');
    const sealed = openVault({ keyFile }).seal('acme', 'a');

    assert.equal(statSync(keyFile).mode & 0o777, 0o600);
    assert.equal(readFileSync(keyFile).length, 32);
    assert.deepEqual(readdirSync(join(folder, 'new')), ['master.key']);
    assert.equal(openVault({ keyFile }).open('acme', sealed), 'a');
  });

  test('that others may read is refused, with what to do', () => {
    const keyFile = join(folder, 'open.key');
    openVault({ keyFile });
    chmodSync(keyFile, 0o640);

    assert.throws(() => openVault({ keyFile }), /has mode 0640.*chmod 600/);
  });

  test('of a wrong length is refused', () => {
    const keyFile = join(folder, 'short.key');
    writeFileSync(keyFile, 'short', { mode: 0o600 });

    assert.throws(() => openVault({ keyFile }), /5 bytes instead of 32/);
    assert.throws(() => openVault({ key: new Uint8Array(5) }), /has 32 bytes, not 5/);
  });

  test('behind a link is refused', () => {
    const keyFile = join(folder, 'link.key');
    symlinkSync(join(folder, 'elsewhere.key'), keyFile);

    assert.throws(() => openVault({ keyFile }), /is a symbolic link/);
  });
});
