import { arch, availableParallelism, freemem, hostname, platform, release, totalmem } from 'node:os';
import { Node } from '@fairway/contracts/builtin';
import { type AnyResource, timestamp } from '@fairway/resources/model';
import type { AgentContext } from './agent-context.ts';

const heartbeatMs = 20_000;
const maxPods = 250;
const isolation = 'fairway.dev/isolation';

const statusOf = (now: number, before: AnyResource | undefined, bootId: string): Record<string, unknown> => {
  const at = timestamp(now);
  const old =
    (before?.status as { conditions?: { type: string; status: string; lastTransitionTime?: string }[] } | undefined)?.conditions ?? [];
  const condition = (type: string, status: 'True' | 'False', reason: string, message: string): Record<string, string> => {
    const same = old.find((known) => known.type === type && known.status === status);
    return { type, status, reason, message, lastHeartbeatTime: at, lastTransitionTime: same?.lastTransitionTime ?? at };
  };
  const resources = { cpu: String(availableParallelism()), memory: `${Math.floor(totalmem() / 1024)}Ki`, pods: String(maxPods) };
  const isShort = freemem() < totalmem() * 0.02;
  return {
    addresses: [
      { type: 'InternalIP', address: '127.0.0.1' },
      { type: 'Hostname', address: hostname() },
    ],
    capacity: resources,
    allocatable: resources,
    conditions: [
      condition('Ready', 'True', 'NodeAgentReady', 'the node agent runs'),
      condition(
        'MemoryPressure',
        isShort ? 'True' : 'False',
        isShort ? 'LittleMemory' : 'EnoughMemory',
        isShort ? 'less than 2 % of memory is free' : 'memory is left',
      ),
      condition(
        'Isolated',
        'False',
        'ProcessRuntime',
        'pods are plain processes of this user: they see its files, its network and each other. Run only code that you trust',
      ),
    ],
    nodeInfo: {
      machineID: '',
      systemUUID: '',
      bootID: bootId,
      kernelVersion: release(),
      osImage: platform(),
      containerRuntimeVersion: 'process://1',
      kubeletVersion: 'v1.33.0',
      kubeProxyVersion: '',
      operatingSystem: platform(),
      architecture: arch() === 'x64' ? 'amd64' : arch(),
    },
  };
};

/** Keeps the Node object: makes it, beats its heart, says that nothing is isolated. */
export async function keepNode(context: AgentContext, bootId: string): Promise<void> {
  const { resources, clock, log, nodeName, signal, cause } = context;
  const key = { name: nodeName };
  const labels = {
    'kubernetes.io/hostname': nodeName,
    'kubernetes.io/os': platform(),
    'kubernetes.io/arch': arch() === 'x64' ? 'amd64' : arch(),
    'fairway.dev/provider': 'local',
  };
  const marked = (current: AnyResource | undefined): AnyResource => ({
    ...(current ?? { apiVersion: 'v1', kind: 'Node', spec: {} }),
    metadata: {
      ...current?.metadata,
      name: nodeName,
      labels: { ...current?.metadata.labels, ...labels },
      annotations: { ...current?.metadata.annotations, [isolation]: 'none' },
    },
  });
  let cancel = (): void => {};
  signal.addEventListener('abort', () => cancel(), { once: true });
  const beat = async (): Promise<void> => {
    try {
      await resources.commit(cause('node.heartbeat'), [
        { op: 'mutate', kind: Node, key, create: true, change: marked },
        {
          op: 'mutate',
          kind: Node,
          key,
          subresource: 'status',
          change: (current) => current && { ...current, status: statusOf(clock.now(), current, bootId) },
        },
      ]);
    } catch (error) {
      log.warn('the heartbeat of the node could not be written', { error });
    }
    if (!signal.aborted) cancel = clock.after(heartbeatMs, () => void beat());
  };
  await beat();
}
