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
const implicitTimeoutMs = 1_000;

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

const createAsker = (probe: Probe, options: ProbeContainerOptions): (() => Promise<ProbeAnswer>) => {
  const question = questionOf(probe, options);
  const exec = (command: readonly string[], timeoutMs: number) => options.runtime.exec(options.record.id, command, timeoutMs);
  return () => askProbe(question(), (probe.timeoutSeconds ?? 1) * 1000, { exec });
};

/** Whether the container itself listens on its first port: somebody else's program that took the port first would answer as well. */
function createImplicitAsker({ runtime, record, portOf }: ProbeContainerOptions, first: number): () => Promise<ProbeAnswer> {
  const exec = (command: readonly string[], timeoutMs: number) => runtime.exec(record.id, command, timeoutMs);
  // Looking into the process table costs more than connecting; a port that was the container's once stays so while it listens.
  let owned: number | undefined;
  return async () => {
    const port = portOf(first);
    const answer = await askProbe({ ask: 'tcp', host: '127.0.0.1', port }, implicitTimeoutMs, { exec });
    if (!answer.ok || owned === port) return answer;
    if (!(await runtime.listeningPorts(record.id)).includes(port))
      return { ok: false, message: `another program listens on port ${port}, which this container was given` };
    owned = port;
    return answer;
  };
}

/** Runs a container's probes in Kubernetes' order: startup first, then readiness and liveness. */
export function probeContainer(options: ProbeContainerOptions): { stop(): void } {
  const { clock, container, portOf, onHealth, onUnhealthy, onGivenUp } = options;
  const health: Health = { started: container.startupProbe === undefined, ready: false, message: '' };
  const loops: { stop(): void }[] = [];
  let isStopped = false;
  const asker = (probe: Probe) => createAsker(probe, options);
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
    const implicit = createImplicitAsker(options, first ?? 0);
    const loop = startProbeLoop({
      clock,
      timing: probe === undefined ? implicitTiming : timingOf(probe),
      ask: probe === undefined ? implicit : asker(probe),
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
      ask: asker(probe),
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
      ask: asker(startup),
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
