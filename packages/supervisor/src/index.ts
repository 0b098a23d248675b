/**
 * The supervisor: starts the local cluster, the gateway and the control plane, and starts each again when it falls.
 * Holds no state of the platform; what it must remember (ports, processes) is in the state folder, so that it may be killed and started again.
 * Start with supervise.ts.
 */
export { type Ports, portNames, preferredPorts } from './choose-ports.ts';
export { bundlePrograms } from './code-cache.ts';
export { type Started, startInBackground, stopInstallation } from './control-installation.ts';
export { explainNotReady, findNotReady, type NotReady } from './find-not-ready.ts';
export { kubeconfig, prepareInstallation } from './prepare-installation.ts';
export { isAlive } from './process-identity.ts';
export { type Program, programs } from './programs.ts';
export { readPorts } from './read-ports.ts';
export { type InstallationStatus, readStatus } from './read-status.ts';
export { type StateFiles, stateFiles, stateFolder } from './state-folder.ts';
export { AlreadyWatched, supervise } from './supervise.ts';
