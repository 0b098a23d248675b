import { tracingChannel } from 'node:diagnostics_channel';

/** What is published of a step: `commit build.create`, `cluster create Job`, `git heads`, `reconcile builds/build`, `binding renderObjects`. */
export interface Step {
  name: string;
}

const channel = tracingChannel<Step, Step>('fairway:step');

/**
 * Runs one named step: everything that outlives this process (a commit, a call of a cluster, of Git, of a blob store) is one. Whoever subscribes to
 * Node's tracing channel `fairway:step` learns of its begin (`start`) and of its end (`asyncStart`); without a subscriber this is a plain call.
 */
export const traceStep = <T>(name: string, work: () => Promise<T>): Promise<T> =>
  channel.hasSubscribers ? channel.tracePromise(work, { name }) : work();

type Methods<T> = { [K in keyof T]: (...args: never[]) => Promise<unknown> };

/** The same object, each of whose methods is a step that is named after it. */
export function traceMethods<T extends Methods<T>>(room: string, object: T): T {
  const traced = Object.entries(object as Record<string, (...args: never[]) => Promise<unknown>>).map(
    ([name, method]) => [name, (...args: never[]) => traceStep(`${room} ${name}`, () => method.apply(object, args))] as const,
  );
  return Object.fromEntries(traced) as unknown as T;
}
