import type { Key } from '../model/index.ts';

/** A key as text for maps and queues. Names hold no slash, so it can be read back. */
export const keyText = ({ namespace, name }: Key): string => `${namespace ?? ''}/${name}`;

export const keyFromText = (text: string): Key => {
  const slash = text.indexOf('/');
  const name = text.slice(slash + 1);
  return slash === 0 ? { name } : { namespace: text.slice(0, slash), name };
};
