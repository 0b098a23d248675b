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
export const failure = (code: number, reason: string, message: string | RegExp, details?: unknown): object => ({
  status: code,
  body: exactly({
    kind: 'Status',
    apiVersion: 'v1',
    metadata: {},
    status: 'Failure',
    message,
    reason,
    ...(details === undefined ? {} : { details }),
    code,
  }),
});

/** Fails when something that a case builds on did not go well. */
export function good(answer: Answer): Answer {
  if (answer.status < 200 || answer.status > 299)
    throw new Error(`a step before was answered with ${answer.status}: ${answer.text.slice(0, 1_000)}`);
  return answer;
}
