/** Where a path of the container lies on this machine: there is no mount namespace, so paths are rewritten instead. */
export interface PathMapping {
  from: string;
  to: string;
}

const isBelow = (path: string, prefix: string): boolean => path === prefix || path.startsWith(prefix.endsWith('/') ? prefix : `${prefix}/`);

/** Rewrites a whole path; the longest fitting prefix wins. Anything else stays as it is. */
export const mapPath = (text: string, mappings: readonly PathMapping[]): string => {
  const found = mappings.filter(({ from }) => isBelow(text, from)).sort((a, b) => b.from.length - a.from.length)[0];
  return found === undefined ? text : `${found.to}${text.slice(found.from.length)}`;
};

/** Rewrites each element of a `:`-separated list, such as PATH. */
export const mapList = (text: string, mappings: readonly PathMapping[]): string =>
  text
    .split(':')
    .map((element) => mapPath(element, mappings))
    .join(':');
