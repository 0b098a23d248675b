import { execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { BuildOutcome } from '../build-failure.ts';
import { runBuild } from '../run-build.ts';
import { type FixtureServer, startFixtureServer } from './fixture-server.ts';

/** Everything that a test of a whole build needs; `close` leaves nothing behind. */
export interface Workbench {
  server: FixtureServer;
  folder: string;
  /** Makes a repository of one commit from files or from a folder; answers the commit. */
  commit(name: string, content: Readonly<Record<string, string>> | { folder: string }): string;
  build(name: string, commit: string, env?: Readonly<Record<string, string>>): Promise<{ outcome: BuildOutcome; log: string[] }>;
  image(outcome: BuildOutcome): PushedImage;
  /** Unpacks the layers as the process runtime does and answers the folder. */
  unpack(image: PushedImage): string;
  close(): Promise<void>;
}

export interface PushedImage {
  digest: string;
  config: { Cmd: string[]; Env: string[]; WorkingDir: string; Labels: Record<string, string>; ExposedPorts?: Record<string, unknown> };
  layers: { kind: string; bytes: Buffer }[];
  result: { commit: string; detected: Record<string, unknown>; workload: Record<string, unknown>; workloadName?: string };
}

const identity = {
  GIT_AUTHOR_NAME: 'Test',
  GIT_AUTHOR_EMAIL: 'test@example.com',
  GIT_COMMITTER_NAME: 'Test',
  GIT_COMMITTER_EMAIL: 'test@example.com',
  GIT_AUTHOR_DATE: '2026-01-02T03:04:05Z',
  GIT_COMMITTER_DATE: '2026-01-02T03:04:05Z',
};

export async function openWorkbench(): Promise<Workbench> {
  const folder = mkdtempSync(join(tmpdir(), 'fairway-builder-test-'));
  const gitRoot = join(folder, 'git');
  mkdirSync(gitRoot);
  const server = await startFixtureServer(gitRoot);
  let count = 0;
  const fresh = (name: string): string => {
    count += 1;
    const path = join(folder, `${name}-${count}`);
    mkdirSync(path);
    return path;
  };
  return {
    server,
    folder,
    commit(name, content) {
      const work = join(gitRoot, `${name}.git`);
      mkdirSync(work, { recursive: true });
      const git = (...args: string[]) =>
        execFileSync('git', args, {
          cwd: work,
          env: { ...process.env, ...identity, GIT_CONFIG_GLOBAL: '/dev/null' },
          encoding: 'utf8',
        }).trim();
      git('init', '--quiet', '-b', 'main');
      if (typeof content.folder === 'string')
        cpSync(content.folder, work, { recursive: true, filter: (path) => !path.includes('node_modules') });
      else {
        for (const [path, text] of Object.entries(content as Record<string, string>)) {
          mkdirSync(dirname(join(work, path)), { recursive: true });
          writeFileSync(join(work, path), text);
        }
      }
      git('add', '--all', '--force');
      git('commit', '--quiet', '-m', 'Test');
      return git('rev-parse', 'HEAD');
    },
    async build(name, commit, env = {}) {
      const log: string[] = [];
      const outcome = await runBuild({
        env: {
          PATH: process.env.PATH?.split(':')
            .filter((entry) => !entry.includes('node_modules'))
            .join(':'),
          HOME: process.env.HOME,
          ...passedSettings(),
          FAIRWAY_URL: server.url,
          FAIRWAY_TOKEN: server.token,
          FAIRWAY_GIT_URL: `${server.url}/git/${name}.git`,
          FAIRWAY_COMMIT: commit,
          FAIRWAY_APP_PATH: '.',
          FAIRWAY_IMAGE: `registry.fairway.localhost/default/shop/${name}`,
          TMPDIR: fresh('tmp'),
          ...env,
        },
        log: (line) => log.push(line),
        signal: AbortSignal.timeout(240_000),
      });
      return { outcome, log };
    },
    image: (outcome) => readImage(server, outcome),
    unpack(image) {
      const root = fresh('root');
      for (const { bytes } of image.layers) execFileSync('tar', ['-x', '-f', '-', '-C', root], { input: bytes, maxBuffer: 1 << 20 });
      return join(root, 'app');
    },
    async close() {
      await server.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** The machine's settings for registries and certificates. */
function passedSettings(): Record<string, string> {
  const names = /^(npm_config_|PIP_|GOPROXY|GOSUMDB|GOFLAGS|NODE_EXTRA_CA_CERTS|SSL_CERT|REQUESTS_CA|https?_proxy|no_proxy)/i;
  const own =
    /^npm_config_(user_agent|local_prefix|prefix|global_prefix|globalconfig|userconfig|cache|noproxy|node_gyp|init_module|npm_version)$/;
  const found = Object.entries(process.env).filter(([name]) => names.test(name) && !own.test(name));
  return Object.fromEntries(found.map(([name, value]) => [name, value ?? '']));
}

function readImage(server: FixtureServer, outcome: BuildOutcome): PushedImage {
  if (!('digest' in outcome)) throw new Error(`the build failed: ${JSON.stringify(outcome)}`);
  const found = [...server.manifests].find(([name]) => name.endsWith(`@${outcome.digest}`));
  const manifest = JSON.parse(String(found?.[1])) as {
    config: { digest: string };
    layers: { digest: string; annotations: Record<string, string> }[];
  };
  const { config } = JSON.parse(String(server.blobs.get(manifest.config.digest))) as { config: PushedImage['config'] };
  return {
    digest: outcome.digest,
    config,
    layers: manifest.layers.map((layer) => ({
      kind: layer.annotations['fairway.dev/layer'] ?? '',
      bytes: server.blobs.get(layer.digest) ?? Buffer.alloc(0),
    })),
    result: JSON.parse(config.Labels['fairway.dev/result'] ?? '{}') as PushedImage['result'],
  };
}

/** Names of the files in the image's layers, without folders. */
export function layerFiles(bytes: Buffer): string[] {
  return execFileSync('tar', ['-t', '-f', '-'], { input: bytes, encoding: 'utf8', maxBuffer: 1 << 26 })
    .split('\n')
    .filter((name) => name !== '' && !name.endsWith('/'));
}

export const exampleFolder = (name: string): string => new URL(`../../../../examples/${name}`, import.meta.url).pathname;
