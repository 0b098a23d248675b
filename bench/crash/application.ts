import { execFile } from 'node:child_process';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { promisify } from 'node:util';
import { environmentOf } from '../harness/installation.ts';
import type { KillableInstallation } from './killable-installation.ts';

const run = promisify(execFile);
const pushMs = 60_000;
const againMs = 100;

/** What the application answers. */
export const greeting = 'hello from the shop';

/** An application of one commit that answers a greeting, and writes down each of its builds and starts. */
export interface Application {
  name: string;
  /** Pushes until git says that the push has arrived; a push that a kill cut off is sent again. */
  push(signal: AbortSignal): Promise<void>;
  /** How often it was built, and the pods in which it was started, one for each start. */
  ran(): Promise<{ builds: number; pods: string[] }>;
}

const filesOf = (name: string, journal: string): Record<string, string> => ({
  'package.json': JSON.stringify({ name, version: '1.0.0', scripts: { build: 'node build.js', start: 'node server.js' } }),
  'build.js': `require('node:fs').appendFileSync(${JSON.stringify(journal)}, 'build\\n');`,
  'server.js': `
const { appendFileSync } = require('node:fs');
const { createServer } = require('node:http');
appendFileSync(${JSON.stringify(journal)}, 'start ' + process.env.FAIRWAY_POD_UID + '\\n');
const server = createServer((request, response) => response.end('${greeting}')).listen(Number(process.env.PORT), process.env.HOST);
process.once('SIGTERM', () => server.close(() => process.exit(0)));
`,
});

export async function makeApplication({ folder, ports, token }: KillableInstallation, name: string): Promise<Application> {
  const work = join(folder, 'work', name);
  const journal = join(folder, `${name}.journal`);
  const address = `http://admin:${token}@127.0.0.1:${ports.plain}/git/default/default/${name}.git`;
  const git = async (args: readonly string[], signal?: AbortSignal): Promise<void> => {
    const who = {
      GIT_AUTHOR_NAME: 'Bench',
      GIT_AUTHOR_EMAIL: 'bench@example.com',
      GIT_COMMITTER_NAME: 'Bench',
      GIT_COMMITTER_EMAIL: 'bench@example.com',
    };
    const env = { ...environmentOf(folder), ...who, GIT_TERMINAL_PROMPT: '0' };
    await run('git', [...args], { cwd: work, env, ...(signal === undefined ? {} : { signal }) });
  };
  await mkdir(work, { recursive: true });
  await git(['init', '--quiet', '--initial-branch=main']);
  await git(['remote', 'add', 'fairway', address]);
  for (const [file, text] of Object.entries(filesOf(name, journal))) await writeFile(join(work, file), text);
  await git(['add', '--all']);
  await git(['commit', '--quiet', '--message', 'First']);
  return {
    name,
    push: async (signal) => {
      const deadline = performance.now() + pushMs;
      for (;;) {
        try {
          await git(['push', '--quiet', 'fairway', 'main'], signal);
          return;
        } catch (error) {
          if (signal.aborted || performance.now() > deadline) throw error;
          await pause(againMs);
        }
      }
    },
    ran: async () => {
      const lines = (await readFile(journal, 'utf8').catch(() => '')).split('\n').map((line) => line.split(' '));
      const of = (what: string): string[][] => lines.filter(([did]) => did === what);
      return { builds: of('build').length, pods: of('start').map(([, pod = '']) => pod) };
    },
  };
}
