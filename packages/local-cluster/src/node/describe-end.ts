import { open } from 'node:fs/promises';
import type { ContainerRecord, ProcessRuntime } from '../runtime/index.ts';

export interface ContainerEnd {
  reason: string;
  message: string;
}

const maxMessageBytes = 4_096;
const lastLines = 50;
const addressInUse = /EADDRINUSE|[Aa]ddress already in use|Errno 98|Errno 48|bind: address already/;

const readStart = async (path: string): Promise<string> => {
  const file = await open(path, 'r').catch(() => undefined);
  if (file === undefined) return '';
  try {
    const bytes = Buffer.alloc(maxMessageBytes);
    const { bytesRead } = await file.read(bytes, 0, maxMessageBytes, 0);
    return bytes.toString('utf8', 0, bytesRead);
  } finally {
    await file.close();
  }
};

async function readLastLines(runtime: ProcessRuntime, id: string): Promise<string> {
  let text = '';
  for await (const piece of runtime.readLogs(id, { tailLines: lastLines })) text += Buffer.from(piece).toString('utf8');
  return text.length > maxMessageBytes ? text.slice(-maxMessageBytes) : text;
}

/** Why a container ended, in its own words where it has some: its termination message, else its last lines behind the exit reason. */
export async function describeEnd(options: {
  runtime: ProcessRuntime;
  record: ContainerRecord;
  terminationLog: string;
  /** Set when the agent itself stopped it: why. */
  stoppedFor?: string | undefined;
  /** Ports that other pods took without asking. */
  fixedPorts: readonly { port: number; pod: string }[];
}): Promise<ContainerEnd> {
  const { runtime, record, terminationLog, stoppedFor, fixedPorts } = options;
  const code = record.exit?.code ?? 0;
  const told = await readStart(terminationLog);
  const reason = code === 0 ? 'Completed' : 'Error';
  if (told !== '') return { reason, message: told };
  if (code === 0) return { reason, message: '' };
  const last = (await readLastLines(runtime, record.id)).trimEnd();
  if (addressInUse.test(last)) {
    const portHolder = fixedPorts.find(({ port }) => new RegExp(`\\b${port}\\b`).test(last));
    const who =
      portHolder === undefined ? 'another program on this machine' : `pod ${portHolder.pod}, which holds port ${portHolder.port},`;
    const way = 'Let the application listen on the port in the variable PORT, or run one instance with the strategy Recreate.';
    return {
      reason: 'PortTaken',
      message: `The application listens on a port of its own, and ${who} has it. ${way}\n${last}`.slice(0, maxMessageBytes),
    };
  }
  const head = stoppedFor === undefined ? (record.exit?.reason ?? '') : `${stoppedFor} (${record.exit?.reason ?? ''})`;
  return { reason, message: last === '' ? head : `${head}\n${last}` };
}
