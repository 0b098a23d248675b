import { invalid } from '@fairway/resources/model';

const part = /^[a-z0-9]+(?:(?:\.|_{1,2}|-+)[a-z0-9]+)*$/;

/** Folder of an image's records: its name ORG/PROJECT/NAME in parts. Anything else is refused, so that a name is always safe as a path. */
export function repositoryParts(repository: string): readonly [string, string, string] {
  const [organization, project, name, ...rest] = repository.split('/');
  if (organization === undefined || project === undefined || name === undefined || rest.length > 0 || repository.length > 255) {
    throw invalid(`image name ${JSON.stringify(repository.slice(0, 300))} is not of the form ORGANIZATION/PROJECT/NAME`, [], {
      code: 'NAME_INVALID',
    });
  }
  if (![organization, project, name].every((text) => part.test(text))) {
    throw invalid('image names hold lower-case letters, digits, and single separators . _ - between them', [], { code: 'NAME_INVALID' });
  }
  return [organization, project, name];
}

/** The hexadecimal part of a digest. Only sha256 is kept here. */
export function digestHex(digest: string): string {
  const hex = /^sha256:([0-9a-f]{64})$/.exec(digest)?.[1];
  if (hex === undefined) throw invalid('a digest is "sha256:" and 64 hexadecimal digits', [], { code: 'DIGEST_INVALID' });
  return hex;
}

export const isDigest = (reference: string): boolean => reference.includes(':');

export function checkTag(tag: string): string {
  if (/^\w[\w.-]{0,127}$/.test(tag)) return tag;
  throw invalid('a tag is up to 128 letters, digits, underscores, dots and dashes', [], { code: 'TAG_INVALID' });
}
