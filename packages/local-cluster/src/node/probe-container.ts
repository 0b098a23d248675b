import type { Probe } from '@fairway/contracts/builtin';
import type { Clock } from '@fairway/resources/model';
import {
  askProbe,
  type ContainerRecord,
  type ProbeAnswer,
  type ProbeTiming,
  type ProcessRuntime,
  type Question,
  startProbeLoop,
} from '../runtime/index.ts';
import type { ContainerSpec } from './pod-object.ts';

export interface Health {
  started: boolean;
  ready: boolean;
  /** Why it is not ready, or by what it is. */
  message: string;
}

export interface ProbeContainerOptions {
  clock: Clock;
  runtime: ProcessRuntime;
  container: ContainerSpec;
  record: ContainerRecord;
  /** Where a container port lies now; changes when the application turns out to listen elsewhere. */
  portOf: (containerPort: number) => number;
  onHealth: (health: Health) => void;
  onUnhealthy: (probe: 'Startup' | 'Readiness' | 'Liveness', message: string) => void;
  /** A startup or liveness probe gave up: the container must be stopped. */
  onGivenUp: (probe: 'startup' | 'liveness', message: string, graceSeconds: number | undefined) => void;
}

// An application that is ready after 90 ms shall be used after 90 ms, whatever period its manifest names.
const eagerMs = 50;
const implicitTiming: ProbeTiming = { initialDelayMs: 0, periodMs: 5_000, successThreshold: 1, failureThreshold: 2 };

const timingOf = (probe: Probe): ProbeTiming => ({
  initialDelayMs: (probe.initialDelaySeconds ?? 0) * 1000,
  periodMs: (probe.periodSeconds ?? 10) * 1000,
  successThreshold: probe.successThreshold ?? 1,
  failureThreshold: probe.failureThreshold ?? 3,
});

/** Answers a function, because ports may move while the container runs. */
const questionOf = (probe: Probe, { container, portOf }: ProbeContainerOptions): (() => Question) => {
  const number = (port: string | number): number => {
    const named = container.ports?.find(({ name }) => name === port)?.containerPort;
    return portOf(named ?? Number(port));
  };
  const { httpGet, tcpSocket, exec, grpc } = probe;
  if (httpGet !== undefined) {
    const { path = '/', scheme = 'HTTP', httpHeaders = [], port, host = '127.0.0.1' } = httpGet;
    return () => ({ ask: 'http', scheme, host, port: number(port), path: path.startsWith('/') ? path : `/${path}`, headers: httpHeaders });
  }
  if (tcpSocket !== undefined) return () => ({ ask: 'tcp', host: tcpSocket.host ?? '127.0.0.1', port: number(tcpSocket.port) });
  if (exec !== undefined) return () => ({ ask: 'exec', command: exec.command ?? [] });
  // The process answers gRPC health only over HTTP/2; that its port accepts is the part of it that is checked here.
  return () => ({ ask: 'tcp', host: '127.0.0.1', port: portOf(grpc?.port ?? 0) });
};

type Ask = () => Promise<ProbeAnswer>;

const createAsker = (probe: Probe, options: ProbeContainerOptions): Ask => {
  const question = questionOf(probe, options);
  const exec = (command: readonly string[], timeoutMs: number) => options.runtime.exec(options.record.id, command, timeoutMs);
  return () => askProbe(question(), (probe.timeoutSeconds ?? 1) * 1000, { exec });
};

/** Without a probe a container is asked whether it listens on its first port. */
const implicitProbe = (containerPort: number): Probe => ({ tcpSocket: { port: containerPort } });

/** The pod itself is asked by HTTP, TCP or gRPC: not a command, and no host that the manifest names. */
const asksPod = ({ httpGet, tcpSocket, grpc }: Probe): boolean =>
  grpc !== undefined || (httpGet !== undefined && httpGet.host === undefined) || (tcpSocket !== undefined && tcpSocket.host === undefined);

/** Believes an answer only when the pod itself listens there: somebody else's program that took the port first would answer as well. */
function createOwnAsker(probe: Probe, options: ProbeContainerOptions): Ask {
  const ask = createAsker(probe, options);
  if (!asksPod(probe)) return ask;
  const question = questionOf(probe, options);
  // Looking into the process table costs more than asking; a port that was the pod's once stays so while it answers.
  let owned: number | undefined;
  return async () => {
    const asked = question();
    const port = 'port' in asked ? asked.port : 0;
    const answer = await ask();
    if (!answer.ok) owned = undefined;
    if (!answer.ok || owned === port) return answer;
    if (!(await isOwn(options, port)))
      return { ok: false, message: `another program listens on port ${port}, and no process of this pod does` };
    owned = port;
    return answer;
  };
}

/** Containers of a pod share their network: a port of one of them is a port of all. */
async function isOwn({ runtime, record }: ProbeContainerOptions, port: number): Promise<boolean> {
  const siblings = runtime.list().filter(({ id, podUid, exit }) => podUid === record.podUid && id !== record.id && exit === undefined);
  for (const { id } of [record, ...siblings]) if ((await runtime.listeningPorts(id)).includes(port)) return true;
  return false;
}

/** Runs a container's probes in Kubernetes' order: startup first, then readiness and liveness. */
export function probeContainer(options: ProbeContainerOptions): { stop(): void } {
  const { clock, container, portOf, onHealth, onUnhealthy, onGivenUp } = options;
  const health: Health = { started: container.startupProbe === undefined, ready: false, message: '' };
  const loops: { stop(): void }[] = [];
  let isStopped = false;
  const say = (change: Partial<Health>): void => {
    Object.assign(health, change);
    if (!isStopped) onHealth({ ...health });
  };

  const startReadiness = (): void => {
    const probe = container.readinessProbe;
    const first = container.ports?.find(({ protocol = 'TCP' }) => protocol === 'TCP')?.containerPort;
    if (probe === undefined && first === undefined) {
      say({ ready: true, message: 'started; it has neither ports nor a readiness probe' });
      return;
    }
    const loop = startProbeLoop({
      clock,
      timing: probe === undefined ? implicitTiming : timingOf(probe),
      ask: createOwnAsker(probe ?? implicitProbe(first ?? 0), options),
      eagerPeriodMs: eagerMs,
      onVerdict: (verdict, message) =>
        say({
          ready: verdict === 'passed',
          message:
            verdict === 'passed'
              ? probe === undefined
                ? `listens on port ${portOf(first ?? 0)}; without a readiness probe this is taken as ready`
                : ''
              : message,
        }),
      onFailure: (message) => {
        if (!health.ready) say({ message });
        if (probe !== undefined) onUnhealthy('Readiness', `Readiness probe failed: ${message}`);
      },
    });
    loops.push(loop);
  };
  const startLiveness = (): void => {
    const probe = container.livenessProbe;
    if (probe === undefined) return;
    const loop = startProbeLoop({
      clock,
      timing: timingOf(probe),
      ask: createAsker(probe, options),
      onVerdict: (verdict, message) => {
        if (verdict === 'failed') onGivenUp('liveness', message, probe.terminationGracePeriodSeconds);
      },
      onFailure: (message) => onUnhealthy('Liveness', `Liveness probe failed: ${message}`),
    });
    loops.push(loop);
  };
  const startup = container.startupProbe;
  if (startup === undefined) {
    startReadiness();
    startLiveness();
  } else {
    const loop = startProbeLoop({
      clock,
      timing: timingOf(startup),
      ask: createOwnAsker(startup, options),
      eagerPeriodMs: eagerMs,
      onVerdict: (verdict, message) => {
        loop.stop();
        if (verdict === 'failed') return onGivenUp('startup', message, startup.terminationGracePeriodSeconds);
        say({ started: true });
        startReadiness();
        startLiveness();
      },
      onFailure: (message) => onUnhealthy('Startup', `Startup probe failed: ${message}`),
    });
    loops.push(loop);
  }
  return {
    stop: () => {
      isStopped = true;
      for (const loop of loops) loop.stop();
    },
  };
}
