import { type BindingObject, type BuildObject, failureOf, kinds } from '@fairway/sdk';
import { type InstallationStatus, isAlive } from '@fairway/supervisor';
import { type CommandContext, text } from '../command.ts';
import { bindingsOf, type ComponentObject, collect, latestBuild, requireComponent, requireProject } from '../components.ts';
import { failureText } from '../follow-to-url.ts';
import { placeOf } from '../place.ts';
import { notesOnPrograms, readStatusAloud } from '../tell-programs.ts';
import { table } from '../terminal.ts';

export async function status(context: CommandContext): Promise<void> {
  const { fairway, url, ports } = await context.connect();
  const { signal } = context;
  // Before anything is asked: when the platform does not answer, this is why.
  const watched = ports === undefined ? undefined : await readStatusAloud(context);
  for (const note of notesOnPrograms(watched?.programs ?? [], Date.now())) context.terminal.note(note);
  const place = context.args[0] === undefined ? undefined : await placeOf(context, context.args[0]);
  const organization = place?.organization ?? text(context.options.org) ?? 'default';
  const project = text(context.options.project);
  if (place === undefined && project !== undefined) await requireProject(fairway, { organization, project }, signal);
  const components =
    place === undefined
      ? await collect(fairway.resources<ComponentObject>(kinds.component).all({ namespace: organization, signal }))
      : [await requireComponent(fairway, place, signal)];
  const wanted = { organization, ...(place === undefined ? {} : { component: place.component }) };
  const bindings = await bindingsOf(fairway, wanted, signal);
  const wantedComponents = components.filter(({ spec }) => project === undefined || spec?.owner.projectName === project);
  const rows: Row[] = [];
  for (const component of wantedComponents) rows.push(...(await rowsOf(context, component, bindings)));
  const lines = rows.map((row) => [
    row.component,
    row.environment,
    row.release,
    row.ready ? 'Ready' : row.reason,
    row.url ?? '',
    row.ready ? '' : row.message,
  ]);
  await context.terminal.result({
    data: { api: url, ...programsOf(watched), components: rows },
    text:
      rows.length === 0
        ? 'no components yet: fairway deploy FOLDER makes the first one'
        : table(['COMPONENT', 'ENVIRONMENT', 'RELEASE', 'STATUS', 'URL', 'WHY'], lines),
    names: [...new Set(rows.map(({ component }) => component))],
  });
}

/** The processes of the installation on this machine, as their supervisor sees them. */
function programsOf(watched: InstallationStatus | undefined) {
  const programs = (watched?.programs ?? []).map((program) => ({
    name: program.name,
    state: program.state,
    pid: program.process?.pid,
    restarts: program.restarts,
    ...(program.lastExit === undefined ? {} : { lastExit: program.lastExit }),
  }));
  return { supervised: watched !== undefined && isAlive(watched.supervisor), programs };
}

interface Placement {
  environment?: string | undefined;
  release?: string | undefined;
  ready: boolean;
  reason: string;
  message: string;
  url?: string | undefined;
}
interface Row extends Placement {
  component: string;
  project: string;
  type: string;
}
const nothingYet: Placement = { ready: false, reason: 'NotDeployed', message: 'nothing was deployed yet' };

async function rowsOf(context: CommandContext, component: ComponentObject, bindings: readonly BindingObject[]): Promise<Row[]> {
  const { metadata, spec } = component;
  const base = { component: metadata.name, project: spec?.owner.projectName ?? '', type: spec?.type ?? '' };
  const own = bindings.filter((binding) => binding.spec?.owner.componentName === metadata.name);
  if (own.length > 0) return own.map((binding) => ({ ...base, ...rowOf(binding) }));
  const { fairway } = await context.connect();
  const organization = metadata.namespace ?? 'default';
  return [{ ...base, ...placementOf(await latestBuild(fairway, { ...base, organization }, context.signal)) }];
}

/** Of a component that runs nowhere: how far its newest build has come. */
function placementOf(build: BuildObject | undefined): Placement {
  const completion = build?.status?.conditions?.find(({ type }) => type === 'BuildCompleted');
  if (build === undefined || completion === undefined) return nothingYet;
  const reason = completion.status === 'True' ? nothingYet.reason : completion.reason;
  return { ready: false, reason, message: reason === 'BuildFailed' ? failureText(failureOf(build)) : completion.message };
}

function rowOf({ spec, status: seen }: BindingObject): Placement & Readonly<Record<string, unknown>> {
  const ready = seen?.conditions?.find(({ type }) => type === 'Ready');
  return {
    environment: spec?.environment,
    release: seen?.componentRelease ?? spec?.componentRelease,
    wanted: spec?.componentRelease,
    record: seen?.deploymentRecord,
    ready: ready?.status === 'True',
    reason: ready?.reason ?? 'Pending',
    message: ready?.message ?? 'not looked at yet',
    url: seen?.urls?.[0],
    image: seen?.image,
  };
}
