/** Writes docs/kubernetes-conformance.md; with --check it only says whether the page is as it would be written. */
import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { conformancePage } from './conformance-page.ts';

const path = fileURLToPath(new URL('../../docs/kubernetes-conformance.md', import.meta.url));
const page = conformancePage();
if (!process.argv.includes('--check')) writeFileSync(path, page);
else if (readFileSync(path, 'utf8') !== page) {
  process.stderr.write('error: docs/kubernetes-conformance.md is behind tests/kubernetes/differences.ts\nnext: npm run generate\n');
  process.exitCode = 1;
}
