import { execFile, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

// Two cores from nothing take about ten minutes; a module registry that does not answer must not hold a test run up for ever.
const buildLimitMs = 45 * 60_000;
const here = dirname(fileURLToPath(import.meta.url));

/** The programs of a cluster, and the main package of each. The versions stand in go.mod. */
const packages = {
  etcd: 'go.etcd.io/etcd/server/v3',
  'kube-apiserver': 'k8s.io/kubernetes/cmd/kube-apiserver',
  'kube-controller-manager': 'k8s.io/kubernetes/cmd/kube-controller-manager',
  'kube-scheduler': 'k8s.io/kubernetes/cmd/kube-scheduler',
  kwok: 'sigs.k8s.io/kwok/cmd/kwok',
} as const;
export type ProgramName = keyof typeof packages;

/** How kwok plays nodes and pods, as its own module brings it. */
const stages = [
  'node/fast/node-initialize',
  'node/heartbeat-with-lease/node-heartbeat-with-lease',
  'pod/fast/pod-ready',
  'pod/fast/pod-complete',
  'pod/fast/pod-delete',
];
export const stagesFile = 'kwok-stages.yaml';

/** The folder of the built programs; it is named by what they are made of, so that another version lies beside it. */
export async function programsFolder(): Promise<string> {
  const hash = createHash('sha256').update(`${process.platform} ${process.arch}\n`);
  for (const file of ['go.mod', 'go.sum', 'programs.ts']) hash.update(await readFile(join(here, file)));
  const caches = process.env.XDG_CACHE_HOME || join(homedir(), '.cache');
  return join(caches, 'fairway', 'kubernetes', hash.digest('hex').slice(0, 20));
}

/** Builds what is not built, and answers the folder. `tell` hears how far it is. Throws when Go is missing or a program cannot be built. */
export async function buildPrograms(tell: (line: string) => void): Promise<string> {
  const folder = await programsFolder();
  if (existsSync(folder)) return folder;
  await mkdir(dirname(folder), { recursive: true });
  const making = await mkdtemp(`${folder}-`);
  try {
    const version = /k8s\.io\/kubernetes (v\S+)/.exec(await readFile(join(here, 'go.mod'), 'utf8'))?.[1] ?? '';
    for (const [name, path] of Object.entries(packages)) {
      const startedAt = performance.now();
      await goBuild(join(making, name), path, version);
      tell(`built ${name} in ${Math.round((performance.now() - startedAt) / 1000)} s`);
    }
    await writeFile(join(making, stagesFile), await readStages());
    await rename(making, folder);
  } catch (error) {
    await rm(making, { recursive: true, force: true });
    // Another run may have been faster.
    if (!existsSync(folder)) throw error;
  }
  return folder;
}

/** The version that Kubernetes' programs tell (`/version`) is no part of their source; their own build writes it the same way. */
function versionFlags(version: string): string {
  const [, major = '', minor = ''] = /^v(\d+)\.(\d+)\./.exec(version) ?? [];
  const facts = { gitVersion: version, gitMajor: major, gitMinor: minor, gitTreeState: 'clean' };
  return Object.entries(facts)
    .map(([name, value]) => `-X k8s.io/component-base/version.${name}=${value}`)
    .join(' ');
}

async function goBuild(output: string, path: string, version: string): Promise<void> {
  const flags = ['-p', '2', '-trimpath', '-ldflags', `-s -w ${versionFlags(version)}`];
  // Built behind everything else that the machine does.
  const child = spawn('nice', ['-n', '15', 'go', 'build', ...flags, '-o', output, path], {
    cwd: here,
    env: { ...process.env, CGO_ENABLED: '0' },
    stdio: ['ignore', 'inherit', 'inherit'],
    timeout: buildLimitMs,
  });
  const [code, signal] = (await once(child, 'close')) as [number | null, NodeJS.Signals | null];
  if (code === 127) throw new Error('go is not installed: the programs of Kubernetes are built with Go 1.26 or newer');
  if (code !== 0) throw new Error(`go build ${path} ended with ${code ?? signal}`);
}

async function readStages(): Promise<string> {
  const { stdout } = await promisify(execFile)('go', ['list', '-m', '-f', '{{.Dir}}', 'sigs.k8s.io/kwok'], {
    cwd: here,
    timeout: buildLimitMs,
  });
  const texts = await Promise.all(stages.map((stage) => readFile(join(stdout.trim(), 'kustomize', 'stage', `${stage}.yaml`), 'utf8')));
  return texts.join('\n---\n');
}
