import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type ComponentPlace, ConflictError, type Fairway, kinds } from '@fairway/sdk';
import type { ComponentObject } from './components.ts';
import { CommandError, exitCodes } from './exit-codes.ts';
import { nameOfFolder } from './place.ts';

const componentTypes = ['WebApplication', 'Service', 'ScheduledTask'];

/** Makes project and component when they are absent. Another project's component of the same name is left alone, and a free name proposed. */
export async function ensureComponent(
  fairway: Fairway,
  place: ComponentPlace,
  of: { folder: string; url: string; type: string | undefined; signal: AbortSignal },
): Promise<void> {
  if (of.type !== undefined && !componentTypes.includes(of.type))
    throw new CommandError({
      message: `${JSON.stringify(of.type)} is no type of component`,
      exitCode: exitCodes.usage,
      hint: `give ${componentTypes.join(', ')}, or none`,
    });
  const { organization, project, component } = place;
  const at = { namespace: organization, signal: of.signal };
  const components = fairway.resources<ComponentObject>(kinds.component);
  const known = await components.get(component, at);
  // All refusals come before the project is made: none may leave an empty one behind.
  if (known !== undefined) return requireProject(known, place);
  checkNewName('component', component);
  if ((await fairway.resources(kinds.project).get(project, at)) === undefined) {
    checkNewName('project', project);
    await ignoreExisting(fairway.projects.create(organization, { name: project }, of.signal));
  }
  const type = of.type ?? (await typeOfFolder(of.folder));
  const repoUrl = `${of.url}/git/${[organization, project, component].map(encodeURIComponent).join('/')}.git`;
  const buildConfig = { repoUrl, repoBranch: 'main', componentPath: '.', buildTemplateRef: 'fairway' };
  await ignoreExisting(fairway.components.create(place, { type, buildConfig }, of.signal));
  // Somebody may have been faster: theirs must be the same one.
  const made = await components.get(component, at);
  if (made !== undefined) requireProject(made, place);
}

const maxLengths = { project: 63, component: 50 } as const;

/** Names become parts of host names. The platform refuses the same, in the words of Kubernetes. */
function checkNewName(what: keyof typeof maxLengths, name: string): void {
  const most = maxLengths[what];
  if (/^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/.test(name) && name.length <= most) return;
  throw new CommandError({
    message: `${JSON.stringify(name)} cannot be the name of a ${what}: it may hold lower-case letters, digits and -, ${most} at most, and no - at its ends`,
    exitCode: exitCodes.usage,
    hint: `a free choice is --${what === 'project' ? 'project' : 'name'} ${nameOfFolder(name)}`,
  });
}

async function ignoreExisting(creating: Promise<void>): Promise<void> {
  try {
    await creating;
  } catch (error) {
    if (!(error instanceof ConflictError)) throw error;
  }
}

function requireProject({ spec }: ComponentObject, { organization, project, component }: ComponentPlace): void {
  const other = spec?.owner.projectName;
  if (other === project) return;
  throw new CommandError({
    message: `project ${other} of ${organization} has a component ${component} already, and names are unique in an organization`,
    exitCode: exitCodes.conflict,
    hint: `fairway deploy --project ${project} --name ${project}-${component} takes a free name; --project ${other} deploys to that component`,
  });
}

/** The kind of component decides its routes; the builder finds out everything else. */
async function typeOfFolder(folder: string): Promise<string> {
  if (existsSync(join(folder, 'workload.yaml'))) return 'Service';
  const settings = await readFile(join(folder, 'fairway.yaml'), 'utf8').catch(() => '');
  return /^schedule\s*:/m.test(settings) ? 'ScheduledTask' : 'WebApplication';
}
