/**
 * What git runs after a push: shows the deployment as `remote:` lines. It only reads: the control plane acts on the new heads by itself,
 * and ending this (a closed client, a killed hook) cancels nothing.
 */
import { type ComponentPlace, createFairway, type DeploymentEvent, followDeployment } from '@fairway/sdk';

const { FAIRWAY_URL: url = '', FAIRWAY_TOKEN: token = '', FAIRWAY_REPOSITORY: repository = '' } = process.env;
const say = (line: string): void => void process.stdout.write(`${line}\n`);
// A client that is gone is no reason to fail.
process.stdout.on('error', () => process.exit(0));
const maxInputChars = 1_000_000;
const patienceMs = 15 * 60_000;
const wakeTimeoutMs = 10_000;

const fairway = createFairway({ url, token });
const [organization = ''] = repository.split('/');
const heads = await pushedBranches();
try {
  // Builds begin when the control plane sees the new heads; without this it would look only after this hook has ended.
  const plans = [];
  for (const head of heads) plans.push({ ...head, places: await tellOfHead(head) });
  if (heads.length === 0) await tellOfHead();
  for (const { branch, commit, places } of plans) await showBranch(branch, commit, places);
} catch (error) {
  say(`the deployment cannot be shown: ${(error as Error).message}`);
  say('it goes on all the same: fairway status tells how it stands');
}

interface Plan extends Pick<ComponentPlace, 'project' | 'component'> {
  isBuilt: boolean;
}

/** Wakes the control plane, and asks it what the head comes to. */
async function tellOfHead(head?: { branch: string; commit: string }): Promise<readonly Plan[]> {
  const signal = AbortSignal.timeout(wakeTimeoutMs);
  const answer = await fairway.raw({
    method: 'POST',
    path: `/git/${repository}.git/refs-changed`,
    signal,
    ...(head === undefined ? {} : { query: head }),
  });
  return head === undefined ? [] : ((await answer.json()) as { items: Plan[] }).items;
}

async function showBranch(branch: string, commit: string, places: readonly Plan[]): Promise<void> {
  if (places.length === 0) say(`nothing builds from branch ${branch} of this repository: fairway deploy makes a component that does`);
  for (const { project, component, isBuilt } of places)
    if (isBuilt) await showDeployment({ organization, project, component }, commit);
    else say(`${component}: nothing changed in its folder, so nothing is built`);
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

/** Lines `OLD NEW REF` of git; deletions and refs that are no branches have nothing to show. */
async function pushedBranches(): Promise<{ branch: string; commit: string }[]> {
  let input = '';
  for await (const chunk of process.stdin.setEncoding('utf8') as AsyncIterable<string>) if (input.length < maxInputChars) input += chunk;
  return input.split('\n').flatMap((line) => {
    const [, commit = '', ref = ''] = line.split(' ');
    return ref.startsWith('refs/heads/') && !/^0*$/.test(commit) ? [{ branch: ref.slice('refs/heads/'.length), commit }] : [];
  });
}
