import { PipelineRun, type PipelineRunSpec, type PipelineRunStatus } from '@fairway/contracts';
import { type Kind, kindId, type Resource, type Resources } from '@fairway/resources/model';
import type { ImageUse } from '#domains/artifacts';

const pageSize = 100;
const digest = /sha256:[0-9a-f]{64}/g;
const finished: readonly (string | undefined)[] = ['Succeeded', 'Failed', 'Canceled'];

/**
 * Lends the answers to "who needs this image?" for as long as the work lasts. Any digest in any object counts, whatever its kind and field; what is
 * written while the work goes on counts as well, so that nothing that was read first is out of date. The signal ends the work when writes can no
 * longer be followed.
 */
export async function withImageUse<T>(
  resources: Resources,
  signal: AbortSignal,
  work: (use: ImageUse, signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const names = new Set<string>();
  const busy = new Set<string>();
  const note = (kind: Kind, text: string): void => {
    for (const [found] of text.matchAll(digest)) names.add(found);
    const building = kindId(kind) === kindId(PipelineRun) ? imageOfRun(JSON.parse(text)) : undefined;
    if (building !== undefined) busy.add(building);
  };
  const ending = new AbortController();
  const until = AbortSignal.any([signal, ending.signal]);
  const since = await resources.currentVersion();
  const follow = async (kind: Kind): Promise<void> => {
    for await (const { text } of resources.watch(kind, { since }, until)) if (text !== '') note(kind, text);
    if (!until.aborted) throw new Error(`changes of ${kind.kind} can no longer be followed`);
  };
  const kinds = resources.kinds.all();
  const following = kinds.map((kind) => follow(kind).catch((error: unknown) => ending.abort(error)));
  // Of a kind that comes meanwhile nothing would be read.
  const forget = resources.kinds.onChange(() => ending.abort(new Error('kinds came or went: images are swept another time')));
  try {
    for (const kind of kinds) await noteAll(resources, { kind, note, signal: until });
    return await work({ isNamed: (of) => names.has(of), isBusy: (repository) => busy.has(repository) }, until);
  } finally {
    forget();
    ending.abort(new Error('the work is over'));
    await Promise.all(following);
  }
}

async function noteAll(
  resources: Resources,
  { kind, note, signal }: { kind: Kind; note: (kind: Kind, text: string) => void; signal: AbortSignal },
): Promise<void> {
  let token: string | undefined;
  do {
    signal.throwIfAborted();
    const page = await resources.listText(kind, { limit: pageSize, ...(token === undefined ? {} : { continue: token }) });
    for (const text of page.items) note(kind, text);
    token = page.continue;
  } while (token !== undefined);
}

/** The image that a run which is not over may push. */
const imageOfRun = ({ spec, status }: Resource<PipelineRunSpec, PipelineRunStatus>): string | undefined =>
  finished.includes(status?.phase) ? undefined : spec?.grant?.limits?.image;
