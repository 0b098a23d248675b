import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import {
  type BindingObject,
  type BuildObject,
  type ComponentPlace,
  ConflictError,
  type Fairway,
  followBinding,
  followDeployment,
  kinds,
  type ResourceObject,
} from '@fairway/sdk';
import { type Command, type CommandContext, text } from '../command.ts';
import { CommandError, exitCodes } from '../exit-codes.ts';
import { followToUrl } from '../follow-to-url.ts';
import { nameOfFolder, placeFlags, readLink, writeLink } from '../place.ts';
import { pushSnapshot, snapshotFolder } from '../source/snapshot-folder.ts';

type ComponentObject = ResourceObject<{ owner: { projectName: string }; type: string }>;

export const deploy: Command = {
  usage: 'deploy [folder]',
  about: 'Build a folder as it is now and run it in the first environment',
  flags: [
    ...placeFlags,
    { flags: '--name <name>', about: 'component name (default: the folder’s link, else its name)' },
    { flags: '--type <type>', about: 'WebApplication, Service or ScheduledTask (default: what the folder looks like)' },
    { flags: '--no-wait', about: 'leave when the build has begun' },
    { flags: '--timeout <duration>', about: 'how long to wait, for example 10m', fallback: '15m' },
  ],
  examples: ['fairway deploy', 'fairway deploy ./shop --project store'],
  run: async (context) => {
    const folder = resolve(context.cwd, context.args[0] ?? '.');
    const { fairway, url, token } = await context.connect();
    const place = await placeOfFolder(context, folder);
    const snapshot = await snapshotFolder(folder, context.signal);
    await ensureComponent(fairway, place, { folder, url, type: text(context.options.type), signal: context.signal });
    await writeLink(folder, place);
    const events = await start(context, { fairway, place, snapshot, url, token });
    if (context.options.wait === false)
      return context.terminal.result({
        data: { ...place, commit: snapshot.commit },
        text: `building ${place.component} at ${snapshot.commit.slice(0, 8)}`,
        names: [place.component],
      });
    const done = await followToUrl(context.terminal, events, context.signal);
    const where = done.urls[0] ?? `${place.component} is ready in ${done.environment}`;
    await context.terminal.result({ data: { ...place, commit: snapshot.commit, ...done }, text: where, names: [place.component] });
  },
};

interface Start {
  fairway: Fairway;
  place: ComponentPlace;
  snapshot: Awaited<ReturnType<typeof snapshotFolder>>;
  url: string;
  token: string;
}

/** A folder that was built as it is needs no second build: its binding is followed at once. */
async function start(context: CommandContext, { fairway, place, snapshot, url, token }: Start) {
  const known = await latestBuild(fairway, place, context.signal);
  const image = known?.status?.imageStatus?.image;
  if (
    known?.metadata.labels?.['fairway.dev/tree'] === snapshot.tree &&
    image !== undefined &&
    (await isBound(fairway, place, image, context.signal))
  ) {
    context.terminal.note('nothing changed since the last deployment');
    return followBinding(fairway, place, { image, signal: context.signal });
  }
  await pushSnapshot(snapshot, {
    url: `${url}/git/${place.organization}/${place.project}/${place.component}.git`,
    token,
    ref: `refs/fairway/snapshots/${place.component}`,
    signal: context.signal,
    onLine: (line) => context.terminal.note(line),
  });
  const build = await fairway.builds.trigger(place, snapshot.commit, context.signal);
  return followDeployment(fairway, place, { build: build.name, signal: context.signal });
}

async function latestBuild(fairway: Fairway, place: ComponentPlace, signal: AbortSignal): Promise<BuildObject | undefined> {
  const { items } = await fairway
    .resources<BuildObject>(kinds.build)
    .list({ namespace: place.organization, fieldSelector: `spec.owner.componentName=${place.component}`, signal });
  return items.toSorted((a, b) => (a.metadata.creationTimestamp ?? '').localeCompare(b.metadata.creationTimestamp ?? '')).at(-1);
}

async function isBound(fairway: Fairway, place: ComponentPlace, image: string, signal: AbortSignal): Promise<boolean> {
  const fieldSelector = `spec.owner.componentName=${place.component}`;
  for (const kind of [kinds.webApplicationBinding, kinds.serviceBinding, kinds.scheduledTaskBinding]) {
    const { items } = await fairway.resources<BindingObject>(kind).list({ namespace: place.organization, fieldSelector, signal });
    if (items.some(({ spec }) => Object.values(spec?.workloadSpec?.containers ?? {}).some((container) => container.image === image)))
      return true;
  }
  return false;
}

async function placeOfFolder(context: CommandContext, folder: string): Promise<ComponentPlace> {
  const link = await readLink(folder);
  return {
    organization: text(context.options.org) ?? link?.organization ?? 'default',
    project: text(context.options.project) ?? link?.project ?? 'default',
    component: text(context.options.name) ?? link?.component ?? nameOfFolder(folder),
  };
}

async function ensureComponent(
  fairway: Fairway,
  place: ComponentPlace,
  of: { folder: string; url: string; type: string | undefined; signal: AbortSignal },
): Promise<void> {
  const { organization, project, component } = place;
  if ((await fairway.resources(kinds.project).get(project, { namespace: organization, signal: of.signal })) === undefined)
    await fairway.projects.create(organization, { name: project }, of.signal);
  const known = await fairway.resources<ComponentObject>(kinds.component).get(component, { namespace: organization, signal: of.signal });
  if (known !== undefined && known.spec?.owner.projectName === project) return;
  const type = of.type ?? (await typeOfFolder(of.folder));
  const repoUrl = `${of.url}/git/${organization}/${project}/${component}.git`;
  try {
    await fairway.components.create(
      place,
      { type, buildConfig: { repoUrl, repoBranch: 'main', componentPath: '.', buildTemplateRef: 'fairway' } },
      of.signal,
    );
  } catch (error) {
    if (!(error instanceof ConflictError)) throw error;
    throw new CommandError({
      message: error.message,
      exitCode: exitCodes.conflict,
      hint: `names are unique in an organization: fairway deploy --name ${project}-${component}`,
      cause: error,
    });
  }
}

/** The kind of component decides its routes; the builder finds out everything else. */
async function typeOfFolder(folder: string): Promise<string> {
  if (existsSync(join(folder, 'workload.yaml'))) return 'Service';
  const settings = await readFile(join(folder, 'fairway.yaml'), 'utf8').catch(() => '');
  return /^schedule\s*:/m.test(settings) ? 'ScheduledTask' : 'WebApplication';
}
