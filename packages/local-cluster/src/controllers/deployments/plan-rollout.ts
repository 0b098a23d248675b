import type { DeploymentSpec } from '@fairway/contracts/builtin';
import { desiredAnnotation, maxAnnotation, type SetView } from './replica-sets-of.ts';

/** A set and the number of pods that it should have. */
export interface Scale {
  view: SetView;
  replicas: number;
}

export interface Bounds {
  replicas: number;
  surge: number;
  unavailable: number;
}

const amount = (value: number | string | undefined, of: number, round: (value: number) => number): number => {
  if (typeof value === 'number') return value;
  const percent = Number.parseInt(value ?? '25%', 10);
  return Number.isNaN(percent) ? 0 : round((percent * of) / 100);
};

export const isRecreate = (spec: DeploymentSpec): boolean => spec.strategy?.type === 'Recreate';

/** How many pods there may be above and below the wanted number. Never both none: the rollout could not move. */
export function boundsOf(spec: DeploymentSpec): Bounds {
  const replicas = spec.replicas ?? 1;
  if (isRecreate(spec)) return { replicas, surge: 0, unavailable: 0 };
  const surge = amount(spec.strategy?.rollingUpdate?.maxSurge, replicas, Math.ceil);
  const unavailable = Math.min(replicas, amount(spec.strategy?.rollingUpdate?.maxUnavailable, replicas, Math.floor));
  return { replicas, surge, unavailable: surge === 0 && unavailable === 0 ? 1 : unavailable };
}

const total = (views: readonly SetView[], pick: (view: SetView) => number): number => views.reduce((sum, view) => sum + pick(view), 0);
const changed = (scales: readonly Scale[]): Scale[] => scales.filter(({ view, replicas }) => view.replicas !== replicas);

function planNew(current: SetView, old: readonly SetView[], { replicas, surge }: Bounds): Scale {
  if (current.replicas >= replicas) return { view: current, replicas };
  const room = replicas + surge - total([current, ...old], (view) => view.replicas);
  return { view: current, replicas: current.replicas + Math.max(0, Math.min(room, replicas - current.replicas)) };
}

/** First what does not serve anyway, oldest set first; then as many serving pods as the bounds allow. */
function planOld(current: SetView, old: readonly SetView[], { replicas, unavailable }: Bounds): Scale[] {
  const minAvailable = replicas - unavailable;
  const all = [current, ...old];
  let removable = total(all, (view) => view.replicas) - minAvailable - (current.replicas - current.available);
  let spare = total(all, (view) => view.available) - minAvailable;
  const scales = new Map(old.map((view) => [view, view.replicas]));
  for (const view of old) {
    const taken = Math.max(0, Math.min(removable, view.replicas - view.available));
    scales.set(view, view.replicas - taken);
    removable -= taken;
  }
  for (const view of old) {
    const left = scales.get(view) ?? 0;
    const taken = Math.max(0, Math.min(removable, spare, left));
    scales.set(view, left - taken);
    removable -= taken;
    spare -= taken;
  }
  return [...scales].map(([view, wanted]) => ({ view, replicas: wanted }));
}

/** The next step of a rolling update; no scale when it waits or is done. */
export function planRolling(current: SetView, old: readonly SetView[], bounds: Bounds): Scale[] {
  const up = changed([planNew(current, old, bounds)]);
  return up.length > 0 ? up : changed(planOld(current, old, bounds));
}

/** All old pods go first, and the new set starts when the last of them has gone. `current` is absent until then. */
export function planRecreate(current: SetView | undefined, old: readonly SetView[], replicas: number): Scale[] {
  const down = changed(old.map((view) => ({ view, replicas: 0 })));
  if (down.length > 0 || current === undefined || old.some((view) => view.hasLiving)) return down;
  return changed([{ view: current, replicas }]);
}

/** True when the wanted number was changed since the sets were last scaled. */
export const isResized = (views: readonly SetView[], replicas: number): boolean =>
  views.some(({ set, replicas: has }) => {
    const said = set.metadata.annotations?.[desiredAnnotation];
    return has > 0 && said !== undefined && Number(said) !== replicas;
  });

/** Spreads a changed number over the sets, in proportion to what they have. */
export function planResize(current: SetView | undefined, old: readonly SetView[], bounds: Bounds): Scale[] {
  const all = current === undefined ? old : [current, ...old];
  const active = all.filter((view) => view.replicas > 0);
  const only = active.length <= 1 ? (active[0] ?? current) : undefined;
  if (only !== undefined) return changed([{ view: only, replicas: bounds.replicas }]);
  if (active.length === 0) return [];
  const allowed = bounds.replicas > 0 ? bounds.replicas + bounds.surge : 0;
  let toAdd = allowed - total(active, (view) => view.replicas);
  const [direction, largestFirst] = [Math.sign(toAdd), active.toSorted((a, b) => b.replicas - a.replicas)];
  const scales = largestFirst.map((view) => {
    const before = Number(view.set.metadata.annotations?.[maxAnnotation]) || allowed;
    const share = Math.round((view.replicas * allowed) / before) - view.replicas;
    const part = direction >= 0 ? Math.max(0, Math.min(share, toAdd)) : Math.min(0, Math.max(share, toAdd));
    toAdd -= part;
    return { view, replicas: view.replicas + part };
  });
  const [first] = scales;
  if (first !== undefined) first.replicas = Math.max(0, first.replicas + toAdd);
  return changed(scales);
}
