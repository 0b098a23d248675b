import type { AnyResource } from '@fairway/resources/model';
import { age, type Column, count, joined, name, spec, status, table, wide } from './table-cells.ts';

interface VolumeFields {
  accessModes: readonly string[];
  capacity: { storage?: string };
  claimRef: { namespace?: string; name?: string };
  persistentVolumeReclaimPolicy: string;
  storageClassName: string;
  volumeAttributesClassName: string;
  volumeMode: string;
  volumeName: string;
  phase: string;
  reason: string;
}

const shortModes: Readonly<Record<string, string>> = {
  ReadWriteOnce: 'RWO',
  ReadOnlyMany: 'ROX',
  ReadWriteMany: 'RWX',
  ReadWriteOncePod: 'RWOP',
};
const modesOf = (modes: readonly string[] = []): string => modes.map((mode) => shortModes[mode] ?? mode).join(',');
const phaseOf = (object: AnyResource): string =>
  object.metadata.deletionTimestamp === undefined ? (status<VolumeFields>(object).phase ?? '') : 'Terminating';
const attributesClass: Column = ['VolumeAttributesClass', (object) => spec<VolumeFields>(object).volumeAttributesClassName ?? '<unset>'];
const volumeMode: Column = ['VolumeMode', (object) => spec<VolumeFields>(object).volumeMode ?? '<unset>', wide];

export const claim = table([
  name,
  ['Status', phaseOf],
  ['Volume', (object) => spec<VolumeFields>(object).volumeName ?? ''],
  ['Capacity', (object) => status<VolumeFields>(object).capacity?.storage ?? ''],
  ['Access Modes', (object) => modesOf(status<VolumeFields>(object).accessModes)],
  ['StorageClass', (object) => spec<VolumeFields>(object).storageClassName ?? ''],
  attributesClass,
  age,
  volumeMode,
]);

export const volume = table([
  name,
  ['Capacity', (object) => spec<VolumeFields>(object).capacity?.storage ?? ''],
  ['Access Modes', (object) => modesOf(spec<VolumeFields>(object).accessModes)],
  ['Reclaim Policy', (object) => spec<VolumeFields>(object).persistentVolumeReclaimPolicy ?? ''],
  ['Status', phaseOf],
  [
    'Claim',
    (object) => {
      const { namespace, name: claimed } = spec<VolumeFields>(object).claimRef ?? {};
      return claimed === undefined ? '' : `${namespace}/${claimed}`;
    },
  ],
  ['StorageClass', (object) => spec<VolumeFields>(object).storageClassName ?? ''],
  attributesClass,
  ['Reason', (object) => status<VolumeFields>(object).reason ?? ''],
  age,
  volumeMode,
]);

interface QuotaFields {
  hard: Record<string, string | number>;
  used: Record<string, string | number>;
}

const quotaUse = (object: AnyResource, isMeant: (limit: string) => boolean): string => {
  const { hard = {}, used = {} } = status<QuotaFields>(object);
  const limits = Object.keys(hard).filter(isMeant).sort();
  return limits.map((limit) => `${limit}: ${used[limit] ?? 0}/${hard[limit]}`).join(', ');
};

export const quota = table([
  name,
  ['Request', (object) => quotaUse(object, (limit) => !limit.startsWith('limits.'))],
  ['Limit', (object) => quotaUse(object, (limit) => limit.startsWith('limits.'))],
  age,
]);

interface Amount {
  averageUtilization?: number;
  averageValue?: string;
}

interface MetricAmounts {
  name: string;
  target?: Amount;
  current?: Amount;
}

interface MetricFields {
  type: string;
  resource?: MetricAmounts;
  containerResource?: MetricAmounts;
}

interface Autoscaling {
  scaleTargetRef: { kind?: string; name?: string };
  minReplicas: number;
  maxReplicas: number;
  metrics: readonly MetricFields[];
  currentMetrics: readonly MetricFields[];
  currentReplicas: number;
}

const amountsOf = ({ resource, containerResource }: MetricFields): MetricAmounts | undefined => resource ?? containerResource;

const amountText = ({ averageUtilization, averageValue }: Amount, inPercent: boolean): string =>
  inPercent ? `${averageUtilization ?? '<unknown>'}${averageUtilization === undefined ? '' : '%'}` : (averageValue ?? '<unknown>');

/** `cpu: 12%/80%`. */
const autoscalerTargets = (object: AnyResource): string => {
  const current = (status<Autoscaling>(object).currentMetrics ?? []).map(amountsOf);
  const targets = (spec<Autoscaling>(object).metrics ?? []).map((metric) => {
    const { name: resource = metric.type, target = {} } = amountsOf(metric) ?? {};
    const inPercent = target.averageUtilization !== undefined;
    const found = current.find((seen) => seen?.name === resource)?.current ?? {};
    return `${resource}: ${amountText(found, inPercent)}/${amountText(target, inPercent)}`;
  });
  return joined(targets).replaceAll(',', ', ');
};

const autoscalerReference = (object: AnyResource): string => {
  const { kind, name: target } = spec<Autoscaling>(object).scaleTargetRef ?? {};
  return `${kind}/${target}`;
};

export const autoscaler = table([
  name,
  ['Reference', autoscalerReference],
  ['Targets', autoscalerTargets],
  ['MinPods', (object) => String(spec<Autoscaling>(object).minReplicas ?? '<unset>')],
  ['MaxPods', (object) => spec<Autoscaling>(object).maxReplicas, count],
  ['Replicas', (object) => status<Autoscaling>(object).currentReplicas ?? 0, count],
  age,
]);
