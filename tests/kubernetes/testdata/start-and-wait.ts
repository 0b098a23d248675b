/** Starts Kubernetes, prints its kubeconfig, and waits to be killed. */
import { startKubernetes } from '../../../tools/kubernetes/start-kubernetes.ts';

const { kubeconfig } = await startKubernetes();
process.stdout.write(`${kubeconfig}\n`);
setInterval(() => {}, 60_000);
