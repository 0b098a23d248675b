import { type AnyResource, invalid, type Kind, kindId, Problem, type Resource, type ScalePaths } from '@fairway/resources/model';
import { jsonPatch, mergePatch } from '@fairway/resources/patch';
import { answer, authorize, type Exchange } from './exchange.ts';
import { decodeBody, isRecord, mediaTypeOf, readBody } from './read-body.ts';
import { parsed } from './read-resources.ts';
import { keyOfTarget } from './resource-target.ts';
import { badRequest, methodNotAllowed, objectNotFound, protocolProblem } from './status-problem.ts';
import { requireFieldManager, writeParameters } from './write-options.ts';
import { commitOne, decodedBody, type NamedTarget } from './write-resources.ts';

const scaleVersion = 'autoscaling/v1';
export const scaleKind = { group: 'autoscaling', version: 'v1', kind: 'Scale' };

interface Scale {
  kind: 'Scale';
  apiVersion: string;
  metadata: Record<string, unknown>;
  spec: { replicas?: number };
  status: { replicas: number; selector?: string };
}

const valueAt = (object: AnyResource, path: string): unknown =>
  path.split('.').reduce<unknown>((at, step) => (isRecord(at) && Object.hasOwn(at, step) ? at[step] : undefined), object);

const numberAt = (object: AnyResource, path: string): number | undefined => {
  const value = valueAt(object, path);
  return typeof value === 'number' ? value : undefined;
};

/** The object with another number of replicas; what lies above them is copied, and made where it is not there. */
function withReplicas(object: AnyResource, path: string, replicas: number): AnyResource {
  const [first = '', ...rest] = path.split('.');
  const set = (at: unknown, steps: readonly string[]): unknown => {
    const [step, ...further] = steps;
    return step === undefined ? replicas : { ...(isRecord(at) ? at : {}), [step]: set(isRecord(at) ? at[step] : undefined, further) };
  };
  return { ...object, [first]: set(object[first], rest) };
}

/** An object that has no number yet gets one by being scaled. */
const withNumber = (object: AnyResource, { replicas }: ScalePaths): AnyResource =>
  numberAt(object, replicas) === undefined ? withReplicas(object, replicas, 0) : object;

const operators: Readonly<Record<string, (key: string, values: string) => string>> = {
  In: (key, values) => `${key} in (${values})`,
  NotIn: (key, values) => `${key} notin (${values})`,
  Exists: (key) => key,
  DoesNotExist: (key) => `!${key}`,
};

/** A selector as clients put it into a list's query; built-in kinds keep theirs as an object. */
function selectorText(selector: unknown): string | undefined {
  if (typeof selector === 'string') return selector;
  if (!isRecord(selector)) return undefined;
  const labels = Object.entries(isRecord(selector.matchLabels) ? selector.matchLabels : {}).map(([key, value]) => [key, `${key}=${value}`]);
  const expressions = (Array.isArray(selector.matchExpressions) ? selector.matchExpressions : []).flatMap((found: unknown) => {
    const { key = '', operator = '', values = [] } = found as { key?: string; operator?: string; values?: string[] };
    const text = operators[operator]?.(key, values.toSorted().join(','));
    return text === undefined ? [] : [[key, text]];
  });
  return [...labels, ...expressions]
    .sort(([a = ''], [b = '']) => (a < b ? -1 : a > b ? 1 : 0))
    .map(([, text]) => text)
    .join(',');
}

/** What the subresource shows of an object. Clients scale by it without knowing the kind. */
function scaleOf({ replicas: path, seenReplicas, selector }: ScalePaths, object: AnyResource): Scale {
  const replicas = numberAt(object, path);
  if (replicas === undefined)
    throw protocolProblem('InternalError', `Internal error occurred: the spec replicas field ".${path}" does not exist`);
  const { name, namespace, uid, resourceVersion, creationTimestamp } = object.metadata;
  const found = selector === undefined ? undefined : selectorText(valueAt(object, selector));
  return {
    kind: 'Scale',
    apiVersion: scaleVersion,
    metadata: { name, ...(namespace === undefined ? {} : { namespace }), uid, resourceVersion, creationTimestamp },
    // Kubernetes leaves a zero out here.
    spec: replicas === 0 ? {} : { replicas },
    status: { replicas: numberAt(object, seenReplicas) ?? 0, ...(found === undefined ? {} : { selector: found }) },
  };
}

/** A sent Scale must be of this very object. */
function requireSame(kind: Kind, current: AnyResource, metadata: Record<string, unknown>): void {
  const { name, uid, resourceVersion } = current.metadata;
  if ((metadata.name ?? name) !== name)
    throw badRequest(`the name of the object (${String(metadata.name)}) does not match the name on the URL (${name})`);
  const differs = (given: unknown, own: string | undefined): boolean => given !== undefined && given !== '' && given !== own;
  if (differs(metadata.resourceVersion, resourceVersion) || differs(metadata.uid, uid))
    throw new Problem({
      reason: 'conflict',
      message: 'the object has been modified; please apply your changes to the latest version and try again',
      kind: kind.kind,
      group: kind.group,
      name,
    });
}

/** The number that a sent Scale wants. Built-in kinds speak of the Scale, users' own kinds of their own field. */
function wantedReplicas({ kind, isDefined }: { kind: Kind; isDefined: boolean }, current: AnyResource, sent: unknown): number {
  if (!isRecord(sent)) throw badRequest('the object provided must be a JSON object');
  if ((sent.apiVersion ?? scaleVersion) !== scaleVersion || (sent.kind ?? 'Scale') !== 'Scale')
    throw badRequest(`the object provided is unrecognized: ${scaleVersion}, kind Scale is wanted`);
  requireSame(kind, current, isRecord(sent.metadata) ? sent.metadata : {});
  const replicas = isRecord(sent.spec) ? (sent.spec.replicas ?? 0) : 0;
  if (typeof replicas !== 'number' || !Number.isInteger(replicas))
    throw badRequest(`spec.replicas of a Scale must be a whole number, not ${JSON.stringify(replicas)}`);
  if (replicas >= 0) return replicas;
  if (!isDefined) {
    const message = `Invalid value: ${replicas}: must be greater than or equal to 0`;
    throw invalid(`spec.replicas: ${message}`, [{ field: 'spec.replicas', message, type: 'FieldValueInvalid' }], {
      ...scaleKind,
      name: current.metadata.name,
    });
  }
  const message = `Invalid value: ${replicas}: should be a non-negative integer`;
  const field = `.${kind.scale?.replicas ?? ''}`;
  throw invalid(`${field}: ${message}`, [{ field, message, type: 'FieldValueInvalid' }], {
    kind: kind.kind,
    group: kind.group,
    name: current.metadata.name,
  });
}

async function getScale(exchange: Exchange, target: NamedTarget, paths: ScalePaths): Promise<void> {
  await authorize(exchange, 'get', target);
  const text = await target.served.source.getText(keyOfTarget(target), exchange.context.caller);
  if (text === undefined) throw objectNotFound(target.served.kind, target.name);
  answer(exchange, 200, scaleOf(paths, parsed(text)));
}

type Change = (scale: Scale) => unknown;

/** From a request to what it makes of the present Scale. */
async function changeOf(exchange: Exchange): Promise<Change> {
  if (exchange.request.method === 'PUT') {
    const sent = await decodedBody(exchange);
    return () => sent;
  }
  const type = mediaTypeOf(exchange.request);
  const isApply = type === 'application/apply-patch+yaml';
  if (isApply) requireFieldManager(exchange);
  const body = await decodeBody(await readBody(exchange), isApply ? 'yaml' : 'json');
  if (type === 'application/json-patch+json') {
    if (!Array.isArray(body)) throw badRequest('a JSON patch must be an array of operations');
    return (scale) => jsonPatch(scale, body);
  }
  // A Scale holds no lists, so that all other patches merge alike.
  if (!isApply && type !== 'application/merge-patch+json' && type !== 'application/strategic-merge-patch+json')
    throw protocolProblem('UnsupportedMediaType', `the body of the request was in an unknown format (${type}): send a patch`);
  if (!isRecord(body)) throw badRequest('the patch must be a JSON object');
  return (scale) => mergePatch(scale, body);
}

async function writeScale(exchange: Exchange, target: NamedTarget, paths: ScalePaths): Promise<void> {
  const verb = exchange.request.method === 'PUT' ? 'update' : 'patch';
  await authorize(exchange, verb, target);
  const parameters = writeParameters(exchange);
  const changed = await changeOf(exchange);
  const { kind } = target.served;
  const isDefined = exchange.options.resources.kinds.isDefined(kindId(kind));
  const change = (current: AnyResource | undefined): Resource => {
    if (current === undefined) throw objectNotFound(kind, target.name);
    return withReplicas(
      current,
      paths.replicas,
      wantedReplicas({ kind, isDefined }, current, changed(scaleOf(paths, withNumber(current, paths)))),
    );
  };
  const result = await commitOne(exchange, target, {
    verb,
    parameters,
    change: { op: 'mutate', kind, key: keyOfTarget(target), change },
  });
  answer(exchange, 200, scaleOf(paths, result.object));
}

/** `…/NAME/scale`: how many there are to be, whatever the kind calls it. */
export function answerScale(exchange: Exchange, target: NamedTarget, paths: ScalePaths): Promise<void> {
  switch (exchange.request.method) {
    case 'GET':
    case 'HEAD':
      return getScale(exchange, target, paths);
    case 'PUT':
    case 'PATCH':
      return writeScale(exchange, target, paths);
    default:
      throw methodNotAllowed();
  }
}
