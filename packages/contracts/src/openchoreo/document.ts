import { emitOpenApi } from '../openapi/emit-openapi.ts';
import { openChoreoOperations } from './operations.ts';
import { ErrorEnvelope } from './views.ts';

/** The OpenAPI 3.1 document of OpenChoreo's dialect. */
export const openChoreoDocument = (): unknown =>
  emitOpenApi({
    title: 'Fairway: OpenChoreo dialect',
    version: 'v1',
    description: 'The routes of OpenChoreo’s HTTP API that Fairway serves, and its additions to them.',
    operations: openChoreoOperations,
    error: ErrorEnvelope,
    envelope: (shape, as) => ({
      type: 'object',
      required: ['success', 'data'],
      properties: {
        success: { const: true },
        data:
          as === 'one'
            ? shape
            : {
                type: 'object',
                required: ['items', 'totalCount', 'page', 'pageSize'],
                properties: {
                  items: { type: 'array', items: shape },
                  totalCount: { type: 'integer' },
                  page: { type: 'integer' },
                  pageSize: { type: 'integer' },
                },
              },
      },
    }),
  });
