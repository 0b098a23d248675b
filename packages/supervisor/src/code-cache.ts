import { execFile } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);
const loadDeadlineMs = 30_000;

/** The checkout that this code is part of. */
export const checkoutFolder: string = join(import.meta.dirname, '..', '..', '..');

/** Flags of all our long-lived processes. The cache holds code for these flags; with others it would be compiled anew. */
// A small young generation: these processes wait most of the time, and 16 MB semi-spaces would stay resident in each.
export const nodeFlags = ['--max-semi-space-size=1', '--disable-warning=ExperimentalWarning'];

/** Beside what npm installed: it is as old as the checkout's code, and as much trusted. */
export const codeCacheFolder = (checkout: string): string => join(checkout, 'node_modules', '.cache', 'fairway');

/** Entry points of the processes that stay. */
export const mains = (checkout: string): Record<'supervisor' | 'local-cluster' | 'gateway' | 'control-plane', string> => ({
  supervisor: join(checkout, 'packages', 'supervisor', 'src', 'main.ts'),
  'local-cluster': join(checkout, 'packages', 'local-cluster', 'src', 'main.ts'),
  gateway: join(checkout, 'packages', 'gateway', 'src', 'main.ts'),
  'control-plane': join(checkout, 'packages', 'control-plane', 'src', 'app', 'main.ts'),
});

/**
 * Lets short-lived processes take the types off our code and compile it, unless that was done since the code last changed. The process that takes
 * types off keeps the 15 MB of the parser for as long as it lives, so the four that stay must find the work done (docs/decisions/0006).
 */
export async function loadCode(options: { checkout: string; node: string }): Promise<void> {
  const { checkout, node } = options;
  const folder = codeCacheFolder(checkout);
  const stamp = join(folder, 'loaded');
  const wanted = fingerprint(checkout);
  if (textOf(stamp) === wanted) return;
  const env = { ...process.env, NODE_COMPILE_CACHE: folder };
  const loads = Object.values(mains(checkout)).map((main) =>
    run(node, [...nodeFlags, main, '--load-only'], { env, timeout: loadDeadlineMs }).then(
      () => true,
      () => false,
    ),
  );
  // Code that cannot be loaded is told by the process itself, in its log; a folder that cannot be written costs memory, and no more.
  if (!(await Promise.all(loads)).every(Boolean)) return;
  try {
    mkdirSync(folder, { recursive: true });
    writeFileSync(stamp, wanted);
  } catch {
    // Tried again at the next start.
  }
}

function fingerprint(checkout: string): string {
  const packages = join(checkout, 'packages');
  let count = 0;
  let newest = 0;
  for (const name of readdirSync(packages)) {
    const source = join(packages, name, 'src');
    for (const file of sourceFiles(source)) {
      count += 1;
      newest = Math.max(newest, statSync(join(source, file), { throwIfNoEntry: false })?.mtimeMs ?? 0);
    }
  }
  return `${process.version} ${count} ${newest}`;
}

function sourceFiles(folder: string): string[] {
  try {
    return readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.ts') && !file.endsWith('.test.ts'));
  } catch {
    return [];
  }
}

function textOf(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return undefined;
  }
}
