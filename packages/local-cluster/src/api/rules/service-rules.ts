import { Service, type ServiceSpec } from '@fairway/contracts/builtin';
import type { AdmissionRules, FieldProblem } from '@fairway/resources/model';
import type { AddressPlan } from '../../proxy/index.ts';
import { fieldDuplicate, fieldRequired, invalidObject } from './field-problem.ts';
import { labelProblems } from './pod-template-rules.ts';
import { addressFacts, placeService, type ServiceObject } from './service-address.ts';

const filledSpec = ({ ports, ...spec }: ServiceSpec): ServiceSpec => ({
  ...spec,
  ...(ports === undefined ? {} : { ports: ports.map((port) => ({ ...port, targetPort: port.targetPort ?? port.port })) }),
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

export const serviceRules = (plan: AddressPlan): AdmissionRules<ServiceObject> => ({
  audited: false,
  default: (object) => (object.spec === undefined ? object : { ...object, spec: filledSpec(object.spec) }),
  facts: (change) => addressFacts(plan, change),
  admit(change, facts) {
    const { object, operation, subresource } = change;
    if (operation === 'delete' || subresource !== undefined || object.spec === undefined) return undefined;
    const own = [...labelProblems('metadata.name', object.metadata.name), ...portProblems(object.spec)];
    const place = placeService(plan, change, facts);
    const refuse = invalidObject(Service, object, 'problems' in place ? [...own, ...place.problems] : own);
    if (refuse !== undefined) return { refuse };
    return 'object' in place ? { object: place.object } : undefined;
  },
});
