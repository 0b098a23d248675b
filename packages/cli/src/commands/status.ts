import { type BindingObject, kinds } from '@fairway/sdk';
import { isAlive, readStatus } from '@fairway/supervisor';
import { type CommandContext, text } from '../command.ts';
import { bindingsOf, type ComponentObject, collect, requireComponent } from '../components.ts';
import { placeOf } from '../place.ts';
import { table } from '../terminal.ts';

export async function status(context: CommandContext): Promise<void> {
  const { fairway, url } = await context.connect();
  const { signal } = context;
  const place = context.args[0] === undefined ? undefined : await placeOf(context, context.args[0]);
  const organization = place?.organization ?? text(context.options.org) ?? 'default';
  const project = text(context.options.project);
  const components =
    place === undefined
      ? await collect(fairway.resources<ComponentObject>(kinds.component).all({ namespace: organization, signal }))
      : [await requireComponent(fairway, place, signal)];
  const wanted = { organization, ...(place === undefined ? {} : { component: place.component }) };
  const bindings = await bindingsOf(fairway, wanted, signal);
  const rows = components
    .filter(({ spec }) => project === undefined || spec?.owner.projectName === project)
    .flatMap((component) => rowsOf(component, bindings));
  const lines = rows.map((row) => [
    row.component,
    row.environment,
    row.release,
    row.ready ? 'Ready' : row.reason,
    row.url ?? '',
    row.ready ? '' : row.message,
  ]);
  await context.terminal.result({
    data: { api: url, ...(await programsOf(context)), components: rows },
    text:
      rows.length === 0
        ? 'no components yet: fairway deploy FOLDER makes the first one'
        : table(['COMPONENT', 'ENVIRONMENT', 'RELEASE', 'STATUS', 'URL', 'WHY'], lines),
    names: [...new Set(rows.map(({ component }) => component))],
  });
}

/** The processes of the installation on this machine, as their supervisor sees them. */
async function programsOf({ files }: CommandContext) {
  const watched = await readStatus(files);
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

function rowsOf({ metadata, spec }: ComponentObject, bindings: readonly BindingObject[]): Row[] {
  const base = { component: metadata.name, project: spec?.owner.projectName ?? '', type: spec?.type ?? '' };
  const own = bindings.filter((binding) => binding.spec?.owner.componentName === metadata.name);
  return own.length === 0 ? [{ ...base, ...nothingYet }] : own.map((binding) => ({ ...base, ...rowOf(binding) }));
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
