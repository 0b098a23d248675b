import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { lastErrorOf } from './last-error-of.ts';

test('the last error of a log is found, whoever wrote it', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'fairway-log-'));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  const file = join(folder, 'x.log');
  const line = (entry: object): string => `${JSON.stringify(entry)}\n`;
  const cases = [
    {
      because: 'later lines are no errors',
      log: line({ level: 'error', msg: 'no port' }) + line({ level: 'info', msg: 'bye' }),
      error: 'no port',
    },
    {
      because: 'the cause belongs to it',
      log: line({ level: 'error', msg: 'no start', error: { message: 'disk full' } }),
      error: 'no start: disk full',
    },
    { because: 'the runtime itself fell', log: 'file:///x.ts:3\n\nSyntaxError: bad\n    at x\n\nNode.js v24\n', error: 'SyntaxError: bad' },
    { because: 'only the end is read', log: `${'x'.repeat(100_000)}\n${line({ level: 'error', msg: 'late' })}`, error: 'late' },
    { because: 'nothing went wrong', log: line({ level: 'info', msg: 'ready' }), error: undefined },
    { because: 'it is empty', log: '', error: undefined },
  ];
  for (const { because, log, error } of cases) {
    writeFileSync(file, log);
    assert.equal(await lastErrorOf(file), error, because);
  }
  assert.equal(await lastErrorOf(join(folder, 'absent.log')), undefined);
});
