import { join } from 'node:path';
import type { Ports } from './choose-ports.ts';
import { startsOf } from './code-cache.ts';
import type { StateFiles } from './state-folder.ts';

/** In the order of their start. */
export const programNames = ['local-cluster', 'gateway', 'control-plane'] as const;
export type ProgramName = (typeof programNames)[number];

/** One of the processes that the supervisor keeps running. */
export interface Program {
  name: ProgramName;
  command: string;
  args: readonly string[];
  env: Readonly<Record<string, string>>;
  cwd: string;
  log: string;
  /** Where it answers. */
  port: number;
  /** The signal that ends it for good; the local cluster ends its applications with it, and keeps them with SIGTERM. */
  stopSignal: NodeJS.Signals;
  stopGraceMs: number;
}

// The control plane's own fallback (docs/settings.md).
const usualRegistryHost = 'registry.fairway.localhost';

/**
 * Started by `npm run` or make we inherit npm's idea of our own checkout, which is nobody else's business; where the machine's user has set them,
 * the addresses and certificates of registries do concern builds.
 */
const isOfTheMachine = (name: string): boolean =>
  /^npm_config_(registry|userconfig|cafile|strict_ssl|proxy|https?_proxy|noproxy)$/i.test(name) ||
  !(name.startsWith('FAIRWAY_') || name.startsWith('npm_') || name === 'NODE_OPTIONS' || name === 'NODE_DISABLE_COMPILE_CACHE');

export function programs(options: {
  files: StateFiles;
  ports: Ports;
  checkout: string;
  node: string;
  env: Readonly<Record<string, string | undefined>>;
  /** Which installation they are of (`installationOf`); absent where nobody asks. */
  installation?: string;
  /** Where unpacked images and folders of pods lie; absent: in the state folder. */
  workFolder?: string;
}): Program[] {
  const { files, ports, checkout, node, installation, workFolder } = options;
  const startOf = startsOf(checkout);
  // The machine's own variables (PATH, proxies, package managers' settings) are passed on; ours are given by flags.
  const env = Object.fromEntries(
    Object.entries(options.env).filter((pair): pair is [string, string] => pair[1] !== undefined && isOfTheMachine(pair[0])),
  );
  const passed = Object.fromEntries(
    Object.entries(options.env).filter((pair): pair is [string, string] => pair[0].startsWith('FAIRWAY_') && pair[1] !== undefined),
  );
  // Images that were made under another host keep it.
  const hosts = new Set([usualRegistryHost, options.env.FAIRWAY_REGISTRY_HOST || usualRegistryHost]);
  const mirrors = [...hosts].flatMap((host) => ['--mirror', `${host}=http://127.0.0.1:${ports.plain}`]);
  const program = (
    name: ProgramName,
    args: readonly string[],
    of: { port: number; stopSignal: NodeJS.Signals; stopGraceMs: number },
    own: Record<string, string> = {},
  ): Program => {
    const start = startOf(name);
    return {
      name,
      command: node,
      args: [...start.args, '--home', files.home, ...args],
      env: { ...env, ...start.env, ...own },
      cwd: files.home,
      log: join(files.logs, `${name}.log`),
      ...of,
    };
  };
  return [
    program(
      'local-cluster',
      ['--port', String(ports.cluster), ...mirrors, ...(workFolder === undefined ? [] : ['--work-folder', workFolder])],
      {
        port: ports.cluster,
        stopSignal: 'SIGUSR2',
        stopGraceMs: 45_000,
      },
    ),
    program(
      'gateway',
      [
        '--port',
        String(ports.gateway),
        '--kubeconfig',
        files.gatewayKubeconfig,
        ...(installation === undefined ? [] : ['--installation', installation]),
      ],
      {
        port: ports.gateway,
        stopSignal: 'SIGTERM',
        stopGraceMs: 12_000,
      },
    ),
    program(
      'control-plane',
      ['--port', String(ports.plain), '--tls-port', String(ports.tls), '--gateway-port', String(ports.gateway)],
      { port: ports.plain, stopSignal: 'SIGTERM', stopGraceMs: 12_000 },
      passed,
    ),
  ];
}
