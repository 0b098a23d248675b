import { runControlPlane } from './running-control-plane.ts';

/** A control plane over the given folder in a process of its own, so that a test may kill it. Prints its address; ends with its standard input. */
const { url } = await runControlPlane({ home: process.argv[2] ?? '' });
process.stdin.resume().on('end', () => process.exit(0));
process.stdout.write(`${url}\n`);
