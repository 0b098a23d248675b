/** Bundles the builder into the one file that build Jobs run on their own Node (20 or newer). */
import { build } from 'esbuild';

await build({
  entryPoints: ['packages/builder/src/main.ts'],
  outfile: 'packages/builder/dist/builder.mjs',
  bundle: true,
  platform: 'node',
  target: 'node20',
  format: 'esm',
  // The same source gives the same bundle, and with it the same image digest, wherever the checkout lies.
  absWorkingDir: new URL('..', import.meta.url).pathname,
  banner: { js: "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);" },
  logLevel: 'warning',
});
