/**
 * Makes one file of each program, run as its own short-lived process (`node bundle-programs.ts CHECKOUT VERSION`): the bundler stays out of the
 * processes that stay. Packages from npm are left out of the file and found as ever. A program that cannot be bundled is told on stderr; it is run
 * from its sources then.
 */

import { readFile } from 'node:fs/promises';
import { SourceMap, type SourceMapPayload } from 'node:module';
import { dirname, join, relative } from 'node:path';
import { pathToFileURL } from 'node:url';
import { build, type Plugin } from 'esbuild';
import { bundleOf, firstLine, type LongLived, linesOf, longLived, mainOf } from './code-cache.ts';
import { writeFileAtomic } from './write-file-atomic.ts';

const [checkout, version] = process.argv.slice(2);
if (checkout === undefined || version === undefined) throw new Error('usage: bundle-programs.ts CHECKOUT VERSION');

/** What the sources say of their own place stays true in the bundle. */
const placeOf = (path: string): Record<string, string> => ({
  dirname: dirname(path),
  filename: path,
  url: pathToFileURL(path).href,
});

const ours: Plugin = {
  name: 'ours',
  setup({ onLoad, onResolve }) {
    onResolve({ filter: /^[^.#/]/ }, ({ path, kind }) =>
      kind === 'entry-point' || path.startsWith('@fairway/') ? undefined : { external: true },
    );
    onLoad({ filter: /\.ts$/ }, async ({ path }) => {
      const place = placeOf(path);
      const text = await readFile(path, 'utf8');
      return {
        loader: 'ts',
        contents: text.replace(/\bimport\.meta\.(dirname|filename|url)\b/g, (_, name: string) => JSON.stringify(place[name])),
      };
    });
    // Parsed when the program starts: as code it would stay in memory twice, as text and as what it says.
    onLoad({ filter: /\.json$/ }, ({ path }) => ({
      loader: 'js',
      contents: `import { readFileSync } from 'node:fs';\nexport default JSON.parse(readFileSync(${JSON.stringify(path)}, 'utf8'));`,
    }));
  },
};

/** The place in the sources of each line of a bundle, as Fairway's stack traces say it: `packages/gateway/src/main.ts:12`. */
function sourceLines(text: string, payload: SourceMapPayload, folder: string): string {
  const map = new SourceMap(payload);
  const places = text.split('\n').map((line, index) => {
    const entry = map.findEntry(index, line.search(/\S|$/));
    return 'originalSource' in entry ? `${relative(checkout ?? '', join(folder, entry.originalSource))}:${entry.originalLine + 1}` : '';
  });
  return `${places.join('\n')}\n`;
}

async function bundle(name: LongLived): Promise<void> {
  const outfile = bundleOf(checkout ?? '', name);
  const { outputFiles } = await build({
    absWorkingDir: checkout ?? '',
    entryPoints: [mainOf(checkout ?? '', name)],
    outfile,
    write: false,
    bundle: true,
    platform: 'node',
    target: 'node24',
    format: 'esm',
    legalComments: 'none',
    sourcemap: 'external',
    sourcesContent: false,
    banner: { js: firstLine(version ?? '') },
    plugins: [ours],
    logLevel: 'error',
  });
  const [code = '', map = ''] = [/\.mjs$/, /\.map$/].map((ending) => outputFiles.find(({ path }) => ending.test(path))?.text);
  // A single character beyond Latin-1, as regular expressions have, would have Node keep all of the text in two bytes a character.
  const text = code.replace(/[^\0-\x7f]/g, (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`);
  await writeFileAtomic(linesOf(outfile), sourceLines(text, JSON.parse(map) as SourceMapPayload, dirname(outfile)));
  await writeFileAtomic(outfile, text);
}

const results = await Promise.allSettled(longLived.map(bundle));
process.exitCode = results.every(({ status }) => status === 'fulfilled') ? 0 : 1;
