/**
 * The words of OpenChoreo's dialect: bodies, answers and operations of the routes that are served.
 * Declared with TypeBox beside this file; what is loaded here is the JSON that `npm run generate` made of it. Imports nothing of ours.
 * The OpenAPI 3.1 document of the dialect is generated/openapi-choreo.json.
 */
import schemas from '../../generated/openchoreo.json' with { type: 'json' };
import type { Schema } from '../kind.ts';

export type {
  BuildConfig,
  CreateComponentRequest,
  CreateProjectRequest,
  PromoteComponentRequest,
  ResourceDocument,
  RollbackComponentRequest,
  UpdateBindingRequest,
} from './requests.ts';
export type {
  BindingView,
  BuildView,
  ComponentView,
  ErrorEnvelope,
  OrganizationView,
  ProjectView,
  ResourceOutcome,
  RollbackView,
} from './views.ts';

/** JSON Schemas of request bodies by their names. */
export const requestSchemas: Readonly<Record<keyof typeof schemas.requests, Schema>> = schemas.requests;
/** JSON Schemas of answers by their names, without the envelope. */
export const viewSchemas: Readonly<Record<keyof typeof schemas.views, Schema>> = schemas.views;
