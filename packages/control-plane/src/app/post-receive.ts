/**
 * What git runs after a push: shows the deployment as `remote:` lines. It only reads: the control plane acts on the new heads by itself,
 * and ending this (a closed client, a killed hook) cancels nothing.
 */
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import {
  type BuildObject,
  type ComponentPlace,
  createFairway,
  type DeploymentEvent,
  type Fairway,
  followDeployment,
  kinds,
  type ResourceObject,
} from '@fairway/sdk';
import { isSameSource } from './is-same-source.ts';

type ComponentObject = ResourceObject<{
  owner: { projectName: string };
  build?: { repository: { url: string; revision: { branch: string }; appPath?: string } };
}>;

const { FAIRWAY_URL: url = '', FAIRWAY_TOKEN: token = '', FAIRWAY_REPOSITORY: repository = '' } = process.env;
const run = promisify(execFile);
const say = (line: string): void => void process.stdout.write(`${line}\n`);
// A client that is gone is no reason to fail.
process.stdout.on('error', () => process.exit(0));
const maxInputChars = 1_000_000;
const patienceMs = 15 * 60_000;
const wakeTimeoutMs = 10_000;
const gitTimeoutMs = 10_000;

const fairway = createFairway({ url, token });
const [organization = '', project = '', name = ''] = repository.split('/');
const heads = await pushedBranches();
try {
  // Builds begin when the control plane sees the new heads; without this it would look only after this hook has ended.
  await fairway.raw({ method: 'POST', path: `/git/${repository}.git/refs-changed`, signal: AbortSignal.timeout(wakeTimeoutMs) });
  for (const { branch, commit } of heads) await showBranch(branch, commit);
} catch (error) {
  say(`the deployment cannot be shown: ${(error as Error).message}`);
  say('it goes on all the same: fairway status tells how it stands');
}

interface Interested extends ComponentPlace {
  /** Folder of the application inside the repository. */
  appPath: string;
}

async function showBranch(branch: string, commit: string): Promise<void> {
  const places = await componentsOf(fairway, branch);
  if (places.length === 0) say(`nothing builds from branch ${branch} of this repository: fairway deploy makes a component that does`);
  for (const place of places) {
    const tree = await treeOf(commit, place.appPath);
    if (tree !== undefined && isSameSource({ commit, tree }, await buildsOf(place)))
      say(`${place.component}: nothing changed in its folder, so nothing is built`);
    else await showDeployment(place, commit);
  }
}

/** Git runs a hook inside of the repository. */
async function treeOf(commit: string, folder: string): Promise<string | undefined> {
  const revision = folder === '.' ? `${commit}^{tree}` : `${commit}:${folder}`;
  const call = run('git', ['rev-parse', '--verify', '--quiet', '--end-of-options', revision], { timeout: gitTimeoutMs });
  // Without an answer the push waits for a build, as if something had changed.
  return call.then(
    ({ stdout }) => stdout.trim(),
    () => undefined,
  );
}

async function buildsOf({ organization: namespace, component }: ComponentPlace): Promise<readonly BuildObject[]> {
  const fieldSelector = `spec.owner.componentName=${component}`;
  return (await fairway.resources<BuildObject>(kinds.build).list({ namespace, fieldSelector })).items;
}

async function showDeployment(place: ComponentPlace, commit: string): Promise<void> {
  const signal = AbortSignal.timeout(patienceMs);
  let shown = false;
  for await (const event of followDeployment(fairway, place, { commit, signal, appearWithinMs: 15_000 })) {
    shown = true;
    for (const line of linesOf(event, place, commit)) say(line);
  }
  if (!shown) say(`${place.component}: no build has begun yet; fairway status tells how it stands`);
}

function linesOf(event: DeploymentEvent, { component }: ComponentPlace, commit: string): string[] {
  switch (event.type) {
    case 'build':
      return [`building ${component} at ${commit.slice(0, 8)}`];
    case 'log':
      return [event.line];
    case 'built':
      return event.notes.map((note) => `note: ${note}`);
    case 'binding':
      return [`${event.environment}: ${event.message}`];
    case 'failed':
      if (event.stage === 'superseded') return [`REPLACED: ${event.message}`];
      return [`FAILED: ${event.line === undefined ? '' : `${event.line} — `}${event.message}`, 'what runs was left as it is'];
    case 'ready':
      return [`${event.release} is ready in ${event.environment}${event.urls[0] === undefined ? '' : `: ${event.urls[0]}`}`];
    default:
      return [];
  }
}

async function componentsOf(client: Fairway, branch: string): Promise<Interested[]> {
  const found: Interested[] = [];
  for await (const { metadata, spec } of client.resources<ComponentObject>(kinds.component).all({ namespace: organization })) {
    const source = spec?.build?.repository;
    if (source?.revision.branch === branch && source.url.replace(/\.git$/, '').endsWith(`/git/${organization}/${project}/${name}`))
      found.push({ organization, project: spec?.owner.projectName ?? project, component: metadata.name, appPath: source.appPath ?? '.' });
  }
  return found;
}

/** Lines `OLD NEW REF` of git; deletions and refs that are no branches have nothing to show. */
async function pushedBranches(): Promise<{ branch: string; commit: string }[]> {
  let input = '';
  for await (const chunk of process.stdin.setEncoding('utf8') as AsyncIterable<string>) if (input.length < maxInputChars) input += chunk;
  return input.split('\n').flatMap((line) => {
    const [, commit = '', ref = ''] = line.split(' ');
    return ref.startsWith('refs/heads/') && !/^0*$/.test(commit) ? [{ branch: ref.slice('refs/heads/'.length), commit }] : [];
  });
}
