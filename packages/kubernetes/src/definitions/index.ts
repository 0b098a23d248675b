/**
 * Users' own kinds: CustomResourceDefinitions, what makes a good one, and the kinds that come of them.
 * Decides nothing about requests: the registry learns the kinds, and the server serves what the registry knows.
 * Start with definitions.ts (the life of a definition), then kinds-of-definition.ts and check-definition.ts.
 */
export { CustomResourceDefinition, type Definition } from './definition.ts';
export { definitionRules } from './definition-rules.ts';
export { createDefinitions, type Definitions } from './definitions.ts';
