import { execFile } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);
const loadDeadlineMs = 30_000;

/** The checkout that this code is part of. */
export const checkoutFolder: string = join(import.meta.dirname, '..', '..', '..');

export type LongLived = 'supervisor' | 'local-cluster' | 'gateway' | 'control-plane';

const common = ['--disable-warning=ExperimentalWarning', '--require', join(import.meta.dirname, 'without-undici.cjs')];
// A small young generation, which would stay resident: these processes wait most of the time.
const small = ['--max-semi-space-size=1', ...common];

/**
 * Flags of each of our long-lived processes, as measured in docs/decisions/0006. `--optimize-for-size` lets the heap grow less beyond what lives,
 * for a sixth more CPU where much is allocated: not in gateway and control plane, whose requests a larger young generation makes a fifth cheaper.
 */
export const nodeFlags: Readonly<Record<LongLived, readonly string[]>> = {
  supervisor: ['--optimize-for-size', ...small],
  'local-cluster': ['--optimize-for-size', ...small],
  // 8: a write costs a third less than with 4, and a request through the gateway a tenth less, for 3 MB more after a thousand of them. One
  // thread clears the young generation: helpers cost a tenth, and gain nothing where so little of it lives.
  gateway: ['--max-semi-space-size=8', '--no-parallel-scavenge', ...common],
  'control-plane': ['--max-semi-space-size=8', '--no-parallel-scavenge', ...common],
};

/** Variables of all of them: the C library's arenas, one a thread, would each keep what they once had. Others than glibc do not read these. */
export const nodeVariables = (checkout: string): Record<string, string> => ({
  NODE_COMPILE_CACHE: codeCacheFolder(checkout),
  MALLOC_ARENA_MAX: '1',
  MALLOC_TRIM_THRESHOLD_: '131072',
});

/** Beside what npm installed: it is as old as the checkout's code, and as much trusted. */
const codeCacheFolder = (checkout: string): string => join(checkout, 'node_modules', '.cache', 'fairway');

/** Entry points of the processes that stay. */
export const mains = (checkout: string): Record<LongLived, string> => ({
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
  const loads = (Object.entries(mains(checkout)) as [LongLived, string][]).map(([name, main]) =>
    run(node, [...nodeFlags[name], main, '--load-only'], { env, timeout: loadDeadlineMs }).then(
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

/** Differs when the sources of the programs, or the Node that runs them, do. */
export function fingerprint(checkout: string): string {
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
  return `${process.version} ${checkout} ${count} ${newest}`;
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
