import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { cp, mkdir, mkdtemp, readFile, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { promisify } from 'node:util';
import { loadCode, mains, nodeFlags } from './code-cache.ts';

const run = promisify(execFile);

/** A folder that looks like a checkout; each program tells in `loads` that it was loaded. */
async function checkoutWith(t: TestContext, program: string): Promise<{ checkout: string; loads: () => Promise<number> }> {
  const checkout = await mkdtemp(join(tmpdir(), 'fairway-code-cache-'));
  t.after(() => rm(checkout, { recursive: true, force: true }));
  const loads = join(checkout, 'loads');
  await writeFile(loads, '');
  await mkdir(join(checkout, 'node_modules'));
  for (const main of Object.values(mains(checkout))) {
    await mkdir(join(main, '..'), { recursive: true });
    await writeFile(main, `import { appendFileSync } from 'node:fs';\nconst file: string = ${JSON.stringify(loads)};\n${program}\n`);
  }
  return { checkout, loads: async () => (await readFile(loads, 'utf8')).length };
}

test('every program is loaded once, and again only after its source changed', async (t) => {
  const { checkout, loads } = await checkoutWith(t, "appendFileSync(file, '.');");
  const node = process.execPath;

  await loadCode({ checkout, node });
  assert.equal(await loads(), 4);
  await loadCode({ checkout, node });
  assert.equal(await loads(), 4, 'nothing has changed');

  const later = new Date(Date.now() + 5_000);
  await utimes(mains(checkout).gateway, later, later);
  await loadCode({ checkout, node });
  assert.equal(await loads(), 8);
});

test('a copied checkout is loaded again: Node finds compiled code by where its source lies', async (t) => {
  const { checkout, loads } = await checkoutWith(t, "appendFileSync(file, '.');");
  const copy = `${checkout}-copy`;
  t.after(() => rm(copy, { recursive: true, force: true }));
  // A copy keeps whole milliseconds only.
  const then = new Date('2030-01-01T00:00:00Z');
  for (const main of Object.values(mains(checkout))) await utimes(main, then, then);
  await loadCode({ checkout, node: process.execPath });

  await cp(checkout, copy, { recursive: true, preserveTimestamps: true });
  await loadCode({ checkout: copy, node: process.execPath });

  assert.equal(await loads(), 8);
});

test('a program that cannot be loaded stops nothing and is tried again', async (t) => {
  const { checkout, loads } = await checkoutWith(t, "appendFileSync(file, '.');\nprocess.exit(1);");

  await loadCode({ checkout, node: process.execPath });
  await loadCode({ checkout, node: process.execPath });

  assert.equal(await loads(), 8);
});

test('undici is not loaded by an import of node:http, and fetch still works where it is called', async () => {
  const script = [
    "import * as http from 'node:http';",
    "const isLoaded = () => process.moduleLoadList.some((name) => name.includes('deps/undici'));",
    'const before = isLoaded();',
    "const answer = await fetch('data:text/plain,there');",
    'console.log(JSON.stringify([typeof http.createServer, before, await answer.text(), isLoaded()]));',
  ].join('\n');
  const folder = await mkdtemp(join(tmpdir(), 'fairway-undici-'));
  try {
    const file = join(folder, 'script.mjs');
    await writeFile(file, script);

    const { stdout } = await run(process.execPath, [...nodeFlags.gateway, file]);

    assert.deepEqual(JSON.parse(stdout), ['function', false, 'there', true]);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
});
