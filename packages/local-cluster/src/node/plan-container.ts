import { mkdir, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { invalid, type Resources } from '@fairway/resources/model';
import type { Image } from '../images/index.ts';
import type { ContainerPlan } from '../runtime/index.ts';
import { expandReferences } from './expand-references.ts';
import type { MachineSettings } from './machine-settings.ts';
import { materialiseVolumes, planMounts } from './materialise-volumes.ts';
import { mapList, mapPath, type PathMapping } from './path-map.ts';
import { type ContainerSpec, containerPortsOf, machineSettingsAnnotation, namespaceOf, type PodObject, uidOf } from './pod-object.ts';
import { createConfiguration, resolveEnv } from './resolve-env.ts';
import { serviceLinks } from './service-links.ts';

export interface StartRequest {
  pod: PodObject;
  container: ContainerSpec;
  attempt: number;
  image: Image;
  /** Allotted ports of the pod by container port. */
  ports: Readonly<Record<string, number>>;
  podFolder: string;
  nodeName: string;
  /** PATH of the machine, without folders of Fairway. */
  machinePath: string;
  machineSettings: MachineSettings;
  resources: Resources;
}

const loopback = '127.0.0.1';

/** Where a container writes its termination message. */
export const terminationLog = (podFolder: string, name: string, attempt: number): string =>
  join(podFolder, 'termination', `${name}.${attempt}`);

const isFolder = (path: string): Promise<boolean> =>
  stat(path).then(
    (found) => found.isDirectory(),
    () => false,
  );

const platformEnv = ({ pod, container, attempt, ports, podFolder, machinePath }: StartRequest): Record<string, string> => {
  const own = containerPortsOf([container]);
  const first = own[0] === undefined ? undefined : ports[own[0]];
  return {
    PATH: machinePath,
    HOME: join(podFolder, 'home'),
    TMPDIR: join(podFolder, 'tmp'),
    HOSTNAME: pod.metadata.name,
    LANG: 'C.UTF-8',
    HOST: loopback,
    FAIRWAY_POD_UID: uidOf(pod),
    TERMINATION_LOG: terminationLog(podFolder, container.name, attempt),
    ...(first === undefined ? {} : { PORT: String(first) }),
    ...Object.fromEntries(own.flatMap((port) => (ports[port] === undefined ? [] : [[`PORT_${port}`, String(ports[port])]]))),
  };
};

const imageEnv = (image: Image, mappings: readonly PathMapping[], machinePath: string): Record<string, string> => {
  const env: Record<string, string> = {};
  for (const text of image.config.env) {
    const at = text.indexOf('=');
    if (at > 0) env[text.slice(0, at)] = mapList(text.slice(at + 1), mappings);
  }
  // The image's own folders first; the machine's behind them, because the base with its programs was skipped.
  if (env.PATH !== undefined) env.PATH = `${env.PATH}:${machinePath}`;
  return env;
};

async function workingFolder({ container, image }: StartRequest, mappings: readonly PathMapping[], appFolder: string): Promise<string> {
  const wanted = container.workingDir ?? image.config.workingDir;
  const mapped = mapPath(wanted, mappings);
  const candidates = wanted === '/' ? [appFolder, image.folder] : mapped === wanted ? [join(image.folder, wanted)] : [mapped];
  for (const folder of candidates) if (await isFolder(folder)) return folder;
  throw invalid(`working folder ${wanted} of container "${container.name}" is not in its image`);
}

/** Everything a container needs to start: its folders are made, its variables resolved, its command mapped to this machine. */
export async function planContainer(request: StartRequest): Promise<ContainerPlan> {
  const { pod, container, attempt, image, podFolder, machinePath, nodeName, resources } = request;
  for (const name of ['home', 'tmp', 'termination']) await mkdir(join(podFolder, name), { recursive: true, mode: 0o700 });
  await writeFile(terminationLog(podFolder, container.name, attempt), '', { mode: 0o600 });
  const configuration = createConfiguration(resources, namespaceOf(pod));
  const volumes = await materialiseVolumes(pod, podFolder, configuration);
  const appFolder = join(image.folder, 'app');
  const mounts = await planMounts({ container, volumes, appFolder, podFolder });
  const platform = platformEnv(request);
  // Images say HOST=0.0.0.0 because a container has its own network; a process has the machine's, where that would open it to everybody.
  const settings = pod.metadata.annotations?.[machineSettingsAnnotation] === 'true' ? request.machineSettings() : {};
  const links = await serviceLinks(resources, pod);
  const given = { ...platform, ...settings, ...imageEnv(image, mounts.mappings, machinePath), ...links, ...mounts.env, HOST: loopback };
  const own = await resolveEnv(container, { pod, nodeName, configuration }, given);
  const inMounts = mounts.mappings.filter(({ from }) => from !== '/app');
  for (const [name, value] of Object.entries(own)) own[name] = mapPath(value, inMounts);
  // The port and the marks by which processes are found again are ours: a manifest that sets them would lose its own application.
  const { PATH: _path, HOME: _home, TMPDIR: _tmp, LANG: _lang, HOSTNAME: _hostname, HOST: _host, ...fixed } = platform;
  const env = { ...given, ...own, ...fixed };
  const entrypoint = container.command ?? image.config.entrypoint;
  const args = container.args ?? (container.command === undefined ? image.config.command : []);
  const command = [...entrypoint, ...args].map((text) => mapPath(expandReferences(text, env), mounts.mappings));
  if (command[0]?.includes('\0') === true) throw invalid(`the command of container "${container.name}" holds a zero byte`);
  const cwd = await workingFolder(request, mounts.mappings, appFolder);
  return { podUid: uidOf(pod), name: container.name, attempt, image: container.image ?? '', imageId: image.digest, command, env, cwd };
}
