import { Component } from '@fairway/contracts';
import type { FactQuery, Facts, FieldProblem, Resource } from '@fairway/resources/model';

/** Each instance gets its own values of these from whatever runs it, so a value of the component's would never arrive. */
const ofThePlatform = /^(PORT(_\d+)?|TERMINATION_LOG|FAIRWAY_POD_UID)$/;

/** Names of variables that would not arrive, of those that a write adds. What was stored before is left alone, so that the rest of it can be changed. */
export const platformVariables = (keys: readonly string[], before: readonly string[] = []): string[] =>
  keys.filter((key) => ofThePlatform.test(key) && !before.includes(key));

/** What must be known to refuse them: the component that is given every key of this object as a variable, which is the one of its name. */
export const wholeFor = ({ metadata }: Resource, added: readonly string[]): FactQuery[] =>
  added.length === 0 ? [] : [{ name: 'component', kind: Component, key: { namespace: metadata.namespace ?? '', name: metadata.name } }];

export const isWhole = (facts: Facts, added: readonly string[]): boolean => added.length > 0 && facts.object('component') !== undefined;

export const platformVariableProblem = (key: string, field: string): FieldProblem => ({
  field,
  message: `The platform sets "${key}" itself, for each instance anew, so a value from here would never arrive: take another name, or leave it out.`,
  type: 'FieldValueInvalid',
});
