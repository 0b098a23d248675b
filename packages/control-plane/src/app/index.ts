/**
 * The app: the only place where things are created and joined. Holds no rule of its own.
 * Start with start-control-plane.ts (the order), then wire.ts (what is joined to what).
 */
export { readSettings, type Settings } from './settings.ts';
export { type ControlPlane, startControlPlane } from './start-control-plane.ts';
