import assert from 'node:assert/strict';
import { appendFileSync, existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, test } from 'node:test';
import { createLogTailer, type LogTailerOptions } from './log-tailer.ts';
import { readLogs } from './read-logs.ts';

let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'fairway-log-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

const now = () => Date.UTC(2030, 0, 2, 3, 4, 5, 6);
const open = (more: Partial<LogTailerOptions> = {}) => createLogTailer({ folder, now, ...more });
const print = (text: string, stream = 'stdout') => appendFileSync(join(folder, stream), text);
const framed = () => readFileSync(join(folder, 'log'), 'utf8');
const all = async (query = {}) => {
  let text = '';
  for await (const piece of readLogs({ folder, now, isComplete: () => true, changed: async () => {} }, query))
    text += Buffer.from(piece).toString();
  return text;
};

test('frames whole lines with time and stream, and waits for the end of an unfinished one', () => {
  const tailer = open();
  print('one\ntw');
  print('bad\n', 'stderr');

  tailer.pump();
  const early = framed();
  print('o\nend');
  tailer.finish();
  tailer.close();

  assert.equal(early, '2030-01-02T03:04:05.006000000Z stdout F one\n2030-01-02T03:04:05.006000000Z stderr F bad\n');
  assert.deepEqual(framed().split('\n').slice(2, 4), [
    '2030-01-02T03:04:05.006000000Z stdout F two',
    '2030-01-02T03:04:05.006000000Z stdout F end',
  ]);
});

test('cuts a line of more than 16 KiB into parts and gives it back whole', async () => {
  const tailer = open();
  const long = 'x'.repeat(40_000);
  print(`${long}\n`);

  tailer.finish();
  tailer.close();

  assert.deepEqual(
    framed()
      .trimEnd()
      .split('\n')
      .map((line) => line[38]),
    ['P', 'P', 'F'],
  );
  assert.equal(await all(), `${long}\n`);
});

test('goes on exactly where it was after a crash between framing and noting', async () => {
  const tailer = open();
  print('one\n');
  tailer.pump();
  const noted = readFileSync(join(folder, 'log-position.json'));
  print('two\n');
  tailer.pump();
  writeFileSync(join(folder, 'log-position.json'), noted);

  const again = open();
  again.finish();
  again.close();
  tailer.close();

  assert.equal(await all(), 'one\ntwo\n');
});

test('keeps three older files, empties the raw file, and reads across them', async () => {
  const tailer = open({ maxBytes: 1_000 });
  for (let number = 0; number < 100; number++) {
    print(`line ${String(number).padStart(3, '0')}\n`);
    tailer.pump();
  }
  tailer.close();

  assert.ok(existsSync(join(folder, 'log.3')) && !existsSync(join(folder, 'log.4')));
  assert.ok(statSync(join(folder, 'stdout')).size < 1_000);
  assert.equal(
    await all({ tailLines: 30 }),
    Array.from({ length: 30 }, (_, index) => `line ${String(70 + index).padStart(3, '0')}\n`).join(''),
  );
});

test('drops the middle of an output that is too fast, and says so', async () => {
  const tailer = open({ maxBacklogBytes: 300_000 });
  print('y'.repeat(99).concat('\n').repeat(10_000));

  tailer.finish();
  tailer.close();

  assert.match(await all({ limitBytes: 100 }), /^\[fairway\] \d+ bytes of stdout were dropped/);
});

test('frames again what is there when a power cut emptied the note of its position', async () => {
  const first = open();
  print('one\n');
  first.pump();
  first.close();
  writeFileSync(join(folder, 'log-position.json'), '');

  const second = open();
  print('two\n');
  second.finish();
  second.close();

  assert.equal(await all(), 'one\ntwo\n');
});
