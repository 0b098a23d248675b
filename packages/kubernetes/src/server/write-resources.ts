import type { Change, CommitResult } from '@fairway/resources/model';
import { decodeProtobuf, protobufType } from './decode-protobuf.ts';
import { authorize, type Exchange } from './exchange.ts';
import { decodeBody, mediaTypeOf, readBody, readBytes } from './read-body.ts';
import { answerObject } from './read-resources.ts';
import { agreeingObject, unknownFieldRule } from './request-object.ts';
import type { ResourceTarget } from './resource-target.ts';
import { methodNotAllowed, noSuchResource, protocolProblem } from './status-problem.ts';
import { causeOf, type WriteParameters, writeParameters } from './write-options.ts';

export type NamedTarget = ResourceTarget & { name: string };

/** The body of a write that sends a whole object. */
export async function decodedBody(exchange: Exchange): Promise<unknown> {
  const type = mediaTypeOf(exchange.request);
  if (type === protobufType) return decodeProtobuf(await readBytes(exchange));
  if (type !== '' && type !== 'application/json' && type !== 'application/yaml')
    throw protocolProblem(
      'UnsupportedMediaType',
      `the body of the request was in an unknown format (${type}): send application/json or application/yaml`,
    );
  return decodeBody(await readBody(exchange), type === 'application/yaml' ? 'yaml' : 'json');
}

/** Only `/status` can be written, and only where a kind has it. */
export function requireWritable({ served, subresource }: ResourceTarget): void {
  if (!served.writable) throw methodNotAllowed();
  if (subresource === undefined) return;
  if (served.streams.has(subresource)) throw methodNotAllowed();
  if (subresource !== 'status' || !served.kind.hasStatus) throw noSuchResource();
}

/** Commits one change on behalf of the caller. */
export async function commitOne(
  exchange: Exchange,
  target: ResourceTarget,
  call: { verb: string; parameters: WriteParameters; change: Change },
): Promise<CommitResult> {
  const { verb, parameters, change } = call;
  const cause = causeOf(exchange, target, { verb, fieldManager: parameters.fieldManager });
  const onUnknownFields = unknownFieldRule(exchange, target.served.kind, parameters);
  const options = { dryRun: parameters.dryRun, ...(onUnknownFields === undefined ? {} : { onUnknownFields }) };
  const [result] = await exchange.options.resources.commit(cause, [change], options);
  if (result === undefined) throw new Error('the store answered a commit of one change with no result');
  return result;
}

export const answerResult = (exchange: Exchange, target: ResourceTarget, { object, outcome, text }: CommitResult): void =>
  answerObject(exchange, target, {
    code: outcome === 'created' ? 201 : 200,
    text: target.served.present(text ?? JSON.stringify(object)),
  });

export async function createObject(exchange: Exchange, target: ResourceTarget): Promise<void> {
  requireWritable(target);
  // By its path alone, as Kubernetes does it: nobody's body is read before. A promise only where the authorizer looks something up.
  const allowed = authorize(exchange, 'create', target);
  if (allowed !== undefined) await allowed;
  const parameters = writeParameters(exchange);
  const object = agreeingObject(target, await decodedBody(exchange));
  answerResult(exchange, target, await commitOne(exchange, target, { verb: 'create', parameters, change: { op: 'create', object } }));
}

export async function replaceObject(exchange: Exchange, target: NamedTarget): Promise<void> {
  requireWritable(target);
  await authorize(exchange, 'update', target);
  const parameters = writeParameters(exchange);
  const object = agreeingObject(target, await decodedBody(exchange));
  const { resourceVersion } = object.metadata;
  const guard = resourceVersion === undefined || resourceVersion === '' ? {} : { expect: resourceVersion };
  const change: Change = { op: target.subresource === 'status' ? 'status' : 'replace', object, ...guard };
  answerResult(exchange, target, await commitOne(exchange, target, { verb: 'update', parameters, change }));
}
