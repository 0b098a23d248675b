import { execFile } from 'node:child_process';
import { copyFile, cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { basename, delimiter, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { readStatus, stateFiles } from '@fairway/supervisor';
import { type Answer, ask } from './ask.ts';

const execute = promisify(execFile);
/** The checkout that is measured. */
export const checkout = fileURLToPath(new URL('../..', import.meta.url)).replace(/\/$/, '');
const commandDeadlineMs = 120_000;

export interface Ports {
  plain: number;
  tls: number;
  gateway: number;
  cluster: number;
}

export interface OurProcess {
  name: string;
  pid: number;
}

/** A whole installation in a folder of its own, on free ports. Ended and removed with all that runs in it. */
export interface Installation extends AsyncDisposable {
  /** All of it lies below. */
  folder: string;
  ports: Ports;
  token: string;
  /** Runs `./fairway` and answers what it printed. */
  fairway(args: readonly string[]): Promise<string>;
  /** Asks the control plane; anything but success is an error. */
  api<T>(method: string, path: string, body?: object): Promise<T>;
  /** A copy of an example (or of another folder) under a name of its own; `files` replace those of the example. */
  application(example: string, name: string, files?: Readonly<Record<string, string>>): Promise<string>;
  /** Supervisor, local cluster, gateway and control plane. */
  processes(): Promise<OurProcess[]>;
}

/** What builds and applications see: the machine's own tools, none of the checkout's. */
const machinePath = (): string =>
  (process.env.PATH ?? '/usr/bin:/bin')
    .split(delimiter)
    .filter((folder) => !/\/node_modules\/(\.bin|node\/bin)$/.test(folder))
    .join(delimiter);

export const environmentOf = (home: string): Record<string, string> => ({ PATH: machinePath(), HOME: home, FAIRWAY_HOME: home });

/** Four ports that were free a moment ago. */
export const freePorts = async (): Promise<Ports> => {
  const servers = await Promise.all(
    Array.from({ length: 4 }, async () => {
      const server = createServer();
      await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
      return server;
    }),
  );
  const [plain = 0, tls = 0, gateway = 0, cluster = 0] = servers.map((server) => {
    const address = server.address();
    return typeof address === 'object' && address !== null ? address.port : 0;
  });
  await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))));
  return { plain, tls, gateway, cluster };
};

export const portFlags = (ports: Ports): string[] => Object.entries(ports).flatMap(([name, port]) => [`--${name}-port`, String(port)]);

/** Without the link that a deployment leaves in a folder: it would name another component. */
export const copyExample = (source: string, folder: string): Promise<void> =>
  cp(source, folder, { recursive: true, filter: (path) => basename(path) !== '.fairway' });

export interface InstallationOptions {
  /** Runs it on a copy of our Node: of the pages of its file, no process but the installation's own has a share. */
  ownNode?: boolean;
}

/** The command line of the checkout, and its first arguments. */
const commandIn = async (root: string, { ownNode = false }: InstallationOptions): Promise<[string, ...string[]]> => {
  if (!ownNode) return [join(checkout, 'fairway')];
  const node = join(root, 'node');
  await copyFile(process.execPath, node);
  return [node, '--disable-warning=ExperimentalWarning', join(checkout, 'packages', 'cli', 'src', 'main.ts')];
};

/** A state folder and a way to call `./fairway` in it; nothing runs yet. */
export const makeHome = async (of: InstallationOptions = {}) => {
  const root = await mkdtemp(join(tmpdir(), 'fairway-bench-'));
  const home = join(root, 'home');
  const [command, ...first] = await commandIn(root, of);
  const fairway = async (args: readonly string[]): Promise<string> => {
    const options = { env: environmentOf(home), cwd: root, timeout: commandDeadlineMs, maxBuffer: 8 * 2 ** 20 };
    return (await execute(command, [...first, ...args], options)).stdout;
  };
  return {
    root,
    home,
    fairway,
    end: async (): Promise<void> => {
      await fairway(['down']);
      await rm(root, { recursive: true, force: true });
    },
  };
};

export const startInstallation = async (of: InstallationOptions = {}): Promise<Installation> => {
  const { root, home, fairway, end } = await makeHome(of);
  const files = stateFiles(home);
  try {
    const ports = await freePorts();
    await fairway(['up', ...portFlags(ports)]);
    const token = (await readFile(files.adminToken, 'utf8')).trim();
    return {
      folder: root,
      ports,
      token,
      fairway,
      api: async <T>(method: string, path: string, body?: object): Promise<T> => {
        const answer = await ask(ports.plain, { method, path, token, ...(body === undefined ? {} : { body }) });
        if (answer.status >= 300) throw new Error(`${method} ${path} answered ${answer.status}: ${answer.body}`);
        return JSON.parse(answer.body) as T;
      },
      application: async (example, name, replaced = {}) => {
        const folder = join(root, 'work', name);
        await copyExample(resolve(checkout, 'examples', example), folder);
        for (const [file, text] of Object.entries(replaced)) await writeFile(join(folder, file), text);
        return folder;
      },
      processes: async () => {
        const status = await readStatus(files);
        if (status === undefined) throw new Error('the installation does not run any more');
        const programs = status.programs.flatMap(({ name, process }) => (process === undefined ? [] : [{ name, pid: process.pid }]));
        return [{ name: 'supervisor', pid: status.supervisor.pid }, ...programs];
      },
      [Symbol.asyncDispose]: end,
    };
  } catch (error) {
    await end().catch(() => {});
    throw error;
  }
};

/** Asks an application through the gateway: by address, its host in the header. */
export const askApplication = (gateway: number, host: string, path = '/'): Promise<Answer> =>
  ask(gateway, { method: 'GET', path, host: `${host}:${gateway}` });
