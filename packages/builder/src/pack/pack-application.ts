import { lstatSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import staticServer from '../../generated/static-server.json' with { type: 'json' };
import { BuildFailure } from '../build-failure.ts';
import type { Source } from '../clone-source.ts';
import type { BuildPlan } from '../detect/plan.ts';
import { collectFiles } from './collect-files.ts';
import { parseIgnoreRules } from './ignore-rules.ts';
import { createImage, type Image } from './image.ts';
import { type Layer, type LayerEntry, writeLayer } from './tar-layer.ts';

export interface PackRequest {
  source: Source;
  plan: BuildPlan;
  toolchain: string | undefined;
  /** Folder for the layers. */
  work: string;
  signal: AbortSignal;
}

/** Makes the image: dependencies in a layer of their own, because they change seldom, then the application. */
export async function packApplication({ source, plan, toolchain, work, signal }: PackRequest): Promise<Image> {
  const layers: { layer: Layer; kind: 'dependencies' | 'application' }[] = [];
  const dependencies = dependencyEntries(source, plan);
  if (dependencies.length > 0)
    layers.push({ kind: 'dependencies', layer: await writeLayer(join(work, 'dependencies.tar'), dependencies, signal) });
  layers.push({ kind: 'application', layer: await writeLayer(join(work, 'application.tar'), applicationEntries(source, plan), signal) });
  return createImage({
    layers,
    command: plan.run,
    env: imageEnvironment(plan),
    port: plan.port,
    labels: imageLabels(source, plan, toolchain),
    createdAt: source.committedAt,
  });
}

/** `PORT` is what holds where nobody sets one. `HOST` stays open: the process runtime sets it to loopback, and an image's value would win over that. */
function imageEnvironment(plan: BuildPlan): string[] {
  const variables = { ...plan.env, ...(plan.port === undefined ? {} : { PORT: String(plan.port) }) };
  return Object.entries(variables)
    .map(([name, value]) => `${name}=${value}`)
    .sort();
}

function imageLabels(source: Source, plan: BuildPlan, toolchain: string | undefined): Record<string, string> {
  const endpoints = plan.workload?.endpoints ?? (plan.port === undefined ? {} : { http: { type: 'HTTP', port: plan.port } });
  const connections = plan.workload?.connections ?? {};
  const result = {
    commit: source.commit,
    detected: {
      language: plan.language,
      ...(toolchain === undefined ? {} : { toolchain }),
      shape: plan.shape,
      ...(plan.schedule === undefined ? {} : { schedule: plan.schedule }),
      ...(plan.notes.length === 0 ? {} : { notes: plan.notes }),
    },
    // Containers are left to the reader: the image cannot name its own digest.
    workload: {
      ...(Object.keys(endpoints).length === 0 ? {} : { endpoints }),
      ...(Object.keys(connections).length === 0 ? {} : { connections }),
    },
    ...(plan.workload === undefined ? {} : { workloadName: plan.workload.name }),
  };
  return {
    'fairway.dev/base': 'none',
    'fairway.dev/result': JSON.stringify(result),
    ...(plan.isPortFixed ? { 'fairway.dev/fixed-port': String(plan.port) } : {}),
    'org.opencontainers.image.revision': source.commit,
  };
}

function dependencyEntries({ folder }: Source, plan: BuildPlan): LayerEntry[] {
  if (plan.dependencies === undefined || !isFolder(join(folder, plan.dependencies))) return [];
  const root = `${plan.dependencies}/`;
  // From the application's folder, so that links between the two layers are judged against the whole application.
  return collectFiles({ folder, prefix: 'app', isExcluded: (path) => path !== plan.dependencies && !path.startsWith(root) });
}

function applicationEntries(source: Source, plan: BuildPlan): LayerEntry[] {
  const { contents } = plan;
  if (contents.kind === 'files') return Object.entries(contents.files).map(([from, to]) => programEntry(source.folder, from, to));
  const isIgnored = ignored(source);
  if (contents.kind === 'folder') {
    return collectFiles({ folder: source.folder, prefix: 'app', isExcluded: (path) => path === plan.dependencies || isIgnored(path) });
  }
  const site = contents.candidates.find((candidate) => isFile(join(source.folder, candidate, 'index.html')));
  if (site === undefined) {
    const looked = contents.candidates.map((candidate) => `${candidate}/index.html`).join(', ');
    throw new BuildFailure(
      'pack',
      `The build made no web site: there is none of ${looked}. Let the build script write to one of these folders`,
    );
  }
  const within = (path: string) => (site === '' ? path : `${site}/${path}`);
  const isSource = (path: string) => path === 'node_modules' || notPublished.has(path);
  const server = { content: Buffer.from(staticServer.script) };
  return [
    ...collectFiles({
      folder: join(source.folder, site),
      prefix: 'app/public',
      isExcluded: (path) => isSource(path) || isIgnored(within(path)),
    }),
    { path: 'app/.fairway/static-server.mjs', type: 'file', executable: false, source: server },
  ];
}

/** Files that tell how the site is built; visitors have no business with them. */
const notPublished = new Set([
  'Dockerfile',
  'Procfile',
  'fairway.yaml',
  'fairway.yml',
  'workload.yaml',
  '.dockerignore',
  '.fairwayignore',
  '.gitignore',
]);
/** Without these nothing would start; an ignore file that was written for a container build often names them. */
const alwaysPacked = /^(package\.json|Procfile|pyproject\.toml|requirements\.txt)$/;

/** Ignore files speak of files of the commit: what installation and build made is needed, whatever a pattern for a container build says. */
function ignored({ folder, files }: Source): (path: string) => boolean {
  const read = (name: string) => (isFile(join(folder, name)) ? readFileSync(join(folder, name), 'utf8').slice(0, 256 * 1024) : '');
  const rules = [parseIgnoreRules(read('.dockerignore'), 'docker'), parseIgnoreRules(read('.fairwayignore'), 'git')];
  return (path) => files.has(path) && !alwaysPacked.test(path) && rules.some((isMatch) => isMatch(path));
}

function programEntry(folder: string, from: string, to: string): LayerEntry {
  const file = join(folder, from);
  return { path: `app/${to}`, type: 'file', executable: true, source: { file, size: lstatSync(file).size } };
}

const isFile = (path: string): boolean => lstatSync(path, { throwIfNoEntry: false })?.isFile() === true;
const isFolder = (path: string): boolean => lstatSync(path, { throwIfNoEntry: false })?.isDirectory() === true;
