import type { Command } from './command.ts';
import { kubeconfig, token, version } from './commands/access.ts';
import { configList, configSet, secretSet } from './commands/configuration.ts';
import { deploy } from './commands/deploy.ts';
import { doctor } from './commands/doctor.ts';
import { logs } from './commands/logs.ts';
import { open } from './commands/open.ts';
import { promote, rollback } from './commands/promote.ts';
import { releases } from './commands/releases.ts';
import { status } from './commands/status.ts';
import { down, up } from './commands/up.ts';

/** Every command, in the order of the help. */
export const commands: readonly Command[] = [
  up,
  down,
  deploy,
  status,
  logs,
  open,
  promote,
  rollback,
  releases,
  configSet,
  configList,
  secretSet,
  doctor,
  token,
  kubeconfig,
  version,
];
