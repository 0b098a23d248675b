import type { Container, PersistentVolumeClaim, Pod } from '@fairway/contracts/builtin';
import type { AnyResource, Kind, ResourceOf } from '@fairway/resources/model';
import { isFinished } from '../pods/pod-state.ts';
import { parseQuantity } from './quantity.ts';

/** Amounts by the names that a quota limits. */
export type Amounts = Record<string, number>;

/** Counted under their own plural beside `count/<plural>.<group>`. */
const plainlyCounted = new Set(['configmaps', 'persistentvolumeclaims', 'pods', 'resourcequotas', 'secrets', 'services']);

type Need = 'requests' | 'limits';

const needOf = ({ resources }: Container, need: Need, name: string): number | undefined => {
  const said = parseQuantity(resources?.[need]?.[name]);
  // What is limited and asks for nothing asks for its limit.
  return said ?? (need === 'requests' ? parseQuantity(resources?.limits?.[name]) : undefined);
};

/** What a pod needs: all its containers together, or the largest that runs before them. */
function podNeed(pod: ResourceOf<typeof Pod>, need: Need, name: string): number {
  const initial = pod.spec?.initContainers ?? [];
  const lasting = [...(pod.spec?.containers ?? []), ...initial.filter(({ restartPolicy }) => restartPolicy === 'Always')];
  const together = lasting.reduce((sum, container) => sum + (needOf(container, need, name) ?? 0), 0);
  return Math.max(together, ...initial.map((container) => needOf(container, need, name) ?? 0));
}

const podNames = ['cpu', 'memory'] as const;

/** What one object takes of each name that a quota may limit. */
export function measureUse(kind: Kind, object: AnyResource): Amounts {
  const qualified = kind.group === '' ? kind.plural : `${kind.plural}.${kind.group}`;
  const used: Amounts = { [`count/${qualified}`]: 1 };
  if (kind.group !== '') return used;
  if (kind.kind === 'Pod') {
    const pod = object as ResourceOf<typeof Pod>;
    if (isFinished(pod)) return used;
    for (const name of podNames) {
      used[`limits.${name}`] = podNeed(pod, 'limits', name);
      used[`requests.${name}`] = podNeed(pod, 'requests', name);
      used[name] = used[`requests.${name}`] ?? 0;
    }
  }
  if (kind.kind === 'PersistentVolumeClaim') {
    const { spec } = object as ResourceOf<typeof PersistentVolumeClaim>;
    used['requests.storage'] = parseQuantity(spec?.resources?.requests?.storage) ?? 0;
  }
  if (plainlyCounted.has(kind.plural)) used[kind.plural] = 1;
  return used;
}

/** Containers that do not say what a quota limits: under such a quota every pod must. By the quota's name for it. */
export function unsaidNeeds(pod: ResourceOf<typeof Pod>, limited: readonly string[]): [name: string, containers: string[]][] {
  const containers = [...(pod.spec?.initContainers ?? []), ...(pod.spec?.containers ?? [])];
  return limited.flatMap((limit): [string, string[]][] => {
    const [need, name] = limit.includes('.') ? limit.split('.') : ['requests', limit];
    if ((need !== 'requests' && need !== 'limits') || !podNames.some((known) => known === name)) return [];
    const silent = containers.filter((container) => needOf(container, need, name ?? '') === undefined).map((container) => container.name);
    return silent.length === 0 ? [] : [[limit, silent]];
  });
}
