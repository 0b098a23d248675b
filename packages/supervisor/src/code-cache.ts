import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { closeSync, openSync, readdirSync, readSync, statSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);
const bundleDeadlineMs = 30_000;
const maxWhyChars = 2_000;
// More than the first line of a bundle.
const headBytes = 256;

/** The checkout that this code is part of. */
export const checkoutFolder: string = join(import.meta.dirname, '..', '..', '..');

export const longLived = ['supervisor', 'local-cluster', 'gateway', 'control-plane'] as const;
export type LongLived = (typeof longLived)[number];

const common = ['--disable-warning=ExperimentalWarning', '--require', join(import.meta.dirname, 'without-undici.cjs')];
// Maglev compiles many functions at once and drops its work late: 10 to 20 MB of holes in the C library's heap. Without it a request through the gateway
// costs a tenth less CPU; but a read from the control plane costs a third more. There it drops its work at once, which leaves few holes.
const noMaglev = '--no-maglev';
const tidyMaglev = '--no-maglev-destroy-on-background';
// They give memory back when they have come to rest (resources/memory).
const restful = ['--expose-gc', ...common];

/**
 * Flags of each of our long-lived processes, as measured in docs/decisions/0006. `--optimize-for-size` lets the heap grow less beyond what lives, and
 * code be compiled less: up to 40 % more CPU for a request, so only where none come. The young generation is as large as what is allocated while
 * some requests run together, and stays resident. One thread clears it: helpers cost a tenth, and gain nothing where so little of it lives.
 */
export const nodeFlags: Readonly<Record<LongLived, readonly string[]>> = {
  supervisor: [noMaglev, '--optimize-for-size', '--max-semi-space-size=1', ...common],
  'local-cluster': [noMaglev, '--max-semi-space-size=4', '--no-parallel-scavenge', ...restful],
  // 8: a write costs a third less than with 4, and a request through the gateway a tenth less, for 3 MB more after a thousand of them.
  gateway: [noMaglev, '--max-semi-space-size=8', '--no-parallel-scavenge', ...restful],
  'control-plane': [tidyMaglev, '--max-semi-space-size=8', '--no-parallel-scavenge', ...restful],
};

/** Beside what npm installed: it is as old as the checkout's code, and as much trusted. */
const codeFolder = (checkout: string): string => join(checkout, 'node_modules', '.cache', 'fairway');

/** Where a program begins in the sources. */
export const mainOf = (checkout: string, name: LongLived): string =>
  join(checkout, 'packages', name, 'src', ...(name === 'control-plane' ? ['app'] : []), 'main.ts');

/** All of a program in one file. */
export const bundleOf = (checkout: string, name: LongLived): string => join(codeFolder(checkout), `${name}.mjs`);

/** Beside a bundle: the place in the sources of each of its lines. */
export const linesOf = (bundle: string): string => `${bundle}.lines`;

/** The first line of a bundle, by which one of other sources is known. */
export const firstLine = (version: string): string => `// ${version}`;

/** How a program is started. */
export interface Start {
  args: readonly string[];
  env: Readonly<Record<string, string>>;
}

/** Its own flags of Node and its file for each program: the bundle, or the sources where there is no bundle of them. */
export function startsOf(checkout: string): (name: LongLived) => Start {
  let version: string | undefined;
  const isOfNow = (head: string): boolean => {
    version ??= versionOf(checkout);
    return head === firstLine(version);
  };
  return (name) => {
    const bundle = bundleOf(checkout, name);
    const head = headOf(bundle);
    const isBundled = head !== undefined && isOfNow(head);
    const file = isBundled ? ['--require', join(import.meta.dirname, 'source-lines.cjs'), bundle] : [mainOf(checkout, name)];
    return { args: [...nodeFlags[name], ...file], env: variablesOf(checkout, isBundled) };
  };
}

const variablesOf = (checkout: string, isBundled: boolean): Record<string, string> => ({
  // For the hook that a push starts. A bundle itself has all of its code in one file, and Node would keep a copy of this in memory.
  NODE_COMPILE_CACHE: codeFolder(checkout),
  ...(isBundled ? { NODE_DISABLE_COMPILE_CACHE: '1' } : {}),
  // The C library's arenas, one a thread, would each keep what they once had. Others than glibc do not read these.
  MALLOC_ARENA_MAX: '1',
  MALLOC_TRIM_THRESHOLD_: '131072',
  // What compilers work in comes in pieces of up to 32 KiB: each is given back when it is done with, and leaves no hole.
  MALLOC_MMAP_THRESHOLD_: '16384',
});

/**
 * Lets a short-lived process make one file of each program, unless that was done since the code last changed. Run from its sources a process keeps
 * the parser that takes the types off, Node's cache of that work, and what Node notes of some hundred modules (docs/decisions/0006). Answers why a
 * program could not be bundled: it is run from its sources then, which costs memory and no more.
 */
export async function bundlePrograms({ checkout, node }: { checkout: string; node: string }): Promise<string | undefined> {
  const version = versionOf(checkout);
  if (longLived.every((name) => headOf(bundleOf(checkout, name)) === firstLine(version))) return undefined;
  const script = join(import.meta.dirname, 'bundle-programs.ts');
  return run(node, ['--disable-warning=ExperimentalWarning', script, checkout, version], { timeout: bundleDeadlineMs }).then(
    () => undefined,
    (error: Error & { stderr?: string }) => (error.stderr?.trim() || error.message).slice(0, maxWhyChars),
  );
}

const versionOf = (checkout: string): string => createHash('sha256').update(fingerprint(checkout)).digest('hex');

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
  return `${process.version} ${resolve(checkout)} ${count} ${newest}`;
}

function sourceFiles(folder: string): string[] {
  try {
    return readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.ts') && !file.endsWith('.test.ts'));
  } catch {
    return [];
  }
}

function headOf(file: string): string | undefined {
  const head = Buffer.alloc(headBytes);
  let descriptor: number | undefined;
  try {
    descriptor = openSync(file, 'r');
    return head.toString('latin1', 0, readSync(descriptor, head)).split('\n', 1)[0];
  } catch {
    return undefined;
  } finally {
    if (descriptor !== undefined) closeSync(descriptor);
  }
}
