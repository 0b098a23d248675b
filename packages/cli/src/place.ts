import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import type { ComponentPlace } from '@fairway/sdk';
import { type CommandContext, text } from './command.ts';
import { CommandError, exitCodes } from './exit-codes.ts';

export const placeFlags = [
  { flags: '-p, --project <name>', about: 'project (default: the folder’s link, else default)' },
  { flags: '--org <name>', about: 'organization (default: the folder’s link, else default)' },
] as const;

const linkFile = (folder: string): string => join(folder, '.fairway', 'link.json');

/** The component that a folder was deployed as. */
export async function readLink(folder: string): Promise<ComponentPlace | undefined> {
  const file = await readFile(linkFile(folder), 'utf8').catch(() => undefined);
  if (file === undefined) return undefined;
  const { organization, project, component } = JSON.parse(file) as Partial<ComponentPlace>;
  return organization && project && component ? { organization, project, component } : undefined;
}

export async function writeLink(folder: string, place: ComponentPlace): Promise<void> {
  await mkdir(join(folder, '.fairway'), { recursive: true });
  await writeFile(linkFile(folder), `${JSON.stringify(place, null, 2)}\n`);
}

/** NAME, PROJECT/NAME or ORG/PROJECT/NAME; without one, the component that this folder is linked to. */
export async function placeOf(context: CommandContext, given: string | undefined): Promise<ComponentPlace> {
  const parts = (given ?? '').split('/').filter((part) => part !== '');
  const link = await readLink(context.cwd);
  const component = parts.at(-1) ?? link?.component;
  if (component === undefined || parts.length > 3)
    throw new CommandError({
      message: given === undefined ? 'no component is named, and this folder is not linked to one' : `"${given}" names no component`,
      exitCode: exitCodes.usage,
      hint: 'give NAME, PROJECT/NAME or ORG/PROJECT/NAME',
    });
  const isLinked = link?.component === component;
  const project =
    text(context.options.project) ??
    parts.at(-2) ??
    (isLinked ? link.project : undefined) ??
    (await findProject(context, component)) ??
    'default';
  const organization = text(context.options.org) ?? parts.at(-3) ?? (isLinked ? link.organization : 'default');
  return { organization, project, component };
}

/** Names are unique in an organization, so the component itself tells its project. */
async function findProject(context: CommandContext, component: string): Promise<string | undefined> {
  const { fairway } = await context.connect();
  const { kinds } = await import('@fairway/sdk');
  const found = await fairway
    .resources<{ apiVersion: string; kind: string; metadata: { name: string }; spec?: { owner: { projectName: string } } }>(kinds.component)
    .get(component, { namespace: text(context.options.org) ?? 'default', signal: context.signal });
  return found?.spec?.owner.projectName;
}

/** A component name made of a folder's name. */
export function nameOfFolder(folder: string): string {
  const name = basename(folder)
    .toLowerCase()
    .replace(/[^a-z0-9-]+/g, '-')
    .replace(/^[^a-z]+|-+$/g, '')
    .slice(0, 40)
    .replace(/-+$/, '');
  return name === '' ? 'app' : name;
}
