/**
 * The command line: `fairway`. Speaks to the platform through the SDK alone, and to this machine through the supervisor's door.
 * Start with commands.ts (the table), then run-cli.ts.
 */
export { renderReference } from './render-reference.ts';
