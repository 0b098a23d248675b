import { connect, type Socket } from 'node:net';
import { Readable } from 'node:stream';
import { invalid, notFound, Problem } from '@fairway/resources/model';
import type { ContainerRecord, ExecProcess, ExecRequest, LogQuery, ProcessRuntime } from '../runtime/index.ts';
import { type ContainerWork, isRunning } from './container-work.ts';
import { namespaceOf, type PodObject, portsAnnotation } from './pod-object.ts';
import type { PodWorker } from './pod-worker.ts';

export interface ContainerRequest {
  namespace: string;
  name: string;
  /** May be left out when the pod has one container. */
  container?: string;
}

export interface PodLogRequest extends LogQuery, ContainerRequest {
  /** The run before the present one. */
  previous?: boolean;
}

/** What clients of the API do with a pod that runs here. All throw a Problem before anything begins. */
export interface PodAccess {
  readLogs(request: PodLogRequest): Promise<AsyncIterable<Uint8Array>>;
  /** Finds the container; the answer starts a command beside it. */
  exec(request: ContainerRequest): Promise<(call: ExecRequest) => Promise<ExecProcess>>;
  /** Finds the container; the answer looks on at its output from then on, until it ends. */
  attach(request: ContainerRequest): Promise<(signal: AbortSignal) => ExecProcess>;
  /** Finds the pod; the answer connects with a port that it listens on. */
  ports(pod: { namespace: string; name: string }): Promise<(port: number) => Promise<Socket>>;
}

const connectMs = 10_000;

function containerOf(worker: PodWorker, { name, container }: ContainerRequest): ContainerWork {
  const containers = worker.containers();
  const main = containers.filter(({ isInit }) => !isInit);
  if (container === undefined && main.length > 1) {
    const names = main.map((work) => work.container.name).join(' ');
    throw new Problem({ reason: 'invalid', message: `a container name must be specified for pod ${name}, choose one of: [${names}]` });
  }
  const found = container === undefined ? main[0] : containers.find((work) => work.container.name === container);
  if (found === undefined) throw new Problem({ reason: 'invalid', message: `container ${container ?? ''} is not valid for pod ${name}` });
  return found;
}

function runningOf(worker: PodWorker, request: ContainerRequest): ContainerRecord {
  const work = containerOf(worker, request);
  if (isRunning(work) && work.current !== undefined) return work.current;
  const why = work.current?.exit?.reason ?? work.waiting?.reason ?? 'it has not started';
  throw invalid(`container "${work.container.name}" in pod "${request.name}" is not running (${why})`);
}

const portsOf = (pod: PodObject): Readonly<Record<string, unknown>> =>
  JSON.parse(pod.metadata.annotations?.[portsAnnotation] ?? '{}') as Record<string, unknown>;

function open(port: number): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host: '127.0.0.1', port, timeout: connectMs, allowHalfOpen: true });
    socket.once('error', reject);
    socket.once('timeout', () => socket.destroy(new Error(`no answer within ${connectMs / 1000} s`)));
    socket.once('connect', () => {
      socket.off('error', reject);
      socket.setTimeout(0);
      // Whoever reads or writes it hears of its end.
      socket.on('error', () => {});
      resolve(socket);
    });
  });
}

export function createPodAccess(workers: ReadonlyMap<string, PodWorker>, runtime: ProcessRuntime): PodAccess {
  const workerOf = ({ namespace, name }: { namespace: string; name: string }): PodWorker => {
    const worker = [...workers.values()].find(({ pod }) => namespaceOf(pod) === namespace && pod.metadata.name === name);
    if (worker === undefined) throw notFound('pods', name);
    return worker;
  };
  return {
    async readLogs(request) {
      const work = containerOf(workerOf(request), request);
      const record = request.previous === true ? work.previous : work.current;
      if (record !== undefined) return runtime.readLogs(record.id, request);
      const message =
        request.previous === true
          ? `previous terminated container "${work.container.name}" in pod "${request.name}" not found`
          : `container "${work.container.name}" in pod "${request.name}" is waiting to start: ${work.waiting?.reason ?? 'PodInitializing'}`;
      throw new Problem({ reason: 'invalid', message });
    },
    async exec(request) {
      const { id } = runningOf(workerOf(request), request);
      return (call) => runtime.startExec(id, call);
    },
    async attach(request) {
      const { id } = runningOf(workerOf(request), request);
      return (signal) => {
        const stdout = Readable.from(runtime.readLogs(id, { follow: true, tailLines: 0, signal }), { objectMode: false });
        stdout.on('error', () => {});
        const ended = new Promise<{ code: number }>((resolve) => stdout.once('close', () => resolve({ code: 0 })));
        return { stdout, stderr: Readable.from([]), resize: () => {}, ended };
      };
    },
    async ports(request) {
      const worker = workerOf(request);
      return async (port) => {
        const target = Number(portsOf(worker.pod)[port] ?? port);
        // Its processes share the machine's network: a port of somebody else is not the pod's to reach.
        const running = worker.containers().filter(isRunning);
        const own = await Promise.all(running.map(({ current }) => runtime.listeningPorts(current?.id ?? '')));
        if (!own.flat().includes(target)) throw new Error(`no process of the pod listens on port ${port}`);
        return open(target);
      };
    },
  };
}
