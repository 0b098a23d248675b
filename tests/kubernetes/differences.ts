import type { SubjectName } from './subject.ts';

/** A case whose expectation a subject does not meet. What differs and is not here fails; what is here and does not differ fails too. */
export interface Difference {
  /** The id of the case. */
  id: string;
  on: readonly SubjectName[];
  reason: string;
}

/** Ours alone, and the server is to be changed. */
export const toBeMended = 'to be mended';

export const differences: readonly Difference[] = [];
