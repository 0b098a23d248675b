import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { askApplication, checkout, copyExample, environmentOf, freePorts, makeHome, portFlags } from './harness/installation.ts';
import type { Row } from './harness/measurement.ts';

export const name = 'first-url';
export const reach = '≤ 5 s when installed, ≤ 60 s from a fresh clone';

const execute = promisify(execFile);
const mostMs = 5_000;
const mostFreshMs = 60_000;
const freshDeadlineMs = 300_000;
/** A fresh clone installs from the registry, so it is measured only when asked for. */
const withFresh = process.env.FAIRWAY_BENCH_FRESH === '1';

const firstAnswer = async (gateway: number): Promise<void> => {
  const { status, body } = await askApplication(gateway, 'node-hello.development.localhost');
  if (status !== 200) throw new Error(`the sample answered ${status}: ${body}`);
};

/** `fairway up` with the sample in an empty state folder, to its first 200. */
const installed = async (): Promise<number> => {
  const home = await makeHome();
  try {
    const ports = await freePorts();
    const sample = join(home.root, 'node-hello');
    await copyExample(join(checkout, 'examples', 'node-hello'), sample);
    const startedAt = performance.now();
    await home.fairway(['up', '--sample', sample, ...portFlags(ports)]);
    await firstAnswer(ports.gateway);
    return performance.now() - startedAt;
  } finally {
    await home.end();
  }
};

/** `make up` in a clone of the commit, on the usual ports or the next free ones. */
const fresh = async (): Promise<number> => {
  const root = await mkdtemp(join(tmpdir(), 'fairway-fresh-'));
  const clone = join(root, 'fairway');
  const home = join(root, 'state');
  // The person's own settings for npm count: they say which registry is asked.
  const env = { ...environmentOf(home), HOME: process.env.HOME ?? home };
  try {
    await execute('git', ['clone', '--quiet', checkout, clone]);
    const startedAt = performance.now();
    await execute('make', ['up'], { cwd: clone, env, timeout: freshDeadlineMs, maxBuffer: 8 * 2 ** 20 });
    const { stdout } = await execute(join(clone, 'fairway'), ['open', 'node-hello', '-o', 'json'], { cwd: clone, env });
    const url = /http:\/\/[^"\s]+/.exec(stdout)?.[0] ?? '';
    await firstAnswer(Number(new URL(url).port));
    return performance.now() - startedAt;
  } finally {
    await execute('make', ['down'], { cwd: clone, env }).catch(() => {});
    await rm(root, { recursive: true, force: true });
  }
};

export const run = async (): Promise<Row> => {
  const tookMs = await installed();
  const freshMs = withFresh ? await fresh() : undefined;
  const seconds = (ms: number): string => `${(ms / 1_000).toFixed(1)} s`;
  const both = freshMs === undefined ? seconds(tookMs) : `${seconds(tookMs)}, fresh ${seconds(freshMs)}`;
  return {
    ours: both,
    figure: both,
    isReached: tookMs <= mostMs && (freshMs === undefined || freshMs <= mostFreshMs),
    note:
      freshMs === undefined
        ? 'an empty state folder; FAIRWAY_BENCH_FRESH=1 measures a fresh clone too'
        : 'an empty state folder; a fresh clone with npm ci',
  };
};
