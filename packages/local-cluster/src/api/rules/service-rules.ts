import { Service, type ServiceSpec } from '@fairway/contracts/builtin';
import type { AdmissionRules, FieldProblem, ResourceOf } from '@fairway/resources/model';
import { fieldDuplicate, fieldInvalid, fieldRequired, immutable, invalidObject } from './field-problem.ts';
import { labelProblems } from './pod-template-rules.ts';

type ServiceObject = ResourceOf<typeof Service>;

/**
 * No service has a virtual address here: every pod answers on 127.0.0.1 and a port of its own, which only endpoints can say. `None` is
 * Kubernetes' word for exactly that.
 */
const noAddress = 'None';

const filledSpec = (spec: ServiceSpec): ServiceSpec => ({
  ...spec,
  ...(spec.ports === undefined ? {} : { ports: spec.ports.map((port) => ({ ...port, targetPort: port.targetPort ?? port.port })) }),
  ...(spec.type === 'ExternalName'
    ? {}
    : {
        clusterIP: spec.clusterIP ? spec.clusterIP : noAddress,
        clusterIPs: spec.clusterIPs ?? [spec.clusterIP ? spec.clusterIP : noAddress],
      }),
});

function portProblems(spec: ServiceSpec): FieldProblem[] {
  const ports = spec.ports ?? [];
  if (spec.type === 'ExternalName') return spec.externalName ? [] : [fieldRequired('spec.externalName')];
  return ports.flatMap((port, index) => {
    const path = `spec.ports[${index}]`;
    const first = ports.findIndex((other) => other.port === port.port && other.protocol === port.protocol);
    return [
      ...(ports.length > 1 && !port.name ? [fieldRequired(`${path}.name`)] : []),
      ...(port.name ? labelProblems(`${path}.name`, port.name) : []),
      ...(first < index ? [fieldDuplicate(path, { port: port.port, protocol: port.protocol })] : []),
    ];
  });
}

const addressProblems = (spec: ServiceSpec): FieldProblem[] =>
  spec.clusterIP === undefined || spec.clusterIP === '' || spec.clusterIP === noAddress
    ? []
    : [fieldInvalid('spec.clusterIP', spec.clusterIP, 'this cluster has no virtual addresses: leave it out, or say None')];

export const serviceRules: AdmissionRules<ServiceObject> = {
  audited: false,
  default: (object) => (object.spec === undefined ? object : { ...object, spec: filledSpec(object.spec) }),
  admit({ object, old, operation, subresource }) {
    if (operation === 'delete' || subresource !== undefined || object.spec === undefined) return undefined;
    const { spec, metadata } = object;
    const wasExternal = old?.spec?.type === 'ExternalName' || spec.type === 'ExternalName';
    const refuse = invalidObject(Service, object, [
      ...labelProblems('metadata.name', metadata.name),
      ...(old === undefined || wasExternal ? addressProblems(spec) : immutable('spec.clusterIP', old.spec?.clusterIP, spec.clusterIP)),
      ...portProblems(spec),
    ]);
    return refuse === undefined ? undefined : { refuse };
  },
};
