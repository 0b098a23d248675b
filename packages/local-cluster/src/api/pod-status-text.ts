import type { ContainerState, ContainerStatus, Pod } from '@fairway/contracts/builtin';
import type { ResourceOf } from '@fairway/resources/model';

const endText = ({ terminated }: ContainerState): string => {
  if (terminated === undefined) return '';
  if (terminated.reason) return terminated.reason;
  return terminated.signal ? `Signal:${terminated.signal}` : `ExitCode:${terminated.exitCode}`;
};

/** What an init container keeps the pod waiting with; undefined when it is through. */
function initText({ state = {} }: ContainerStatus, index: number, total: number): string | undefined {
  if (state.terminated?.exitCode === 0) return undefined;
  if (state.terminated !== undefined) return `Init:${endText(state)}`;
  const reason = state.waiting?.reason;
  return reason !== undefined && reason !== 'PodInitializing' ? `Init:${reason}` : `Init:${index}/${total}`;
}

/** What the containers say over the phase; the first container wins. */
const containersText = (containers: readonly ContainerStatus[], phase: string): string => {
  let text = phase;
  for (const { state = {}, ready } of containers.toReversed()) {
    if (state.waiting?.reason) text = state.waiting.reason;
    else if (state.terminated !== undefined) text = endText(state);
    else if (ready && state.running !== undefined && text === 'Completed') text = 'Running';
  }
  return text;
};

/** The STATUS column of a pod: the most telling of its phase and the states of its containers. */
export function podStatusText({ metadata, spec, status }: ResourceOf<typeof Pod>): string {
  if (metadata.deletionTimestamp !== undefined) return 'Terminating';
  const total = spec?.initContainers?.length ?? 0;
  const init = (status?.initContainerStatuses ?? []).map((container, index) => initText(container, index, total));
  const waitingInit = init.find((text) => text !== undefined);
  return waitingInit ?? containersText(status?.containerStatuses ?? [], status?.reason ?? status?.phase ?? 'Pending');
}
