import { isAnswering } from './is-answering.ts';
import { type ProcessIdentity, signalProcess } from './process-identity.ts';
import { type LivenessTiming, watchLiveness } from './watch-liveness.ts';

/**
 * Ends a process that runs and does not answer, by the signal that lets applications go on, so that it is started again like one that fell. The answer is
 * to be called when the process has ended: it ends the watch, and tells what the process did not do if it was ended for that.
 */
export function endWhenHung(process: ProcessIdentity, port: number, timing: LivenessTiming): () => string | undefined {
  let hung: string | undefined;
  let force: NodeJS.Timeout | undefined;
  const stop = watchLiveness({
    ask: (withinMs) => isAnswering(port, withinMs),
    timing,
    onHung: (why) => {
      hung = why;
      signalProcess(process, 'SIGTERM');
      force = setTimeout(() => signalProcess(process, 'SIGKILL'), timing.graceMs);
    },
  });
  return () => {
    stop();
    clearTimeout(force);
    return hung;
  };
}
