import { resolve } from 'node:path';
import { type BindingObject, type ComponentPlace, type DeploymentEvent, type Fairway, followBinding, followDeployment } from '@fairway/sdk';
import { type CommandContext, text } from '../command.ts';
import { bindingsOf, latestBuild, readyRelease } from '../components.ts';
import { ensureComponent } from '../ensure-component.ts';
import { followToUrl } from '../follow-to-url.ts';
import { nameOfFolder, readLink, writeLink } from '../place.ts';
import { rootEnvironmentOf } from '../root-environment-of.ts';
import { pushSnapshot, type Snapshot, snapshotFolder } from '../source/snapshot-folder.ts';

export async function deploy(context: CommandContext): Promise<void> {
  const { terminal, signal } = context;
  const folder = resolve(context.cwd, context.args[0] ?? '.');
  const place = await placeOfFolder(context, folder);
  const snapshot = await snapshotFolder(folder, signal);
  const { fairway, url } = await context.connect();
  await ensureComponent(fairway, place, { folder, url, type: text(context.options.type), signal });
  await writeLink(folder, place);
  const { events, runsBefore } = await start(context, place, snapshot);
  if (context.options.wait === false)
    return terminal.result({
      data: { ...place, commit: snapshot.commit },
      text: `building ${place.component} at ${snapshot.commit.slice(0, 8)}`,
      names: [place.component],
    });
  const done = await followToUrl(terminal, { events, runsBefore, signal });
  const where = done.urls[0] ?? `${place.component} is ready in ${done.environment}`;
  await terminal.result({ data: { ...place, commit: snapshot.commit, ...done }, text: where, names: [place.component] });
}

async function placeOfFolder(context: CommandContext, folder: string): Promise<ComponentPlace> {
  const link = await readLink(folder);
  return {
    organization: text(context.options.org) ?? link?.organization ?? 'default',
    project: text(context.options.project) ?? link?.project ?? 'default',
    component: text(context.options.name) ?? link?.component ?? nameOfFolder(folder),
  };
}

/** A folder that runs as it is needs no second build: its binding is followed at once. */
async function start(
  context: CommandContext,
  place: ComponentPlace,
  snapshot: Snapshot,
): Promise<{ events: AsyncIterable<DeploymentEvent>; runsBefore: string | undefined }> {
  const { signal, terminal } = context;
  const { fairway, url, token } = await context.connect();
  const environment = await rootEnvironmentOf(fairway, place, signal);
  const inEnvironment = environment === undefined ? {} : { environment };
  const bindings = (await bindingsOf(fairway, place, signal)).filter(
    ({ spec }) => environment === undefined || spec?.environment === environment,
  );
  const runsBefore = readyRelease(bindings);
  const image = await imageOf(fairway, { place, snapshot, bindings }, signal);
  if (image !== undefined) {
    terminal.note('nothing changed since the last deployment');
    return { events: followBinding(fairway, place, { image, ...inEnvironment, signal }), runsBefore };
  }
  const { organization, project, component } = place;
  await pushSnapshot(snapshot, {
    url: `${url}/git/${[organization, project, component].map(encodeURIComponent).join('/')}.git`,
    token,
    ref: `refs/fairway/snapshots/${component}`,
    signal,
    onLine: (line) => terminal.note(line),
  });
  const build = await fairway.builds.trigger(place, snapshot.commit, signal);
  return { events: followDeployment(fairway, place, { build: build.name, ...inEnvironment, signal }), runsBefore };
}

/** The image of this very folder, when the environment runs it already. */
async function imageOf(
  fairway: Fairway,
  of: { place: ComponentPlace; snapshot: Snapshot; bindings: readonly BindingObject[] },
  signal: AbortSignal,
): Promise<string | undefined> {
  const known = await latestBuild(fairway, of.place, signal);
  const image = known?.status?.imageStatus?.image;
  if (image === undefined || known?.metadata.labels?.['fairway.dev/tree'] !== of.snapshot.tree) return undefined;
  const isBound = of.bindings.some(({ spec }) =>
    Object.values(spec?.workloadSpec?.containers ?? {}).some((container) => container.image === image),
  );
  return isBound ? image : undefined;
}
