import type { SubresourceHandler } from '@fairway/kubernetes/server';
import { invalid } from '@fairway/resources/model';
import type { PodAccess } from '../node/index.ts';
import type { LogQuery } from '../runtime/index.ts';

const isTrue = (value: string | null): boolean => value === 'true' || value === '1' || value === '';
const readCount = (query: URLSearchParams, name: string): number | undefined => {
  const text = query.get(name);
  if (text === null || text === '') return undefined;
  const value = Number(text);
  if (!Number.isInteger(value) || value < 0) throw invalid(`${name} must be a whole number of at least 0`);
  return value;
};

function readQuery(query: URLSearchParams, signal: AbortSignal): LogQuery {
  const [tailLines, sinceSeconds, limitBytes] = ['tailLines', 'sinceSeconds', 'limitBytes'].map((name) => readCount(query, name));
  const sinceTime = query.get('sinceTime');
  if (sinceTime !== null && Number.isNaN(Date.parse(sinceTime))) throw invalid('sinceTime must be a time in RFC 3339');
  if (sinceTime !== null && sinceSeconds !== undefined) throw invalid('at most one of `sinceTime` or `sinceSeconds` may be specified');
  return {
    follow: isTrue(query.get('follow') ?? 'false'),
    timestamps: isTrue(query.get('timestamps') ?? 'false'),
    ...(tailLines === undefined ? {} : { tailLines }),
    ...(sinceSeconds === undefined ? {} : { sinceSeconds }),
    ...(limitBytes === undefined ? {} : { limitBytes }),
    ...(sinceTime === null ? {} : { sinceTime }),
    signal,
  };
}

/** Answers `pods/NAME/log` with the output of a container. */
export const createPodLog =
  ({ readLogs }: Pick<PodAccess, 'readLogs'>): SubresourceHandler =>
  async ({ key, query, signal }) => {
    const container = query.get('container');
    const body = await readLogs({
      namespace: key.namespace ?? 'default',
      name: key.name,
      ...(container === null || container === '' ? {} : { container }),
      previous: isTrue(query.get('previous') ?? 'false'),
      ...readQuery(query, signal),
    });
    return { contentType: 'text/plain; charset=utf-8', body };
  };
