import { type Change, isProblem, type Resource } from '@fairway/resources/model';
import type { ReconcileContext } from '@fairway/resources/reconcile';
import { eventChange } from '../events/event-change.ts';

export interface Creations {
  owner: Resource;
  /** Who creates, as its events name it. */
  component: string;
  action: string;
  /** Belongs into every commit: the owner as it was read, for example. */
  guard: Change;
  /** What belongs to one pod each. */
  each: readonly (readonly Change[])[];
}

/** How long to wait after a refusal: a quota may have room again. */
export const refusedAgainMs = 15_000;

/** Creates pods in one commit or, where a rule refuses one, as many one by one as it takes. False when it did not take all; an event says why. */
export async function createSome({ owner, component, action, guard, each }: Creations, context: ReconcileContext): Promise<boolean> {
  const { resources, cause, clock } = context;
  try {
    await resources.commit(cause(action), [guard, ...each.flat()]);
    return true;
  } catch (error) {
    if (!isProblem(error, 'forbidden')) throw error;
  }
  for (const changes of each) {
    try {
      await resources.commit(cause(action), [guard, ...changes]);
    } catch (error) {
      if (!isProblem(error, 'forbidden')) throw error;
      const message = `Error creating: ${error.message}`;
      const event = { about: owner, type: 'Warning', reason: 'FailedCreate', message, component, now: clock.now() } as const;
      await resources.commit(cause(action), [eventChange(event)]);
      return false;
    }
  }
  return true;
}
