import assert from 'node:assert/strict';
import { Writable } from 'node:stream';
import { test } from 'node:test';
import { createTerminal, plain, type TerminalOptions, table } from './terminal.ts';

function terminalWith(of: Partial<Pick<TerminalOptions, 'env' | 'format' | 'isQuiet' | 'color'>> & { isTTY?: boolean }) {
  const written = { out: '', err: '' };
  const stream = (name: 'out' | 'err') =>
    Object.assign(
      new Writable({
        write: (chunk, _, done) => {
          written[name] += String(chunk);
          done();
        },
      }),
      { isTTY: of.isTTY === true },
    );
  const [stdout, stderr] = [stream('out'), stream('err')];
  const { env = {}, format = 'text', isQuiet = false, color = 'auto' } = of;
  return { terminal: createTerminal({ stdout, stderr, stdin: { isTTY: of.isTTY === true }, env, format, isQuiet, color }), written };
}

test('colour is for terminals, unless somebody says otherwise', () => {
  const cases = [
    { because: 'a pipe', of: {}, isColored: false },
    { because: 'a terminal', of: { isTTY: true }, isColored: true },
    { because: 'NO_COLOR', of: { isTTY: true, env: { NO_COLOR: '1' } }, isColored: false },
    { because: 'an empty NO_COLOR says nothing', of: { isTTY: true, env: { NO_COLOR: '' } }, isColored: true },
    { because: 'CLICOLOR=0', of: { isTTY: true, env: { CLICOLOR: '0' } }, isColored: false },
    { because: 'TERM=dumb', of: { isTTY: true, env: { TERM: 'dumb' } }, isColored: false },
    { because: 'FORCE_COLOR', of: { env: { FORCE_COLOR: '1' } }, isColored: true },
    { because: 'FORCE_COLOR=0', of: { isTTY: true, env: { FORCE_COLOR: '0' } }, isColored: false },
    { because: 'CLICOLOR_FORCE', of: { env: { CLICOLOR_FORCE: '1' } }, isColored: true },
    { because: 'CLICOLOR_FORCE=0 forces nothing', of: { env: { CLICOLOR_FORCE: '0' } }, isColored: false },
    { because: 'NO_COLOR wins over FORCE_COLOR', of: { env: { NO_COLOR: '1', FORCE_COLOR: '1' } }, isColored: false },
    { because: '--color always', of: { color: 'always', env: { NO_COLOR: '1' } }, isColored: true },
    { because: '--color never', of: { color: 'never', isTTY: true, env: { FORCE_COLOR: '1' } }, isColored: false },
  ] as const;
  for (const { because, of, isColored } of cases)
    assert.equal(terminalWith(of).terminal.style('bad', 'x'), isColored ? '\u001b[31mx\u001b[0m' : 'x', because);
});

test('results go to stdout in the wanted format, everything else to stderr', async () => {
  const result = { data: { a: [1] }, text: 'words', names: ['x', 'y'] };
  const expected = { text: 'words\n', json: '{\n  "a": [\n    1\n  ]\n}\n', yaml: 'a:\n  - 1\n', name: 'x\ny\n' } as const;
  for (const format of ['text', 'json', 'yaml', 'name'] as const) {
    const { terminal, written } = terminalWith({ format });
    terminal.note('on its way');
    await terminal.result(result);
    assert.deepEqual(written, { out: expected[format], err: 'on its way\n' }, format);
  }
});

test('streams are lines, JSON lines, YAML documents or names', async () => {
  const entry = { data: { pod: 'p', line: 'x' }, text: 'x', name: 'p' };
  const expected = { text: 'x\n', json: '{"pod":"p","line":"x"}\n', yaml: '---\npod: p\nline: x\n', name: 'p\n' } as const;
  for (const format of ['text', 'json', 'yaml', 'name'] as const) {
    const { terminal, written } = terminalWith({ format });
    await terminal.line(entry);
    assert.equal(written.out, expected[format], format);
  }
});

test('--quiet silences notes, never results and failures', async () => {
  const { terminal, written } = terminalWith({ isQuiet: true });

  terminal.note('on its way');
  terminal.failure({ message: 'no', hint: 'try again', details: {} });
  await terminal.result({ data: {}, text: 'done' });

  assert.deepEqual(written, { out: 'done\n', err: 'error: no\nnext: try again\n' });
});

test('a failure is one JSON object on stderr with -o json', () => {
  const { terminal, written } = terminalWith({ format: 'json' });

  terminal.failure({ message: 'no', hint: 'try again', details: { exitCode: 7, code: 'CONFLICT' } });

  assert.deepEqual(written, { out: '', err: '{"error":{"message":"no","hint":"try again","exitCode":7,"code":"CONFLICT"}}\n' });
});

test('an application’s output reaches a pipe as it is, and a terminal without what moves the cursor', async () => {
  const entry = { data: {}, text: '\u001b[32mgreen\u001b[0m\u001b[2J\u0007', name: 'p' };
  const pipe = terminalWith({});
  const tty = terminalWith({ isTTY: true });

  await pipe.terminal.line(entry);
  await tty.terminal.line(entry);

  assert.equal(pipe.written.out, `${entry.text}\n`);
  assert.equal(tty.written.out, '\u001b[32mgreen\u001b[0m?[2J?\n');
});

test('names and messages of others cannot move the cursor, colour or break lines', () => {
  assert.equal(plain('a\u001b[31mb\u0007\nc\td\u009b'), 'a?[31mb? c d?');
  assert.equal(table(['A', 'B'], [['x\u001b[2J', 'y\nz']]), 'A      B\nx?[2J  y z');
});

test('columns are as wide as their widest cell, colours count nothing, and absent is a dash', () => {
  const shown = table(
    ['', 'NAME', 'WHY'],
    [
      ['\u001b[32mok\u001b[0m', 'größe', undefined],
      ['problem', 'x', 2],
    ],
  );

  assert.deepEqual(shown.split('\n'), ['         NAME   WHY', '\u001b[32mok\u001b[0m       größe  -', 'problem  x      2']);
});
