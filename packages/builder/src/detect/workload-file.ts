import { posix } from 'node:path';
import { parse } from 'yaml';
import { BuildFailure } from '../build-failure.ts';
import type { SourceTree } from '../source-tree.ts';
import type { WorkloadEndpointPlan, WorkloadPlan } from './plan.ts';

const file = 'workload.yaml';
const endpointTypes: readonly string[] = ['HTTP', 'REST', 'gRPC', 'GraphQL', 'Websocket', 'TCP', 'UDP'];
// A schema becomes part of an image label and of a resource; a resource may have 1 MB.
const maxSchemaChars = 256 * 1024;

type Fields = Record<string, unknown>;
const isFields = (value: unknown): value is Fields => typeof value === 'object' && value !== null && !Array.isArray(value);

/** Reads OpenChoreo's descriptor `workload.yaml`, with the schema files that it names; undefined when there is none. */
export function readWorkloadFile(source: SourceTree): WorkloadPlan | undefined {
  const text = source.read(file);
  if (text === undefined) return undefined;
  const descriptor = parseDescriptor(text);
  const faults: string[] = [];
  const name = isFields(descriptor.metadata) ? descriptor.metadata.name : undefined;
  if (typeof name !== 'string' || name === '') faults.push('metadata.name is required');
  const endpoints: WorkloadPlan['endpoints'] = {};
  for (const [index, entry] of listOf(descriptor, 'endpoints', faults).entries())
    readEndpoint({ entry, at: `endpoints[${index}]`, source, endpoints, faults });
  const connections: WorkloadPlan['connections'] = {};
  for (const [index, entry] of listOf(descriptor, 'connections', faults).entries())
    readConnection({ entry, at: `connections[${index}]`, connections, faults });
  if (faults.length > 0) throw failure(faults.join('; '), faults[0]);
  return { name: String(name), endpoints, connections };
}

const failure = (message: string, line?: string, cause?: unknown): BuildFailure =>
  new BuildFailure('detect', `${file}: ${message}`, { line: `${file}: ${line ?? message}`, cause });

function parseDescriptor(text: string): Fields {
  let value: unknown;
  try {
    value = parse(text, { maxAliasCount: 50 });
  } catch (cause) {
    throw failure((cause as Error).message.split('\n')[0] ?? 'not YAML', undefined, cause);
  }
  if (!isFields(value)) throw failure('must hold metadata, endpoints and connections');
  return value;
}

function listOf(descriptor: Fields, name: string, faults: string[]): unknown[] {
  const value = descriptor[name];
  if (value === undefined || value === null) return [];
  if (Array.isArray(value)) return value;
  faults.push(`${name} must be a list`);
  return [];
}

interface EndpointReading {
  entry: unknown;
  at: string;
  source: SourceTree;
  endpoints: WorkloadPlan['endpoints'];
  faults: string[];
}

function readEndpoint({ entry, at, source, endpoints, faults }: EndpointReading): void {
  if (!isFields(entry)) return void faults.push(`${at} must have name, port and type`);
  const { name, port, type, schemaFile } = entry;
  const before = faults.length;
  if (typeof name !== 'string' || name === '') faults.push(`${at}.name is required`);
  else if (Object.hasOwn(endpoints, name)) faults.push(`${at}.name "${name}" is there twice`);
  if (!Number.isInteger(port) || Number(port) < 1 || Number(port) > 65535) faults.push(`${at}.port must be a number from 1 to 65535`);
  if (typeof type !== 'string' || !endpointTypes.includes(type)) faults.push(`${at}.type must be one of ${endpointTypes.join(', ')}`);
  const content = typeof schemaFile === 'string' && schemaFile !== '' ? readSchema(source, schemaFile) : undefined;
  if (content?.fault !== undefined) faults.push(`${at}.schemaFile ${content.fault}`);
  if (faults.length > before) return;
  endpoints[String(name)] = {
    type: type as WorkloadEndpointPlan['type'],
    port: Number(port),
    ...(content?.text === undefined ? {} : { schema: { type: String(type), content: content.text } }),
  };
}

function readSchema(source: SourceTree, schemaFile: string): { text?: string; fault?: string } {
  const path = posix.normalize(schemaFile);
  if (posix.isAbsolute(path) || path === '..' || path.startsWith('../'))
    return { fault: `"${schemaFile}" leaves the application's folder` };
  const text = source.read(path);
  if (text === undefined) return { fault: `"${schemaFile}" is not a file of the application` };
  if (text.length > maxSchemaChars) return { fault: `"${schemaFile}" is larger than 256 KB` };
  return { text };
}

function readConnection({
  entry,
  at,
  connections,
  faults,
}: {
  entry: unknown;
  at: string;
  connections: WorkloadPlan['connections'];
  faults: string[];
}): void {
  if (!isFields(entry)) return void faults.push(`${at} must have name, type and inject`);
  const { name, type, params, inject } = entry;
  const env = isFields(inject) ? inject.env : undefined;
  const before = faults.length;
  if (typeof name !== 'string' || name === '') faults.push(`${at}.name is required`);
  if (type !== 'api') faults.push(`${at}.type must be api`);
  if (
    !Array.isArray(env) ||
    !env.every((variable) => isFields(variable) && typeof variable.name === 'string' && typeof variable.value === 'string')
  ) {
    faults.push(`${at}.inject.env must be a list of name and value`);
  }
  if (params !== undefined && params !== null && !isFields(params)) faults.push(`${at}.params must be names and texts`);
  if (faults.length > before) return;
  const texts = Object.entries(isFields(params) ? params : {}).map(([key, value]) => [key, String(value)]);
  connections[String(name)] = {
    type: 'api',
    ...(texts.length === 0 ? {} : { params: Object.fromEntries(texts) }),
    inject: { env: (env as Fields[]).map((variable) => ({ name: variable.name, value: variable.value })) },
  };
}
