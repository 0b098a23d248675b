import type { AdmissionRules } from '@fairway/resources/model';
import { finalizer, type PodObject } from './pod-object.ts';

/**
 * A pod that gets its node gets the node agent's finalizer in the same commit, so that it cannot go before its processes have.
 * A pod without a node has nothing to stop and goes at once.
 */
export const podRules: AdmissionRules<PodObject> = {
  admit: ({ operation, subresource, object, old }) => {
    if (operation === 'delete' || subresource !== undefined) return undefined;
    const isBound = object.spec?.nodeName !== undefined && old?.spec?.nodeName === undefined;
    const finalizers = object.metadata.finalizers ?? [];
    if (!isBound || object.metadata.deletionTimestamp !== undefined || finalizers.includes(finalizer)) return undefined;
    return { object: { ...object, metadata: { ...object.metadata, finalizers: [...finalizers, finalizer] } } };
  },
};
