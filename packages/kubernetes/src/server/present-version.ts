import { type AnyResource, apiVersionOf, type Kind, type WatchEvent } from '@fairway/resources/model';
import { checkValue } from '@fairway/resources/schema';

type Present = (text: string) => string;

/** With the defaults and without the fields that the schema of today has or has not. What breaks its rules is shown as it is. */
const renewed = (stored: Kind, { apiVersion, kind, metadata, ...rest }: AnyResource): AnyResource => ({
  apiVersion,
  kind,
  metadata,
  ...(checkValue(stored.schema, rest).value as Record<string, unknown>),
});

/** How one version shows a stored text. Versions differ in their apiVersion alone, which stands first in every stored text. */
export function versionPresenter(kind: Kind, stored: Kind): Present {
  const apiVersion = apiVersionOf(kind);
  const start = `{"apiVersion":${JSON.stringify(apiVersion)},`;
  if (kind.mayBeOutdated !== true) return (text) => (text.startsWith(start) || text === '' ? text : rewritten(text, apiVersion));
  return (text) => {
    if (text === '') return text;
    const object = JSON.parse(text) as AnyResource;
    return JSON.stringify({ ...renewed(stored, object), apiVersion });
  };
}

const rewritten = (text: string, apiVersion: string): string => JSON.stringify({ ...(JSON.parse(text) as AnyResource), apiVersion });

/** The very list where nothing changes, so that what was made of it is found again. */
export function presentAll(texts: string[], present: Present): string[] {
  const shown = texts.map(present);
  return shown.every((text, index) => text === texts[index]) ? texts : shown;
}

export async function* presentEvents(
  groups: AsyncIterable<readonly WatchEvent[]>,
  present: Present,
): AsyncGenerator<readonly WatchEvent[]> {
  for await (const events of groups) {
    const shown = events.map((event) => ({ ...event, text: present(event.text) }));
    yield shown.every(({ text }, index) => text === events[index]?.text) ? events : shown;
  }
}
