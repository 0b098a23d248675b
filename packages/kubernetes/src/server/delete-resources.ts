import { type AnyResource, type Change, type CommitResult, isProblem, type Propagation } from '@fairway/resources/model';
import { answer, authorize, type Exchange } from './exchange.ts';
import { decodeBody, isRecord, readBody } from './read-body.ts';
import { answerObject, parsed, selection } from './read-resources.ts';
import { keyOfTarget, type ResourceTarget } from './resource-target.ts';
import { badRequest, methodNotAllowed } from './status-problem.ts';
import { writeParameters } from './write-options.ts';
import { commitOne, type NamedTarget, requireWritable } from './write-resources.ts';

interface DeleteOptions {
  expect?: { uid?: string; resourceVersion?: string };
  propagation?: Propagation;
  gracePeriodSeconds?: number;
  dryRun: boolean;
}

const propagationOf: Readonly<Record<string, Propagation>> = { Background: 'background', Foreground: 'foreground', Orphan: 'orphan' };

const text = (value: unknown, name: string): string | undefined => {
  if (value === undefined || value === null || value === '') return undefined;
  if (typeof value !== 'string') throw badRequest(`DeleteOptions: ${name} must be a string`);
  return value;
};

function graceOf(value: unknown): number | undefined {
  if (value === undefined || value === null || value === '') return undefined;
  const seconds = Number(value);
  // kubectl sends -1 for "the object's own".
  if (!Number.isInteger(seconds)) throw badRequest('DeleteOptions: gracePeriodSeconds must be a whole number');
  return seconds < 0 ? undefined : seconds;
}

function propagationIn(body: Record<string, unknown>, query: URLSearchParams): Propagation | undefined {
  const policy = text(body.propagationPolicy, 'propagationPolicy') ?? query.get('propagationPolicy') ?? '';
  if (policy === '') return body.orphanDependents === true ? 'orphan' : undefined;
  const propagation = Object.hasOwn(propagationOf, policy) ? propagationOf[policy] : undefined;
  if (propagation === undefined)
    throw badRequest(`DeleteOptions: propagationPolicy must be Background, Foreground or Orphan, not ${JSON.stringify(policy)}`);
  return propagation;
}

function expectationIn(body: Record<string, unknown>): DeleteOptions['expect'] {
  const preconditions = isRecord(body.preconditions) ? body.preconditions : {};
  const uid = text(preconditions.uid, 'preconditions.uid');
  const resourceVersion = text(preconditions.resourceVersion, 'preconditions.resourceVersion');
  if (uid === undefined && resourceVersion === undefined) return undefined;
  return { ...(uid === undefined ? {} : { uid }), ...(resourceVersion === undefined ? {} : { resourceVersion }) };
}

/** DeleteOptions come in the body; their query form is older and still used by simple clients. */
async function deleteOptions(exchange: Exchange): Promise<DeleteOptions> {
  const { query } = exchange;
  const content = await readBody(exchange);
  const body = content.trim() === '' ? {} : await decodeBody(content, 'yaml');
  if (!isRecord(body)) throw badRequest('DeleteOptions must be an object');
  if (body.kind !== undefined && body.kind !== 'DeleteOptions')
    throw badRequest(`the body of a delete must be DeleteOptions, not ${String(body.kind)}`);
  const propagation = propagationIn(body, query);
  const expect = expectationIn(body);
  const grace = graceOf(body.gracePeriodSeconds ?? query.get('gracePeriodSeconds'));
  return {
    dryRun: Array.isArray(body.dryRun) && body.dryRun.includes('All'),
    ...(expect === undefined ? {} : { expect }),
    ...(propagation === undefined ? {} : { propagation }),
    ...(grace === undefined ? {} : { gracePeriodSeconds: grace }),
  };
}

async function deleteOne(exchange: Exchange, target: NamedTarget, options: DeleteOptions): Promise<CommitResult> {
  const parameters = writeParameters(exchange);
  const { dryRun, ...details } = options;
  const change: Change = { op: 'delete', kind: target.served.kind, key: keyOfTarget(target), ...details };
  return commitOne(exchange, target, { verb: 'delete', parameters: { ...parameters, dryRun: parameters.dryRun || dryRun }, change });
}

/** True while finalizers (or a pod's processes) keep the object: then the client gets the object and goes on waiting. */
const isStillThere = ({ outcome }: CommitResult): boolean => outcome !== 'deleted';

export async function deleteObject(exchange: Exchange, target: NamedTarget): Promise<void> {
  if (target.subresource !== undefined) throw methodNotAllowed();
  requireWritable(target);
  await authorize(exchange, 'delete', target);
  const result = await deleteOne(exchange, target, await deleteOptions(exchange));
  if (isStillThere(result)) return answerObject(exchange, target, { text: target.served.present(JSON.stringify(result.object)) });
  const { kind } = target.served;
  const { uid } = result.object.metadata;
  const details = {
    name: target.name,
    ...(kind.group === '' ? {} : { group: kind.group }),
    kind: kind.plural,
    ...(uid === undefined ? {} : { uid }),
  };
  answer(exchange, 200, { kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Success', details });
}

const collectionPageSize = 200;

/** Deletes what the selectors name, page by page; an object that somebody else deleted meanwhile is no failure. */
export async function deleteCollection(exchange: Exchange, target: ResourceTarget): Promise<void> {
  requireWritable(target);
  await authorize(exchange, 'deletecollection', target);
  const options = await deleteOptions(exchange);
  const { kind, source } = target.served;
  const deleted: AnyResource[] = [];
  let next: string | undefined;
  let resourceVersion = '';
  do {
    const query = { ...selection(target, exchange.query), limit: collectionPageSize, ...(next === undefined ? {} : { continue: next }) };
    const page = await source.listText(query, exchange.context.caller);
    ({ continue: next, resourceVersion } = page);
    for (const object of page.items.map(parsed)) {
      const { name, namespace } = object.metadata;
      const one: NamedTarget = { served: target.served, name, ...(namespace === undefined ? {} : { namespace }) };
      try {
        deleted.push((await deleteOne(exchange, one, options)).object);
      } catch (error) {
        if (!isProblem(error, 'not-found')) throw error;
      }
    }
  } while (next !== undefined);
  answer(exchange, 200, {
    kind: `${kind.kind}List`,
    apiVersion: kind.group === '' ? kind.version : `${kind.group}/${kind.version}`,
    metadata: { resourceVersion },
    items: deleted,
  });
}
