export type JsonObject = { [key: string]: unknown };

/** Lists that Kubernetes merges by a key instead of replacing them whole; only those that a class template and a workload share. */
const mergeKeys: Readonly<Record<string, readonly string[]>> = {
  containers: ['name'],
  initContainers: ['name'],
  volumes: ['name'],
  env: ['name'],
  imagePullSecrets: ['name'],
  volumeMounts: ['mountPath'],
  ports: ['containerPort', 'port'],
};

export const isObject = (value: unknown): value is JsonObject => typeof value === 'object' && value !== null && !Array.isArray(value);

/** The patch laid over the base as Kubernetes' strategic merge does it: objects by field, known lists by their key, null removes. */
export function strategicMerge(base: JsonObject, patch: JsonObject): JsonObject {
  const merged: JsonObject = { ...base };
  for (const [field, value] of Object.entries(patch)) {
    if (value === undefined) continue;
    const before = merged[field];
    if (value === null) delete merged[field];
    else if (isObject(value)) merged[field] = strategicMerge(isObject(before) ? before : {}, value);
    else if (Array.isArray(value) && Array.isArray(before)) merged[field] = mergeLists(field, before, value);
    else merged[field] = value;
  }
  return merged;
}

function mergeLists(field: string, base: readonly unknown[], patch: readonly unknown[]): unknown[] {
  const key = mergeKeys[field]?.find((name) => patch.every((item) => isObject(item) && item[name] !== undefined));
  if (key === undefined) return [...patch];
  const merged = [...base];
  for (const item of patch as readonly JsonObject[]) {
    const at = merged.findIndex((other) => isObject(other) && other[key] === item[key] && other.protocol === item.protocol);
    const before = merged[at];
    if (at === -1 || !isObject(before)) merged.push(item);
    else merged[at] = strategicMerge(before, item);
  }
  return merged;
}
