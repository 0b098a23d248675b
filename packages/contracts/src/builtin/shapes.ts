import { type Static, type TSchema, Type } from 'typebox';

/** Shapes that several Kubernetes kinds share. Field names, defaults and list keys are those of Kubernetes. */

/** A list whose items are told apart by keys, for server-side apply; `mergeKey` is the one that strategic merge patches use. */
export const keyedList = <Item extends TSchema>(item: Item, keys: readonly string[], options: { mergeKey?: string } = {}) =>
  Type.Array(item, {
    'x-kubernetes-list-type': 'map',
    'x-kubernetes-list-map-keys': [...keys],
    'x-kubernetes-patch-merge-key': options.mergeKey ?? keys[0],
    'x-kubernetes-patch-strategy': 'merge',
  });

/** A list that is replaced as a whole. */
export const atomicList = <Item extends TSchema>(item: Item) => Type.Array(item, { 'x-kubernetes-list-type': 'atomic' });

/** Kept as it is given; Kubernetes knows more fields there than the local cluster reads. */
export const Kept = (description: string) =>
  Type.Unsafe<Record<string, unknown>>({ type: 'object', 'x-kubernetes-preserve-unknown-fields': true, description });

export const IntOrString = (description: string, rest: Record<string, unknown> = {}) =>
  Type.Unsafe<number | string>({ 'x-kubernetes-int-or-string': true, description, ...rest });

/** Amounts such as `500m` or `128Mi`; numbers are taken too. Their syntax is checked by admission. */
export const Quantities = (description: string) =>
  Type.Unsafe<Record<string, string | number>>({
    type: 'object',
    additionalProperties: { 'x-kubernetes-preserve-unknown-fields': true },
    description,
  });

export const StringMap = (description: string) => Type.Record(Type.String(), Type.String(), { description });
export const Time = Type.String({ format: 'date-time' });
export const LocalReference = Type.Object({ name: Type.String({ default: '' }) }, { description: 'Another object of the same namespace.' });
export const PortNumber = Type.Integer({ minimum: 1, maximum: 65535 });

export const ObjectReference = Type.Object(
  {
    apiVersion: Type.Optional(Type.String()),
    kind: Type.Optional(Type.String()),
    namespace: Type.Optional(Type.String()),
    name: Type.Optional(Type.String()),
    uid: Type.Optional(Type.String()),
    resourceVersion: Type.Optional(Type.String()),
    fieldPath: Type.Optional(Type.String()),
  },
  { description: 'Names an object, or a part of one.' },
);
export type ObjectReference = Static<typeof ObjectReference>;

export const KubernetesCondition = Type.Object(
  {
    type: Type.String({ description: 'What the condition is about.' }),
    status: Type.Enum(['True', 'False', 'Unknown']),
    reason: Type.Optional(Type.String()),
    message: Type.Optional(Type.String()),
    lastTransitionTime: Type.Optional(Time),
    lastUpdateTime: Type.Optional(Time),
    lastProbeTime: Type.Optional(Type.Unsafe<string | null>({ type: 'string', format: 'date-time', nullable: true })),
    lastHeartbeatTime: Type.Optional(Time),
  },
  { description: 'One state of an object.' },
);
export type KubernetesCondition = Static<typeof KubernetesCondition>;
export const KubernetesConditions = Type.Optional(keyedList(KubernetesCondition, ['type']));
/** The newer form: says which generation it speaks of. */
const GenerationCondition = Type.Object({ ...KubernetesCondition.properties, observedGeneration: Type.Optional(Type.Integer()) });
export const GenerationConditions = Type.Optional(keyedList(GenerationCondition, ['type']));

const SelectorRequirement = Type.Object({
  key: Type.String({ minLength: 1 }),
  operator: Type.Enum(['In', 'NotIn', 'Exists', 'DoesNotExist']),
  values: Type.Optional(atomicList(Type.String())),
});
export const LabelSelector = Type.Object(
  {
    matchLabels: Type.Optional(StringMap('Labels that must be there with these values.')),
    matchExpressions: Type.Optional(atomicList(SelectorRequirement)),
  },
  { description: 'Which objects belong here, by their labels.', 'x-kubernetes-map-type': 'atomic' },
);
export type LabelSelector = Static<typeof LabelSelector>;

export const ObservedGeneration = Type.Optional(Type.Integer({ description: 'The generation of spec that status speaks of.' }));
