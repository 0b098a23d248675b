import { invalid } from '@fairway/resources/model';
import type { RepositoryPath } from './ports.ts';

// A name is a folder, a path segment and part of an image name: no dots at its ends, no `..`, no separators.
const word = /^[a-z0-9]([a-z0-9._-]{0,98}[a-z0-9])?$/;
const isWord = (text: string): boolean => word.test(text) && !text.includes('..') && !text.endsWith('.git');

/** Checks the three words; throws `invalid` with what is allowed. */
export function repositoryPath(organization: string, project: string, name: string): RepositoryPath {
  for (const [what, value] of Object.entries({ organization, project, repository: name }))
    if (!isWord(value))
      throw invalid(
        `"${printable(value)}" is not a ${what} name: use at most 100 of a-z, 0-9, ".", "_" and "-", beginning and ending with a letter or digit`,
        [{ field: what, message: 'must match [a-z0-9._-] and hold no ".."', type: 'FieldValueInvalid' }],
      );
  return { organization, project, name };
}

/** The path in a clone address of the built-in server, whatever its host and port; undefined for any other address. */
export function repositoryPathOfUrl(url: string): RepositoryPath | undefined {
  const [, organization = '', project = '', name = ''] =
    /^(?:https?:\/\/[^/]+)?\/git\/([^/]+)\/([^/]+)\/([^/]+?)(?:\.git)?\/?$/.exec(url) ?? [];
  return isWord(organization) && isWord(project) && isWord(name) ? { organization, project, name } : undefined;
}

/** Name of the Repository object: unique in its organization, because the project is part of it. */
export const repositoryObjectName = ({ project, name }: RepositoryPath): string => `${project}.${name}`;

const printable = (text: string): string => text.replace(/[^\x20-\x7e]/g, '?').slice(0, 100);
