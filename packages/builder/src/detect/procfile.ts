import { BuildFailure } from '../build-failure.ts';

/** The processes of a Procfile, by name. */
export function parseProcfile(text: string): Map<string, string> {
  const processes = new Map<string, string>();
  for (const [index, raw] of text.split(/\r?\n/).entries()) {
    const line = raw.trim();
    if (line === '' || line.startsWith('#')) continue;
    const match = /^([A-Za-z0-9_-]+)\s*:\s*(\S.*)$/.exec(line);
    if (match?.[1] === undefined || match[2] === undefined) {
      const shown = `Procfile:${index + 1}: ${line}`;
      throw new BuildFailure('detect', `Line ${index + 1} of the Procfile is not of the form "web: command"`, { line: shown });
    }
    processes.set(match[1], match[2]);
  }
  return processes;
}
