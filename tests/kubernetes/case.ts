import type { Answer } from './client.ts';
import { exactly } from './match.ts';
import type { Subject, SubjectName } from './subject.ts';

/** What a client does, and what it sees: the same on every server. The real one is the judge. */
export interface Case {
  /** `area/what`; differences are declared by it. */
  id: string;
  because: string;
  /** The subjects that it makes sense for; all unless told. */
  on?: readonly SubjectName[];
  run: (subject: Subject) => Promise<unknown>;
  /** See match.ts. */
  expect: (subject: Subject) => unknown;
}

/** The built-in kinds that both clusters have. */
export const clusters: readonly SubjectName[] = ['real', 'local'];

/** Where Kubernetes itself answers otherwise for kinds that were not built in, the platform's are judged by those. */
export const isCustom = ({ group }: Subject): boolean => group !== '';

/** The answer that refuses, whole. */
export const failure = (code: number, reason: string | undefined, message: string | RegExp, details?: unknown): object => ({
  status: code,
  body: exactly({
    kind: 'Status',
    apiVersion: 'v1',
    metadata: {},
    status: 'Failure',
    message,
    ...(reason === undefined ? {} : { reason }),
    ...(details === undefined ? {} : { details }),
    code,
  }),
});

/** The answers to what is served nowhere. */
export const noPage = { status: 404, text: '404 page not found\n', headers: { 'content-type': 'text/plain; charset=utf-8' } };
export const noResource = failure(404, 'NotFound', 'the server could not find the requested resource', {});
export const notAllowed = failure(405, 'MethodNotAllowed', 'the server does not allow this method on the requested resource', {});
export const notFound = (s: Subject, name: string): object =>
  failure(404, 'NotFound', `${s.qualified} "${name}" not found`, s.details(name));

/** One field of an object that is refused. */
export const invalid = (s: Subject, name: string, cause: { reason: string; message: string; field: string }): object =>
  failure(422, 'Invalid', `${s.qualifiedKind} "${name}" is invalid: ${cause.field}: ${cause.message}`, {
    ...(name === '' ? {} : { name }),
    ...(s.group === '' ? {} : { group: s.group }),
    kind: s.kind,
    causes: [cause],
  });

/** Parameters of a request that are refused. */
export const invalidOptions = (kind: string, ...causes: readonly { reason: string; message: string; field: string }[]): object => {
  const told = causes.map(({ field, message }) => `${field}: ${message}`);
  const message = `${kind}.meta.k8s.io "" is invalid: ${told.length === 1 ? told[0] : `[${told.join(', ')}]`}`;
  return failure(422, 'Invalid', message, { group: 'meta.k8s.io', kind, causes });
};

/** Fails when something that a case builds on did not go well. */
export function good(answer: Answer): Answer {
  if (answer.status < 200 || answer.status > 299)
    throw new Error(`a step before was answered with ${answer.status}: ${answer.text.slice(0, 1_000)}`);
  return answer;
}

/** Creates the object that a case is about. */
export const given = async (s: Subject, data: Readonly<Record<string, string>> = { a: '1' }, metadata: object = {}): Promise<Answer> =>
  good(await s.create(s.make(s.own, data, { ...metadata })));
