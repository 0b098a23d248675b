import { lstatSync, realpathSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { BuildFailure } from './build-failure.ts';
import { findFailingLine } from './failing-line.ts';
import { outagePausesMs } from './outage-pauses.ts';
import { runCommand } from './run-command.ts';
import { isInside, refuseOutsideLinks } from './source-tree.ts';

export interface CloneRequest {
  url: URL;
  revision: string;
  appPath: string;
  /** Sent only to the control plane itself. */
  token: string;
  controlPlaneUrl: URL;
  /** An empty folder. */
  folder: string;
  /** The cleaned environment of commands. */
  env: Readonly<Record<string, string>>;
  log: (line: string) => void;
  signal: AbortSignal;
}

export interface Source {
  /** Absolute folder of the application. */
  folder: string;
  commit: string;
  /** Seconds since the epoch: the only time that gets into the image. */
  committedAt: number;
  /** Files of the commit inside the application's folder, relative to it. */
  files: ReadonlySet<string>;
}

const fetchTimeoutMs = 10 * 60_000;
const maxListChars = 32 * 1024 * 1024;

/** Fetches one commit, without history and without submodules, and checks that no link leads out of it. */
export async function cloneSource(request: CloneRequest): Promise<Source> {
  const url = withoutCredentials(request.url);
  const git = gitRunner(request);
  await git(['init', '--quiet', '--template=', '.']);
  await git(
    ['fetch', '--quiet', '--depth=1', '--no-tags', '--no-recurse-submodules', '--', url.href, request.revision || 'HEAD'],
    outagePausesMs,
  );
  await git(['checkout', '--quiet', '--detach', 'FETCH_HEAD']);
  const [commit = '', committedAt = ''] = (await git(['show', '--no-patch', '--format=%H%n%ct', 'HEAD'])).split('\n');
  const entries = (await git(['ls-files', '--stage', '-z'])).split('\0').filter((entry) => entry !== '');
  const paths: string[] = [];
  for (const entry of entries) {
    const path = entry.slice(entry.indexOf('\t') + 1);
    if (entry.startsWith('160000 ')) request.log(`Submodule ${JSON.stringify(path)} is left empty: submodules are not fetched.`);
    else paths.push(path);
  }
  refuseOutsideLinks(request.folder, paths);
  const prefix = request.appPath === '' ? '' : `${request.appPath}/`;
  return {
    folder: applicationFolder(request.folder, request.appPath),
    commit,
    committedAt: Number(committedAt),
    files: new Set(paths.filter((path) => path.startsWith(prefix)).map((path) => path.slice(prefix.length))),
  };
}

function applicationFolder(root: string, appPath: string): string {
  const folder = join(root, appPath);
  if (lstatSync(folder, { throwIfNoEntry: false })?.isDirectory() === true && isInside(realpathSync(root), realpathSync(folder)))
    return folder;
  throw new BuildFailure(
    'clone',
    `The repository has no folder ${JSON.stringify(appPath)} at this commit: correct the path of the component`,
  );
}

/** With pauses the command is tried again after each of them, while the server cannot be reached. */
type Git = (args: readonly string[], pausesMs?: readonly number[]) => Promise<string>;

/** git's words for a server that is away, in whichever phase of a fetch. */
const isOutage = (line: string): boolean =>
  /Failed to connect|Couldn't connect|Connection (refused|reset|was reset)|Recv failure|Empty reply|early EOF|unexpected disconnect|returned error: 50[234]/i.test(
    line,
  );

function gitRunner(request: CloneRequest): Git {
  const env = gitEnvironment(request);
  const run: Git = async (args, [pauseMs, ...pausesMs] = []) => {
    const result = await runCommand({
      file: 'git',
      args,
      cwd: request.folder,
      env,
      signal: request.signal,
      timeoutMs: fetchTimeoutMs,
      captureChars: maxListChars,
    }).catch((cause: unknown) => {
      throw new BuildFailure('clone', 'git cannot be started on the build machine: install it there', { cause });
    });
    if (result.exitCode === 0 && result.stopped === undefined) return result.stdout;
    if (pauseMs !== undefined && result.stopped === undefined && result.lastLines.some(isOutage)) {
      request.log(`${request.url.host} does not answer: asking again in ${pauseMs / 1_000} s`);
      await delay(pauseMs, undefined, { signal: request.signal });
      return run(args, pausesMs);
    }
    const line = findFailingLine(result.lastLines);
    for (const shown of result.lastLines.slice(-20)) request.log(shown);
    throw new BuildFailure('clone', cloneMessage(request, result.stopped), { line });
  };
  return run;
}

function cloneMessage({ url, revision }: CloneRequest, stopped: 'timeout' | 'canceled' | undefined): string {
  if (stopped === 'canceled') return 'The build was canceled while the source was fetched';
  if (stopped === 'timeout') return `${url.host} did not send the commit within ${fetchTimeoutMs / 60_000} minutes: try again`;
  return `Commit ${revision || 'HEAD'} could not be fetched from ${url.host}${url.pathname}: check the address, the commit and the access`;
}

/** git's settings, all by environment: argument lists are visible to every user of the machine. */
function gitEnvironment(request: CloneRequest): Record<string, string> {
  const settings: [string, string][] = [
    ['core.hooksPath', '/dev/null'],
    ['core.autocrlf', 'false'],
    ['core.fsmonitor', 'false'],
    ['core.symlinks', 'true'],
    ['init.defaultBranch', 'main'],
    ['submodule.recurse', 'false'],
    ['http.lowSpeedLimit', '1'],
    ['http.lowSpeedTime', '60'],
  ];
  const credentials = credentialsFor(request);
  if (credentials !== undefined) {
    // Bound to this origin, and no redirect may carry it elsewhere.
    settings.push([`http.${request.url.origin}/.extraHeader`, `Authorization: Basic ${credentials}`], ['http.followRedirects', 'false']);
  }
  const env: Record<string, string> = {
    ...request.env,
    GIT_CONFIG_NOSYSTEM: '1',
    GIT_CONFIG_GLOBAL: '/dev/null',
    GIT_TERMINAL_PROMPT: '0',
    GIT_ALLOW_PROTOCOL: 'http:https',
    GIT_CONFIG_COUNT: String(settings.length),
  };
  for (const [index, [key, value]] of settings.entries()) {
    env[`GIT_CONFIG_KEY_${index}`] = key;
    env[`GIT_CONFIG_VALUE_${index}`] = value;
  }
  return env;
}

function credentialsFor({ url, token, controlPlaneUrl }: CloneRequest): string | undefined {
  const encode = (user: string, password: string) => Buffer.from(`${user}:${password}`).toString('base64');
  if (url.username !== '' || url.password !== '') return encode(decodeURIComponent(url.username), decodeURIComponent(url.password));
  // A foreign Git host never sees the token of the run.
  return token !== '' && isSameServer(url, controlPlaneUrl) ? encode('token', token) : undefined;
}

const loopbackNames = new Set(['localhost', '127.0.0.1', '[::1]']);
function isSameServer(one: URL, other: URL): boolean {
  const sameHost = one.hostname === other.hostname || (loopbackNames.has(one.hostname) && loopbackNames.has(other.hostname));
  return one.protocol === other.protocol && one.port === other.port && sameHost;
}

function withoutCredentials(url: URL): URL {
  const clean = new URL(url);
  clean.username = '';
  clean.password = '';
  return clean;
}
