import { type AnyResource, type Cause, type Clock, type Key, type Resources, reconcilerCaller, traceStep } from '../model/index.ts';
import type { Controller, ReconcileContext } from './controller.ts';
import type { LoopMemory } from './loop-memory.ts';
import { keyFromText } from './object-key.ts';
import type { Outcome, Reconciled } from './outcome.ts';
import { runWithDeadline } from './run-with-deadline.ts';
import { summarize } from './summarize.ts';

/** What one run of one key needs. */
export interface ObjectRun {
  resources: Resources;
  controller: Controller;
  clock: Clock;
  memory: LoopMemory;
  stop: AbortSignal;
  /** The key as text. */
  text: string;
}

const defaultDeadlineMs = 60_000;
const graceMs = 10_000;

const causeOf = ({ controller }: ObjectRun, action: string): Cause => ({
  caller: reconcilerCaller(controller.name.split('/')[0] ?? controller.name),
  action,
});

export const readObject = async ({ resources, controller, text }: ObjectRun): Promise<AnyResource | undefined> =>
  (await resources.get(controller.kind, keyFromText(text))) as AnyResource | undefined;

/** Writes conditions and status with the version that was read, if they changed. */
export const writeStatus = async (run: ObjectRun, object: AnyResource, reconciled: Reconciled): Promise<void> => {
  const { resources, controller, clock, memory, text } = run;
  const style = controller.conditionStyle ?? 'generic';
  const status = summarize({ kind: controller.kind, object, reconciled, style, now: clock.now() });
  if (status === undefined) return;
  const expect = object.metadata.resourceVersion;
  const change = { op: 'status' as const, object: { ...object, status }, ...(expect === undefined ? {} : { expect }) };
  const [result] = await resources.commit(causeOf(run, `${controller.kind.singular}.summarize`), [change]);
  if (result?.outcome === 'updated') memory.wrote(text, result.object.metadata.resourceVersion);
};

const writeFinalizers = async (
  run: ObjectRun,
  { object, verb, change }: { object: AnyResource; verb: string; change: (finalizers: string[]) => string[] },
): Promise<AnyResource | undefined> => {
  const { kind } = run.controller;
  const key: Key = keyFromText(run.text);
  const [result] = await run.resources.commit(causeOf(run, `${kind.singular}.${verb}`), [
    {
      op: 'mutate',
      kind,
      key,
      change: (current) => {
        // Another object of the same name is not the one that was looked at.
        if (current === undefined || current.metadata.uid !== object.metadata.uid) return undefined;
        const finalizers = current.metadata.finalizers ?? [];
        const changed = change(finalizers);
        return changed.length === finalizers.length ? undefined : { ...current, metadata: { ...current.metadata, finalizers: changed } };
      },
    },
  ]);
  return result?.object;
};

const callReconciler = (run: ObjectRun, work: (context: ReconcileContext) => Promise<Reconciled>): Promise<Reconciled> => {
  const { resources, clock, controller, stop } = run;
  const cause = (action: string): Cause => causeOf(run, action);
  const deadlineMs = controller.deadlineMs ?? defaultDeadlineMs;
  const reconcile = (signal: AbortSignal): Promise<Reconciled> =>
    traceStep(`reconcile ${controller.name}`, () => work({ resources, clock, signal, cause }));
  return runWithDeadline(reconcile, { clock, deadlineMs, graceMs, stop });
};

const finalizeObject = async (run: ObjectRun, object: AnyResource): Promise<Outcome | undefined> => {
  const { controller } = run;
  const { finalizer } = controller;
  if (finalizer === undefined || !(object.metadata.finalizers ?? []).includes(finalizer)) return undefined;
  const reconciled: Reconciled =
    controller.finalize === undefined
      ? { outcome: { is: 'settled' } }
      : await callReconciler(run, async (context) => controller.finalize?.(object, context) ?? { outcome: { is: 'settled' } });
  if (reconciled.outcome.is !== 'settled') {
    await writeStatus(run, object, reconciled);
    return reconciled.outcome;
  }
  await writeFinalizers(run, { object, verb: 'release', change: (finalizers) => finalizers.filter((name) => name !== finalizer) });
  return undefined;
};

/** The object with the controller's finalizer; undefined when it went, or began to go, meanwhile. */
const holdObject = async (run: ObjectRun, object: AnyResource): Promise<AnyResource | undefined> => {
  const { finalizer } = run.controller;
  if (finalizer === undefined || (object.metadata.finalizers ?? []).includes(finalizer)) return object;
  const change = (finalizers: string[]): string[] => (finalizers.includes(finalizer) ? finalizers : [...finalizers, finalizer]);
  const held = await writeFinalizers(run, { object, verb: 'hold', change });
  if (held === undefined || held.metadata.uid !== object.metadata.uid || held.metadata.deletionTimestamp !== undefined) return undefined;
  run.memory.wrote(run.text, held.metadata.resourceVersion);
  return held;
};

const stateOf = ({ metadata }: AnyResource): string =>
  `${metadata.uid ?? ''}:${metadata.generation ?? 0}:${metadata.deletionTimestamp ?? ''}`;

/** One look at one object, always in this order: load, deletion, finalizer, reconcile, summarize. First run, retry and restart are the same. */
export const reconcileObject = async (run: ObjectRun): Promise<Outcome | undefined> => {
  const { controller, memory, text } = run;
  const object = await readObject(run);
  if (object === undefined) {
    memory.forget(text);
    return undefined;
  }
  if (memory.stalledAt.get(text) === stateOf(object)) return undefined;
  memory.stalledAt.delete(text);
  if (object.metadata.deletionTimestamp !== undefined) return finalizeObject(run, object);
  const held = await holdObject(run, object);
  if (held === undefined) return undefined;
  const reconciled = await callReconciler(run, (context) => controller.reconcile(held, context));
  await writeStatus(run, held, reconciled);
  if (reconciled.outcome.is === 'stalled') memory.stalledAt.set(text, stateOf(held));
  return reconciled.outcome;
};
