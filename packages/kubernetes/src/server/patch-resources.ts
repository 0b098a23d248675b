import { type AnyResource, apiVersionOf, conflict, kindId, type Resource } from '@fairway/resources/model';
import { jsonPatch, mergePatch, strategicMergePatch } from '@fairway/resources/patch';
import { authorize, type Exchange } from './exchange.ts';
import { decodeBody, isRecord, mediaTypeOf, readBody } from './read-body.ts';
import { agreeingObject, unknownFieldRule } from './request-object.ts';
import { keyOfTarget } from './resource-target.ts';
import { badRequest, objectNotFound, protocolProblem } from './status-problem.ts';
import { causeOf, requireFieldManager, type WriteParameters, writeParameters } from './write-options.ts';
import { answerResult, commitOne, type NamedTarget, requireWritable } from './write-resources.ts';

type ApplyPatch = (current: AnyResource) => unknown;

export const patchTypes = [
  'application/json-patch+json',
  'application/merge-patch+json',
  'application/strategic-merge-patch+json',
  'application/apply-patch+yaml',
] as const;

/** From the body of a PATCH to a pure function of the present object. */
function patchOf(type: string, body: unknown, target: NamedTarget): ApplyPatch {
  if (type === 'application/json-patch+json') {
    if (!Array.isArray(body)) throw badRequest('a JSON patch must be an array of operations');
    return (current) => jsonPatch(current, body);
  }
  if (!isRecord(body)) throw badRequest('the patch must be a JSON object');
  if (type === 'application/merge-patch+json') return (current) => mergePatch(current, body);
  return (current) => strategicMergePatch(current, body, target.served.kind.schema);
}

async function serverSideApply(exchange: Exchange, target: NamedTarget, parameters: WriteParameters): Promise<void> {
  requireFieldManager(exchange);
  const object = agreeingObject(target, await decodeBody(await readBody(exchange), 'yaml'));
  const cause = causeOf(exchange, target, { verb: 'apply', fieldManager: parameters.fieldManager });
  const { fieldManager, force, dryRun } = parameters;
  const status = target.subresource === 'status' ? { subresource: 'status' as const } : {};
  const onUnknownFields = unknownFieldRule(exchange, target.served.kind, parameters);
  const options = { fieldManager, force, dryRun, ...status, ...(onUnknownFields === undefined ? {} : { onUnknownFields }) };
  answerResult(exchange, target, await exchange.options.resources.apply(cause, object, options));
}

/** A patch may carry the version that it was made from, as a guard, and may not move the object. */
function checkedResult(target: NamedTarget, current: AnyResource, patched: unknown): Resource {
  const object = agreeingObject(target, patched);
  const { resourceVersion, uid } = object.metadata;
  const { kind } = target.served;
  if (resourceVersion !== undefined && resourceVersion !== current.metadata.resourceVersion)
    throw conflict('the object has been modified; please apply your changes to the latest version and try again', {
      kind: kind.kind,
      group: kind.group,
      name: target.name,
    });
  if (uid !== current.metadata.uid)
    throw conflict(`Precondition failed: UID in precondition: ${uid}, UID in object meta: ${current.metadata.uid}`, {
      kind: kind.kind,
      group: kind.group,
      name: target.name,
    });
  return object;
}

/** Strategic merge patches go by what a kind's authors said of its lists; of users' own kinds nobody says it in those words. */
const acceptedPatches = ({ options }: Exchange, { served }: NamedTarget): readonly string[] =>
  options.resources.kinds.isDefined(kindId(served.kind))
    ? patchTypes.filter((type) => type !== 'application/strategic-merge-patch+json')
    : patchTypes;

export async function patchObject(exchange: Exchange, target: NamedTarget): Promise<void> {
  requireWritable(target);
  await authorize(exchange, 'patch', target);
  const parameters = writeParameters(exchange);
  const type = mediaTypeOf(exchange.request);
  if (type === 'application/apply-patch+yaml') return serverSideApply(exchange, target, parameters);
  const accepted = acceptedPatches(exchange, target);
  if (!accepted.includes(type))
    throw protocolProblem(
      'UnsupportedMediaType',
      `the body of the request was in an unknown format - accepted media types include: ${accepted.join(', ')}`,
    );
  if (exchange.query.has('force')) throw badRequest('force is allowed for server-side apply only');
  const patch = patchOf(type, await decodeBody(await readBody(exchange), 'json'), target);
  const { kind } = target.served;
  const result = await commitOne(exchange, target, {
    verb: 'patch',
    parameters,
    change: {
      op: 'mutate',
      kind,
      key: keyOfTarget(target),
      ...(target.subresource === 'status' ? { subresource: 'status' as const } : {}),
      change: (current) => {
        if (current === undefined) throw objectNotFound(kind, target.name);
        return checkedResult(target, current, patch({ ...current, apiVersion: apiVersionOf(kind), kind: kind.kind }));
      },
    },
  });
  answerResult(exchange, target, result);
}
