import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { cp, mkdir, mkdtemp, readFile, realpath, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { promisify } from 'node:util';
import { bundleOf, bundlePrograms, longLived, mainOf, nodeFlags, startsOf } from './code-cache.ts';

const run = promisify(execFile);
const node = process.execPath;

/** A folder that looks like a checkout, with this as the source of each program. */
async function checkoutWith(t: TestContext, source: string): Promise<string> {
  const checkout = await realpath(await mkdtemp(join(tmpdir(), 'fairway-code-cache-')));
  t.after(() => rm(checkout, { recursive: true, force: true }));
  for (const name of longLived) {
    await mkdir(dirname(mainOf(checkout, name)), { recursive: true });
    await writeFile(mainOf(checkout, name), source);
  }
  return checkout;
}

const started = (checkout: string) => {
  const { args, env } = startsOf(checkout)('gateway');
  return run(node, [...args], { env: { ...process.env, ...env } });
};
const madeAt = async (checkout: string): Promise<string> => String((await readFile(bundleOf(checkout, 'gateway'), 'utf8')).split('\n', 1));

test('a program is one file that runs as its sources do', async (t) => {
  const checkout = await checkoutWith(t, "import { text } from './part.ts';\nimport data from './data.json' with { type: 'json' };\n");
  const main = mainOf(checkout, 'gateway');
  await writeFile(join(dirname(main), 'part.ts'), 'export const text: string = import.meta.dirname;\n');
  await writeFile(join(dirname(main), 'data.json'), '{"said":"there"}');
  await writeFile(
    main,
    `${await readFile(main, 'utf8')}console.log(JSON.stringify([text, import.meta.url, data.said, /μ/.test('3 μs')]));\n`,
  );
  const fromSources = await started(checkout);

  await bundlePrograms({ checkout, node });
  await rm(join(dirname(main), 'part.ts'));

  const bundled = await run(node, [...nodeFlags.gateway, bundleOf(checkout, 'gateway')]);
  assert.equal(bundled.stdout, fromSources.stdout);
  assert.match(bundled.stdout, /"there",true/);
  // One byte of memory a character.
  assert.match(await readFile(bundleOf(checkout, 'gateway'), 'latin1'), /^[\0-\x7f]*$/);
});

test('a bundle is made once, and again only after a source changed', async (t) => {
  const checkout = await checkoutWith(t, "console.log('there');\n");
  await bundlePrograms({ checkout, node });
  const first = await madeAt(checkout);
  assert.ok(startsOf(checkout)('gateway').args.includes(bundleOf(checkout, 'gateway')));

  await writeFile(bundleOf(checkout, 'gateway'), `${first}\nconsole.log('kept');\n`);
  await bundlePrograms({ checkout, node });
  assert.equal((await started(checkout)).stdout, 'kept\n', 'nothing has changed');

  const later = new Date(Date.now() + 5_000);
  await utimes(mainOf(checkout, 'gateway'), later, later);
  assert.ok(startsOf(checkout)('gateway').args.includes(mainOf(checkout, 'gateway')), 'a bundle of other sources is not run');
  await bundlePrograms({ checkout, node });
  assert.equal((await started(checkout)).stdout, 'there\n');
});

test('a copied checkout makes bundles of its own: they name the place of their sources', async (t) => {
  const checkout = await checkoutWith(t, 'console.log(import.meta.filename);\n');
  const copy = `${checkout}-copy`;
  t.after(() => rm(copy, { recursive: true, force: true }));
  // A copy keeps whole milliseconds only.
  const then = new Date('2030-01-01T00:00:00Z');
  for (const name of longLived) await utimes(mainOf(checkout, name), then, then);
  await bundlePrograms({ checkout, node });

  await cp(checkout, copy, { recursive: true, preserveTimestamps: true });
  await bundlePrograms({ checkout: copy, node });

  assert.equal((await started(copy)).stdout, `${mainOf(copy, 'gateway')}\n`);
});

test('a program that cannot be bundled is run from its sources, and the others as bundles', async (t) => {
  const checkout = await checkoutWith(t, "console.log('there');\n");
  await writeFile(mainOf(checkout, 'gateway'), "import './lost.ts';\n");

  assert.match((await bundlePrograms({ checkout, node })) ?? '', /lost\.ts/);

  await assert.rejects(started(checkout), /lost\.ts/);
  assert.ok(startsOf(checkout)('control-plane').args.includes(bundleOf(checkout, 'control-plane')));
});

test('a stack trace of a bundle names file and line of the sources', async (t) => {
  const checkout = await checkoutWith(
    t,
    "import { fail } from './part.ts';\n\ntry { fail(); } catch (error) { console.log((error as Error).stack); }\n",
  );
  await writeFile(
    join(dirname(mainOf(checkout, 'gateway')), 'part.ts'),
    "// Why.\nexport function fail(): void {\n  throw new Error('no');\n}\n",
  );

  await bundlePrograms({ checkout, node });

  const [message, at, by] = (await started(checkout)).stdout.split('\n');
  assert.deepEqual(
    [message, at, by],
    ['Error: no', '    at fail (packages/gateway/src/part.ts:3)', '    at packages/gateway/src/main.ts:3'],
  );
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
