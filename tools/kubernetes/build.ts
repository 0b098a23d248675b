/** Builds the programs of Kubernetes that tests compare us with, unless they are built. */
import { buildPrograms } from './programs.ts';

try {
  await buildPrograms((line) => console.log(`    ${line}`));
} catch (error) {
  console.error(`error: ${error instanceof Error ? error.message : String(error)}`);
  console.error('skipped: everything that compares our servers with a real Kubernetes (tests/kubernetes)');
  console.error('next: install Go 1.26 or newer, or look above for what the build said');
  process.exitCode = 1;
}
