import type { TSchema } from 'typebox';

/** One operation of a surface, as its document tells it and its route serves it. */
export interface OperationRow {
  /** `noun.verb`: operation id, audit action and the name in metrics. */
  id: string;
  method: 'GET' | 'POST' | 'PATCH' | 'DELETE';
  /** With `:name` parameters, as the route table has it. */
  path: string;
  summary: string;
  /** `<domain>.<resource>.<verb>`. */
  permission: string;
  query?: readonly { name: string; description: string; repeatable?: true }[];
  request?: TSchema;
  status: 200 | 201;
  /** `list`: the envelope of lists around this shape. */
  answer: { shape: TSchema; as: 'one' | 'list' };
  /** Codes of the errors that belong to this operation, by HTTP status. */
  errors: Readonly<Record<number, readonly string[]>>;
}
