import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { cp, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { type IncomingHttpHeaders, request } from 'node:http';
import { tmpdir } from 'node:os';
import { basename, delimiter, join } from 'node:path';
import type { TestContext } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { freePorts, isFree } from './free-ports.ts';
import { commandLineOf, processesOf } from './own-processes.ts';
import { type CommandOptions, type CommandResult, type Following, followCommand, runCommand } from './run-command.ts';

export { type CommandOptions, type CommandResult, type Following, until } from './run-command.ts';

/** The checkout that is tested. */
export const checkout = new URL('../..', import.meta.url).pathname.replace(/\/$/, '');
const fairwayCommand = join(checkout, 'fairway');
const askLimitMs = 10_000;
const lookMs = 50;

export interface HttpAnswer {
  status: number;
  headers: IncomingHttpHeaders;
  body: string;
}

export interface Ports {
  plain: number;
  tls: number;
  gateway: number;
  cluster: number;
}

/** A real installation with a state folder and ports of its own. */
export interface Installation {
  /** FAIRWAY_HOME. */
  readonly home: string;
  /** A folder for working copies and other things of the test; it goes with the installation. */
  readonly work: string;
  readonly ports: Ports;
  readonly token: string;
  /** The environment of every command: this installation's home, the machine's tools, no settings of the person who tests. */
  readonly env: Readonly<Record<string, string>>;
  /** Runs `fairway` to its end, whatever its exit code. */
  fairway(args: readonly string[], options?: CommandOptions): Promise<CommandResult>;
  /** Runs `fairway … -o json`, expects exit code 0, and answers what it printed. */
  json<T>(args: readonly string[], options?: CommandOptions): Promise<T>;
  /** Starts `fairway` (or another command) and leaves it running; the installation ends it when the test forgets. */
  follow(args: readonly string[], options?: CommandOptions & { command?: string }): Following;
  /** Runs another program in the same environment. */
  run(command: string, args: readonly string[], options?: CommandOptions): Promise<CommandResult>;
  /** Asks an application through the gateway: connects to 127.0.0.1 and names the host in the header, so that no DNS is needed. */
  ask(
    url: string,
    options?: { method?: string; headers?: Readonly<Record<string, string>>; body?: string; limitMs?: number },
  ): Promise<HttpAnswer>;
  /** Asks the API with the administrator's token. */
  api<T>(path: string): Promise<T>;
  /** Copies an example (or any folder) into a fresh folder without Git. */
  copyOf(folder: string, name?: string): Promise<string>;
  /** Writes files into a fresh folder. */
  folderOf(name: string, files: Readonly<Record<string, string>>): Promise<string>;
  /** Process ids that belong to this installation: programs, builds and applications. */
  processes(): number[];
  /** Ends everything, and fails when a process, port or file is left. May be called twice. */
  end(): Promise<void>;
}

/** Starts `fairway up` in a fresh state folder on free ports; the test's end ends it and looks for leftovers. */
export async function startInstallation(
  t?: Pick<TestContext, 'after'>,
  options: {
    args?: readonly string[];
    env?: Readonly<Record<string, string>>;
    /** Prepares the folder that the state folder lies in. */
    prepare?: (root: string) => Promise<void>;
  } = {},
): Promise<Installation> {
  await ensureBuilder();
  const root = await mkdtemp(join(tmpdir(), 'fairway-e2e-'));
  const [home, work, scratch] = [join(root, 'home'), join(root, 'work'), join(root, 'scratch')];
  await Promise.all([home, work, scratch].map((folder) => mkdir(folder)));
  await options.prepare?.(root);
  const env = { ...cleanEnvironment(), FAIRWAY_HOME: home, TMPDIR: scratch, ...options.env };
  const running = new Set<Following>();
  let ended: Promise<void> | undefined;
  const wanted = await portsOfItsOwn();
  const flags = Object.entries(wanted).flatMap(([name, port]) => [`--${name}-port`, String(port)]);
  const end = (): Promise<void> => {
    ended ??= endInstallation({ root, home, scratch, env, wanted, running });
    return ended;
  };
  t?.after(end);
  const up = await runCommand(fairwayCommand, ['up', ...flags, ...(options.args ?? []), '-o', 'json'], { env, cwd: work });
  if (up.code !== 0) {
    const why = `fairway up ended with ${up.code}: ${up.stderr}${up.stdout}`;
    await end().catch((cause: unknown) => assert.fail(`${why}; and ${String(cause)}`));
    assert.fail(why);
  }
  const { ports } = JSON.parse(up.stdout) as { ports: Ports };
  Object.assign(wanted, ports);
  const token = (await readFile(join(home, 'admin.token'), 'utf8')).trim();
  return { home, work, ports, token, env, end, processes: () => processesOf(root), ...verbs({ root, work, ports, token, env, running }) };
}

function verbs(of: {
  root: string;
  work: string;
  ports: Ports;
  token: string;
  env: Readonly<Record<string, string>>;
  running: Set<Following>;
}) {
  const { work, env } = of;
  const run: Installation['run'] = (command, args, options = {}) =>
    runCommand(command, args, { cwd: work, ...options, env: { ...env, ...options.env } });
  const fairway: Installation['fairway'] = (args, options) => run(fairwayCommand, args, options);
  return {
    run,
    fairway,
    json: async <T>(args: readonly string[], options?: CommandOptions): Promise<T> => {
      const { code, stdout, stderr } = await fairway([...args, '-o', 'json'], options);
      assert.equal(code, 0, `fairway ${args.join(' ')} ended with ${code}: ${stderr}${stdout}`);
      return JSON.parse(stdout) as T;
    },
    follow: (args: readonly string[], { command = fairwayCommand, ...options }: CommandOptions & { command?: string } = {}) =>
      followCommand(command, args, { cwd: work, ...options, env: { ...env, ...options.env }, running: of.running }),
    ask: (url: string, options: Parameters<Installation['ask']>[1] = {}) => ask(url, options),
    api: async <T>(path: string): Promise<T> => {
      const answer = await fetch(`http://127.0.0.1:${of.ports.plain}${path}`, {
        headers: { authorization: `Bearer ${of.token}` },
        signal: AbortSignal.timeout(askLimitMs),
      });
      const body = await answer.text();
      assert.ok(answer.ok, `GET ${path} answered ${answer.status}: ${body}`);
      return JSON.parse(body) as T;
    },
    copyOf: async (folder: string, name = basename(folder)) => {
      const copy = join(work, name);
      // What other tools left in the checkout's own folder is no part of the example.
      await cp(folder, copy, { recursive: true, filter: (from) => !/\/(\.fairway|node_modules|dist|__pycache__)$/.test(from) });
      return copy;
    },
    folderOf: async (name: string, files: Readonly<Record<string, string>>) => {
      for (const [path, content] of Object.entries(files)) {
        const file = join(work, name, path);
        await mkdir(join(file, '..'), { recursive: true });
        await writeFile(file, content);
      }
      return join(work, name);
    },
  };
}

/** Skips a test when a tool is missing, unless everything is required (as in `.). */
export function skipWithout(t: Pick<TestContext, 'skip'>, ...tools: string[]): boolean {
  const path = cleanEnvironment().PATH ?? '';
  const missing = tools.filter((tool) => !path.split(delimiter).some((folder) => existsSync(join(folder, tool))));
  if (missing.length === 0) return false;
  assert.notEqual(process.env.FAIRWAY_TEST_REQUIRE, 'all', `FAIRWAY_TEST_REQUIRE=all, and ${missing.join(', ')} is missing`);
  t.skip(`${missing.join(', ')} is not installed`);
  return true;
}

/** The machine's variables without those of this checkout, of npm and of the person who tests. */
function cleanEnvironment(): Record<string, string> {
  const kept = Object.entries(process.env).filter(
    (pair): pair is [string, string] => pair[1] !== undefined && !/^(FAIRWAY_|npm_|NODE_|GIT_|KUBECONFIG$)/.test(pair[0]),
  );
  const path = (process.env.PATH ?? '').split(delimiter).filter((folder) => !folder.startsWith(join(checkout, 'node_modules')));
  return {
    ...Object.fromEntries(kept),
    PATH: path.join(delimiter),
    GIT_CONFIG_GLOBAL: '/dev/null',
    GIT_CONFIG_NOSYSTEM: '1',
    GIT_TERMINAL_PROMPT: '0',
  };
}

export async function ensureBuilder(): Promise<void> {
  if (existsSync(join(checkout, 'packages', 'builder', 'dist', 'builder.mjs'))) return;
  const made = await runCommand(process.execPath, [join(checkout, 'tools', 'bundle-builder.ts')], {
    env: cleanEnvironment(),
    cwd: checkout,
  });
  assert.equal(made.code, 0, `the builder was not bundled: ${made.stderr}`);
}

async function portsOfItsOwn(): Promise<Ports> {
  const [plain = 0, tls = 0, gateway = 0, cluster = 0] = await freePorts(4);
  return { plain, tls, gateway, cluster };
}

async function endInstallation(of: {
  root: string;
  home: string;
  scratch: string;
  env: Readonly<Record<string, string>>;
  wanted: Ports;
  running: Set<Following>;
}): Promise<void> {
  const { root, home, scratch, env, wanted } = of;
  const wrong: string[] = [];
  await Promise.all([...of.running].map((following) => following.stop()));
  const down = await runCommand(fairwayCommand, ['down'], { env, cwd: root });
  if (down.code !== 0) wrong.push(`fairway down ended with ${down.code}: ${down.stderr}`);
  // A program that was told to end a moment ago may still be on its way out of the process table.
  const deadline = Date.now() + 2_000;
  while (processesOf(root).length > 0 && Date.now() < deadline) await delay(lookMs);
  for (const pid of processesOf(root)) {
    wrong.push(`process ${pid} is left: ${commandLineOf(pid)}`);
    process.kill(pid, 'SIGKILL');
  }
  for (const [name, port] of Object.entries(wanted)) if (!(await isFree(port))) wrong.push(`the ${name} port ${port} is still taken`);
  for (const file of await readdir(scratch)) wrong.push(`${file} is left in the folder for temporary files`);
  if (existsSync(join(home, 'run', 'status.json'))) wrong.push('run/status.json says that something runs');
  if (wrong.length > 0) for (const log of await tailOfLogs(home)) wrong.push(log);
  await rm(root, { recursive: true, force: true });
  assert.deepEqual(wrong, [], 'the installation left something behind');
}

async function tailOfLogs(home: string): Promise<string[]> {
  const names = await readdir(join(home, 'logs')).catch(() => []);
  return Promise.all(names.map(async (name) => `${name}: ${(await readFile(join(home, 'logs', name), 'utf8')).slice(-2_000)}`));
}

function ask(
  url: string,
  options: { method?: string; headers?: Readonly<Record<string, string>>; body?: string; limitMs?: number },
): Promise<HttpAnswer> {
  const { host, port, pathname, search } = new URL(url);
  return new Promise((resolve, reject) => {
    const asked = request(
      {
        host: '127.0.0.1',
        port: port === '' ? 80 : Number(port),
        path: `${pathname}${search}`,
        method: options.method ?? 'GET',
        headers: { ...options.headers, host },
        agent: false,
        signal: AbortSignal.timeout(options.limitMs ?? askLimitMs),
      },
      (answer) => {
        let body = '';
        answer.setEncoding('utf8').on('data', (chunk: string) => {
          body += chunk;
        });
        answer.once('end', () => resolve({ status: answer.statusCode ?? 0, headers: answer.headers, body }));
        answer.once('error', reject);
      },
    );
    asked.once('error', reject);
    asked.end(options.body);
  });
}
