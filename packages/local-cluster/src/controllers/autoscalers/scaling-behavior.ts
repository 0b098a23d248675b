import type { HorizontalPodAutoscalerSpec, ScalingRules } from '@fairway/contracts/builtin';

/** What an autoscaler remembers. Lost with the process, as in Kubernetes: then it starts careful, from what there is. */
export interface ScalingMemory {
  recommendations: { at: number; replicas: number }[];
  /** Pods added (positive) or taken away (negative). */
  changes: { at: number; by: number }[];
}

const keptMs = 3_600_000;
const upDefaults: Required<Pick<ScalingRules, 'policies' | 'selectPolicy' | 'stabilizationWindowSeconds'>> = {
  stabilizationWindowSeconds: 0,
  selectPolicy: 'Max',
  policies: [
    { type: 'Pods', value: 4, periodSeconds: 15 },
    { type: 'Percent', value: 100, periodSeconds: 15 },
  ],
};
const downDefaults: typeof upDefaults = {
  stabilizationWindowSeconds: 300,
  selectPolicy: 'Max',
  policies: [{ type: 'Percent', value: 100, periodSeconds: 15 }],
};

export interface Decision {
  replicas: number;
  /** What held it back, in the words of the condition ScalingLimited; undefined when nothing did. */
  limitedBy?: readonly [reason: string, message: string];
  /** True when the window of the past kept it. */
  isStabilized: boolean;
}

/** How far policies let the number go in one direction. */
function bound(
  rules: typeof upDefaults,
  { changes }: ScalingMemory,
  { current, sign, now }: { current: number; sign: 1 | -1; now: number },
): number {
  if (rules.selectPolicy === 'Disabled') return current;
  const bounds = rules.policies.map(({ type, value, periodSeconds }) => {
    const recent = changes.filter(({ at, by }) => now - at < periodSeconds * 1_000 && Math.sign(by) === sign);
    const atStart = current - recent.reduce((sum, { by }) => sum + by, 0);
    if (type === 'Pods') return atStart + sign * value;
    return sign === 1 ? Math.ceil(atStart * (1 + value / 100)) : Math.floor(atStart * (1 - value / 100));
  });
  const isWidest = rules.selectPolicy === 'Max';
  return (sign === 1) === isWidest ? Math.max(...bounds) : Math.min(...bounds);
}

/** The recommendation within its window: the lowest of the recent ones on the way up, the highest on the way down. */
function stabilize(
  memory: ScalingMemory,
  rules: { up: typeof upDefaults; down: typeof downDefaults },
  at: { current: number; wanted: number; now: number },
) {
  const within = (seconds: number): number[] =>
    memory.recommendations.filter((made) => at.now - made.at <= seconds * 1_000).map(({ replicas }) => replicas);
  const up = Math.min(at.wanted, ...within(rules.up.stabilizationWindowSeconds));
  const down = Math.max(at.wanted, ...within(rules.down.stabilizationWindowSeconds));
  return Math.min(Math.max(at.current, up), down);
}

/** From what the metrics ask for to what is done now: window, policies, then the least and the most. Remembers the recommendation. */
export function decide(
  spec: HorizontalPodAutoscalerSpec,
  memory: ScalingMemory,
  at: { current: number; wanted: number; now: number },
): Decision {
  const { current, wanted, now } = at;
  const rules = { up: { ...upDefaults, ...spec.behavior?.scaleUp }, down: { ...downDefaults, ...spec.behavior?.scaleDown } };
  memory.changes = memory.changes.filter((change) => now - change.at < keptMs);
  memory.recommendations = memory.recommendations.filter((made) => now - made.at < keptMs);
  const steady = stabilize(memory, rules, at);
  memory.recommendations.push({ at: now, replicas: wanted });
  const isStabilized = steady !== wanted;
  const [least, most] = [spec.minReplicas ?? 1, spec.maxReplicas];
  const sign = steady > current ? 1 : -1;
  const reach = steady === current ? current : bound(sign === 1 ? rules.up : rules.down, memory, { current, sign, now });
  const stepped = sign === 1 ? Math.min(steady, Math.max(reach, current)) : Math.max(steady, Math.min(reach, current));
  const replicas = Math.min(most, Math.max(least, stepped));
  if (wanted > most && replicas === most)
    return { replicas, isStabilized, limitedBy: ['TooManyReplicas', 'the desired replica count is more than the maximum replica count'] };
  if (wanted < least && replicas === least)
    return { replicas, isStabilized, limitedBy: ['TooFewReplicas', 'the desired replica count is less than the minimum replica count'] };
  if (stepped !== steady) {
    const [reason, way] = sign === 1 ? ['ScaleUpLimit', 'increasing faster'] : ['ScaleDownLimit', 'decreasing faster'];
    return { replicas, isStabilized, limitedBy: [reason, `the desired replica count is ${way} than the maximum scale rate`] };
  }
  return { replicas, isStabilized };
}
