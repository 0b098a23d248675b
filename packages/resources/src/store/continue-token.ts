import { invalid, Problem } from '../model/index.ts';

/** Where the next page begins, and the version of the first page: a watch may start there and misses nothing. */
export interface ContinueToken {
  version: number;
  namespace: string;
  name: string;
}

export const writeContinueToken = ({ version, namespace, name }: ContinueToken): string =>
  Buffer.from(JSON.stringify([version, namespace, name])).toString('base64url');

export const readContinueToken = (token: string): ContinueToken => {
  let parts: unknown;
  try {
    parts = JSON.parse(Buffer.from(token, 'base64url').toString('utf8'));
  } catch (error) {
    throw invalid('the continue token is not one of ours; start the list again without it', [], { cause: error });
  }
  const [version, namespace, name] = Array.isArray(parts) ? parts : [];
  if (!Number.isSafeInteger(version) || typeof namespace !== 'string' || typeof name !== 'string')
    throw invalid('the continue token is not one of ours; start the list again without it');
  return { version, namespace, name };
};

export const tooOldToContinue = (): Problem =>
  new Problem({
    reason: 'gone',
    message:
      'The provided continue parameter is too old to display a consistent list result. You can start a new list without the continue parameter.',
  });
