import type { Kind } from '@fairway/resources/model';

export interface KeptAnswer {
  status: number;
  headers: Record<string, string>;
  body: string;
}

export interface UsedKeySpec {
  /** Tells the request that used the key from every other one. */
  use: string;
  /** Keyed digest of the whole request: the same key may not stand for another one. */
  fingerprint: string;
  /** When the key may be used anew. */
  until: string;
  /** Absent while the request is carried out, and where the process ended before it was answered. */
  answer?: KeptAnswer;
}

/** That a caller's Idempotency-Key was used. A kind of the store alone: no surface serves it, so it is no part of the contracts. */
export const UsedKey: Kind<UsedKeySpec, never> = {
  group: 'fairway.dev',
  version: 'v1',
  kind: 'UsedKey',
  plural: 'usedkeys',
  singular: 'usedkey',
  shortNames: [],
  categories: [],
  namespaced: false,
  hasStatus: false,
  selectableFields: [],
  columns: [],
  subresources: [],
  schema: {
    type: 'object',
    required: ['spec'],
    properties: {
      spec: {
        type: 'object',
        required: ['use', 'fingerprint', 'until'],
        properties: {
          use: { type: 'string' },
          fingerprint: { type: 'string' },
          until: { type: 'string', format: 'date-time' },
          answer: {
            type: 'object',
            required: ['status', 'headers', 'body'],
            properties: {
              status: { type: 'integer' },
              headers: { type: 'object', additionalProperties: { type: 'string' } },
              body: { type: 'string' },
            },
          },
        },
      },
    },
  },
};
