import { type BindingObject, kinds, type ResourceObject } from '@fairway/sdk';
import { isAlive, readStatus } from '@fairway/supervisor';
import { type Command, text } from '../command.ts';
import { placeFlags } from '../place.ts';
import { plain, table } from '../terminal.ts';

interface Row {
  component: string;
  project: string;
  type: string;
  environment?: string | undefined;
  release?: string | undefined;
  ready: boolean;
  reason: string;
  message: string;
  url?: string | undefined;
}

type ComponentObject = ResourceObject<{ owner: { projectName: string }; type: string }>;
const maxComponents = 1_000;

export const status: Command = {
  usage: 'status [name]',
  about: 'What runs where, and why it is so',
  flags: [...placeFlags],
  examples: ['fairway status', 'fairway status hello -o json'],
  run: async (context) => {
    const { fairway, url } = await context.connect();
    const namespace = text(context.options.org) ?? 'default';
    const project = text(context.options.project);
    const at = { namespace, signal: context.signal, limit: maxComponents };
    const components = (await fairway.resources<ComponentObject>(kinds.component).list(at)).items.filter(
      ({ metadata, spec }) =>
        (context.args[0] === undefined || metadata.name === context.args[0]) &&
        (project === undefined || spec?.owner.projectName === project),
    );
    const pages = await Promise.all(
      [kinds.webApplicationBinding, kinds.serviceBinding, kinds.scheduledTaskBinding].map((kind) =>
        fairway.resources<BindingObject>(kind).list(at),
      ),
    );
    const bindings = pages.flatMap(({ items }) => items);
    const rows = components.flatMap((component): Row[] => {
      const own = bindings.filter(({ spec }) => spec?.owner.componentName === component.metadata.name);
      const base = {
        component: component.metadata.name,
        project: component.spec?.owner.projectName ?? '',
        type: component.spec?.type ?? '',
      };
      return own.length === 0
        ? [
            {
              ...base,
              environment: undefined,
              release: undefined,
              ready: false,
              reason: 'NotDeployed',
              message: 'nothing was deployed yet',
              url: undefined,
            },
          ]
        : own.map((binding) => ({ ...base, ...rowOf(binding) }));
    });
    const watched = await readStatus(context.files);
    const programs = (watched?.programs ?? []).map((program) => ({
      name: program.name,
      state: program.state,
      pid: program.process?.pid,
      restarts: program.restarts,
      ...(program.lastExit === undefined ? {} : { lastExit: program.lastExit }),
    }));
    const isWatched = watched !== undefined && isAlive(watched.supervisor);
    const lines = rows.map((row) => [
      row.component,
      row.environment,
      row.release,
      row.ready ? 'Ready' : row.reason,
      row.url ?? '',
      row.ready ? '' : plain(row.message),
    ]);
    const shown =
      rows.length === 0
        ? 'no components yet: fairway deploy FOLDER makes the first one'
        : table(['COMPONENT', 'ENVIRONMENT', 'RELEASE', 'STATUS', 'URL', 'WHY'], lines);
    await context.terminal.result({
      data: { api: url, supervised: isWatched, programs, components: rows },
      text: shown,
      names: components.map(({ metadata }) => metadata.name),
    });
  },
};

function rowOf({ spec, status: seen }: BindingObject) {
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
