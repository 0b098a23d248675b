import { readFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { type ComponentPlace, kinds } from '@fairway/sdk';
import { type CommandContext, text } from './command.ts';
import type { ComponentObject } from './components.ts';
import { CommandError, exitCodes } from './exit-codes.ts';
import { writeOwnFile } from './own-folder.ts';

const linkFile = 'link.json';

/** The component that a folder was deployed as. A damaged link is told, never guessed: the wrong component could be changed. */
export async function readLink(folder: string): Promise<ComponentPlace | undefined> {
  const file = join(folder, '.fairway', linkFile);
  const content = await readFile(file, 'utf8').catch(() => undefined);
  if (content === undefined) return undefined;
  const link = parse(content);
  if (link !== undefined) return link;
  throw new CommandError({
    message: `${file} is damaged`,
    exitCode: exitCodes.usage,
    hint: 'remove it, and give --project and --name once to link the folder again',
  });
}

function parse(content: string): ComponentPlace | undefined {
  try {
    const { organization, project, component } = JSON.parse(content) as Record<string, unknown>;
    const isWhole = [organization, project, component].every((part) => typeof part === 'string' && part !== '');
    return isWhole ? ({ organization, project, component } as ComponentPlace) : undefined;
  } catch {
    return undefined;
  }
}

export const writeLink = (folder: string, { organization, project, component }: ComponentPlace): Promise<void> =>
  writeOwnFile(folder, linkFile, `${JSON.stringify({ organization, project, component }, null, 2)}\n`);

/** NAME, PROJECT/NAME or ORG/PROJECT/NAME; without one, the component that this folder is linked to. Flags win. */
export async function placeOf(context: CommandContext, given: string | undefined): Promise<ComponentPlace> {
  const parts = given?.split('/') ?? [];
  if (parts.length > 3 || parts.includes(''))
    throw new CommandError({ message: `${JSON.stringify(given)} names no component`, exitCode: exitCodes.usage, hint: howToName });
  const link = await readLink(context.cwd);
  const component = parts.at(-1) ?? link?.component;
  if (component === undefined)
    throw new CommandError({
      message: 'no component is named, and this folder is not linked to one',
      exitCode: exitCodes.usage,
      hint: `${howToName}; fairway deploy links a folder`,
    });
  const linked = link?.component === component ? link : undefined;
  const organization = text(context.options.org) ?? parts.at(-3) ?? linked?.organization ?? 'default';
  const project =
    text(context.options.project) ?? parts.at(-2) ?? linked?.project ?? (await findProject(context, organization, component)) ?? 'default';
  return { organization, project, component };
}

const howToName = 'give NAME, PROJECT/NAME or ORG/PROJECT/NAME';

/** Names are unique in an organization, so the component itself tells its project. */
async function findProject({ connect, signal }: CommandContext, namespace: string, component: string): Promise<string | undefined> {
  const { fairway } = await connect();
  const found = await fairway.resources<ComponentObject>(kinds.component).get(component, { namespace, signal });
  return found?.spec?.owner.projectName;
}

// Room for a project's name before it and an environment's behind it in one host label of 63 characters.
const maxNameChars = 40;

/** A component name made of a folder's name. */
export function nameOfFolder(folder: string): string {
  const name = basename(folder)
    .normalize('NFKD')
    .replace(/[\u0300-\u036f]/g, '')
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^[^a-z]+/, '')
    .slice(0, maxNameChars)
    .replace(/-+$/, '');
  return name === '' ? 'app' : name;
}
