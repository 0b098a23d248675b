import type { ApiClassSpec, BindingSpec } from '@fairway/contracts';
import type { Resource } from '@fairway/resources/model';
import type { ClassSpec, ComponentType } from '../binding/binding-kinds.ts';
import type { Scope } from '../labels.ts';
import type { JsonObject } from './strategic-merge.ts';

/** A variable of the application: a plain value, or one key of a secret version. */
export type Variable = { name: string; value: string } | { name: string; secret: { name: string; version: number; key: string } };

/** All that rendering looks at: the same input gives the same objects. */
export interface RenderInput {
  type: ComponentType;
  scope: Scope;
  binding: string;
  spec: BindingSpec;
  classSpec: ClassSpec;
  apiClasses: Readonly<Record<string, ApiClassSpec>>;
  /** Variables by container. */
  variables: Readonly<Record<string, readonly Variable[]>>;
}

export interface RenderedResource {
  id: string;
  object: Resource & JsonObject;
}

/** A binding that cannot be rendered as it is: said in its condition, and nothing is left out in silence. */
export class InvalidConfiguration extends Error {
  override readonly name = 'InvalidConfiguration';
}
