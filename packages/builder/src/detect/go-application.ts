import type { SourceTree } from '../source-tree.ts';
import type { LanguagePlan } from './plan.ts';

const binary = 'server';

/** A Go application: one static binary is all that the image holds. */
export function planGo(source: SourceTree): LanguagePlan | undefined {
  if (!source.has('go.mod')) return undefined;
  const main = mainPackage(source);
  return {
    language: 'go',
    commands:
      main === undefined
        ? []
        : [
            {
              phase: 'build',
              file: 'go',
              // No paths, no version-control stamp and no build id: the same commit gives the same bytes in another folder.
              args: ['build', '-trimpath', '-buildvcs=false', '-ldflags=-buildid=', '-o', `.fairway/${binary}`, main],
              env: { CGO_ENABLED: '0' },
            },
          ],
    ...(main === undefined
      ? { missingRun: 'no folder holds "package main": neither the root nor one folder of cmd/' }
      : { run: [`./${binary}`] }),
    env: {},
    contents: { kind: 'files', files: { [`.fairway/${binary}`]: binary } },
    programs: ['.'],
    toolchain: ['go', 'version'],
    notes: [],
  };
}

function mainPackage(source: SourceTree): string | undefined {
  const isMain = (folder: string): boolean =>
    source
      .list(folder)
      .filter((name) => name.endsWith('.go') && !name.endsWith('_test.go'))
      .some((name) => /^package main\b/m.test(source.read(folder === '' ? name : `${folder}/${name}`) ?? ''));
  if (isMain('')) return '.';
  const commands = source.list('cmd').filter((name) => /^[\w.-]+$/.test(name) && isMain(`cmd/${name}`));
  const chosen = commands.find((name) => name === 'server' || name === 'web') ?? (commands.length === 1 ? commands[0] : undefined);
  return chosen === undefined ? undefined : `./cmd/${chosen}`;
}
