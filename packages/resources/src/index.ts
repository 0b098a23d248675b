/**
 * Resources: the model, the store, the reconcile loop, secrets at rest.
 * This door opens on the model alone, so that a program loads no database for a type; the rooms behind it have doors of their own
 * (`@fairway/resources/store`, `/reconcile`, `/secrets`, `/schema`, `/fields`). Start with model/resource.ts.
 */
export * from './model/index.ts';
