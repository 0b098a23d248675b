import { invalid } from '../model/index.ts';

export type Fields = Record<string, unknown>;
export const isFields = (value: unknown): value is Fields => typeof value === 'object' && value !== null && !Array.isArray(value);

/** Above what any object nests; below what exhausts the stack. */
const maxDepth = 150;

export const requireDepth = (depth: number): void => {
  if (depth > maxDepth) throw invalid(`the patch is nested deeper than ${maxDepth} levels: send a flatter one`);
};

/** Writing this key would change the prototype instead of the object. */
export const isForbiddenKey = (key: string): boolean => key === '__proto__';
