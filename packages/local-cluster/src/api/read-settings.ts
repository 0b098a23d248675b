import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { invalid } from '@fairway/resources/model';

export interface Settings {
  /** The state folder of the installation. */
  home: string;
  /** Where unpacked images and folders of pods lie. */
  workFolder: string;
  port: number;
  /** Addresses of registries by the host that stands in image references. */
  mirrors: Readonly<Record<string, string>>;
  nodeName: string;
}

const usage = 'usage: main.ts --home FOLDER --port NUMBER [--mirror HOST=URL]… [--node-name NAME] [--work-folder FOLDER]';
const nodeNamePattern = /^[a-z0-9]([-a-z0-9.]{0,251}[a-z0-9])?$/;

const readPort = (text: string | undefined): number => {
  const port = Number(text);
  if (text === undefined || !Number.isInteger(port) || port < 0 || port > 65_535)
    throw invalid(`--port must be a number from 0 to 65535; ${usage}`);
  return port;
};

function readMirror(text: string): [string, string] {
  const cut = text.indexOf('=');
  const [host, url] = [text.slice(0, cut), text.slice(cut + 1)];
  if (cut < 1 || !URL.canParse(url) || !/^https?:$/.test(new URL(url).protocol))
    throw invalid(`--mirror ${text}: expected HOST=URL; ${usage}`);
  return [host, url];
}

/** Settings from the command line. Throws `invalid` with the usage. */
export function readSettings(args: readonly string[]): Settings {
  let values: { home?: string; port?: string; mirror?: string[]; 'node-name'?: string; 'work-folder'?: string };
  try {
    ({ values } = parseArgs({
      args: [...args],
      options: {
        home: { type: 'string' },
        port: { type: 'string' },
        mirror: { type: 'string', multiple: true },
        'node-name': { type: 'string' },
        'work-folder': { type: 'string' },
      },
    }));
  } catch (error) {
    throw invalid(`${error instanceof Error ? error.message : 'unreadable arguments'}; ${usage}`);
  }
  const { home, mirror = [], 'node-name': nodeName = 'local' } = values;
  if (home === undefined || home === '') throw invalid(`--home is missing; ${usage}`);
  if (!nodeNamePattern.test(nodeName))
    throw invalid(`--node-name ${nodeName} is not a name of lower-case letters, digits and dashes; ${usage}`);
  const workFolder = values['work-folder'] ?? join(home, 'local-cluster');
  return { home, workFolder, port: readPort(values.port), mirrors: Object.fromEntries(mirror.map(readMirror)), nodeName };
}
