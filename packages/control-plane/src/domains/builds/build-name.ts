import { createHash } from 'node:crypto';

// Job and pod names add up to 30 characters to a build's name, and labels hold 63.
const maxNameChars = 44;

/** Name of a component's build of one commit: the same for every look, so that a repeated push, hook or crash finds the build that is there. */
export function buildName(component: string, commit: string, attempt: number): string {
  return suffixed(component, `${commit.slice(0, 8)}${attempt === 0 ? '' : `-${attempt}`}`);
}

/** Name of a build that somebody asked for, in OpenChoreo's form. */
export const triggeredBuildName = (component: string, suffix: string): string => suffixed(component, `build-${suffix}`);

function suffixed(component: string, suffix: string): string {
  const room = maxNameChars - suffix.length - 1;
  if (component.length <= room) return `${component}-${suffix}`;
  const hash = createHash('sha256').update(component).digest('hex').slice(0, 6);
  return `${component.slice(0, room - 7).replace(/[^a-z0-9]+$/, '')}-${hash}-${suffix}`;
}
