import { apiVersionOf, type Kind, type Resource } from '@fairway/resources/model';
import type { Exchange } from './exchange.ts';
import { isRecord } from './read-body.ts';
import type { ResourceTarget } from './resource-target.ts';
import { badRequest } from './status-problem.ts';
import type { WriteParameters } from './write-options.ts';

/** What a client sent must be what the URL says: kind, version, namespace and name. What it left out is filled in. */
export function agreeingObject(target: ResourceTarget, sent: unknown): Resource {
  const { kind } = target.served;
  if (!isRecord(sent)) throw badRequest('the object provided must be a JSON object');
  const apiVersion = sent.apiVersion ?? apiVersionOf(kind);
  if (apiVersion !== apiVersionOf(kind))
    throw badRequest(`the API version in the data (${String(apiVersion)}) does not match the expected API version (${apiVersionOf(kind)})`);
  if ((sent.kind ?? kind.kind) !== kind.kind)
    throw badRequest(`the kind in the data (${String(sent.kind)}) does not match the expected kind (${kind.kind})`);
  const metadata = sent.metadata ?? {};
  if (!isRecord(metadata)) throw badRequest('metadata must be an object');
  for (const field of ['name', 'namespace', 'generateName', 'resourceVersion'] as const)
    if (metadata[field] !== undefined && metadata[field] !== null && typeof metadata[field] !== 'string')
      throw badRequest(`metadata.${field} must be a string`);
  const { namespace, name, ...rest } = metadata;
  if (kind.namespaced && namespace && namespace !== target.namespace)
    throw badRequest(
      `the namespace of the provided object does not match the namespace sent on the request (${String(namespace)}, ${target.namespace})`,
    );
  if (!kind.namespaced && namespace) throw badRequest(`${kind.kind} is not namespaced: leave metadata.namespace out`);
  if (target.name !== undefined && name && name !== target.name)
    throw badRequest(`the name of the object (${String(name)}) does not match the name on the URL (${target.name})`);
  return {
    ...sent,
    apiVersion: apiVersionOf(kind),
    kind: kind.kind,
    metadata: {
      ...rest,
      name: target.name ?? (typeof name === 'string' ? name : ''),
      ...(target.namespace === undefined ? {} : { namespace: target.namespace }),
    },
  };
}

// One mistyped block of a large manifest would otherwise fill every header there is.
const maxUnknownFields = 20;

/** Fields that the schema does not know: refused, warned about, or passed over, as the client asked. They are never stored. */
export const unknownFieldRule = (
  exchange: Exchange,
  kind: Kind,
  { fieldValidation }: WriteParameters,
): ((paths: readonly string[]) => void) | undefined => {
  if (fieldValidation === 'Ignore') return undefined;
  return (paths) => {
    const said = paths.slice(0, maxUnknownFields).map((field) => `unknown field ${JSON.stringify(field)}`);
    if (fieldValidation === 'Strict')
      throw badRequest(
        `${kind.kind} in version ${JSON.stringify(kind.version)} cannot be handled as a ${kind.kind}: strict decoding error: ${said.join(', ')}`,
      );
    exchange.warnings.push(...said.filter((text) => !exchange.warnings.includes(text)));
  };
};
