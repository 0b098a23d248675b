import type { FieldShape, MessageShape } from './protobuf-field-shapes.ts';

const nothing: MessageShape = {};
const ofName: MessageShape = { 1: ['name', 'text'] };
const reference = ['', { inline: ofName }] as const;

const containerPort: MessageShape = {
  1: ['name', 'text'],
  2: ['hostPort', 'integer'],
  3: ['containerPort', 'integer'],
  4: ['protocol', 'text'],
  5: ['hostIP', 'text'],
};

const keySelector: MessageShape = { 1: reference, 2: ['key', 'text'], 3: ['optional', 'Boolean'] };
const envVar: MessageShape = {
  1: ['name', 'text'],
  2: ['value', 'text'],
  3: [
    'valueFrom',
    {
      message: {
        1: ['fieldRef', { message: { 1: ['apiVersion', 'text'], 2: ['fieldPath', 'text'] } }],
        2: ['resourceFieldRef', { message: { 1: ['containerName', 'text'], 2: ['resource', 'text'], 3: ['divisor', 'quantity'] } }],
        3: ['configMapKeyRef', { message: keySelector }],
        4: ['secretKeyRef', { message: keySelector }],
      },
    },
  ],
};
const envSource: MessageShape = { 1: reference, 2: ['optional', 'Boolean'] };
const envFrom: MessageShape = {
  1: ['prefix', 'text'],
  2: ['configMapRef', { message: envSource }],
  3: ['secretRef', { message: envSource }],
};

const volumeMount: MessageShape = {
  1: ['name', 'text'],
  2: ['readOnly', 'boolean'],
  3: ['mountPath', 'text'],
  4: ['subPath', 'text'],
  5: ['mountPropagation', 'Text'],
  6: ['subPathExpr', 'text'],
};
const keyToPath: FieldShape = { messages: { 1: ['key', 'text'], 2: ['path', 'text'], 3: ['mode', 'Integer'] } };
const volumeSource: MessageShape = {
  1: ['hostPath', { message: { 1: ['path', 'text'], 2: ['type', 'Text'] } }],
  2: ['emptyDir', { Message: { 1: ['medium', 'text'], 2: ['sizeLimit', 'quantity'] } }],
  6: [
    'secret',
    { message: { 1: ['secretName', 'text'], 2: ['items', keyToPath], 3: ['defaultMode', 'Integer'], 4: ['optional', 'Boolean'] } },
  ],
  19: ['configMap', { message: { 1: reference, 2: ['items', keyToPath], 3: ['defaultMode', 'Integer'], 4: ['optional', 'Boolean'] } }],
};

const probeHandler: MessageShape = {
  1: ['exec', { message: { 1: ['command', 'texts'] } }],
  2: [
    'httpGet',
    {
      message: {
        1: ['path', 'text'],
        2: ['port', 'integer-or-text'],
        3: ['host', 'text'],
        4: ['scheme', 'text'],
        5: ['httpHeaders', { messages: { 1: ['name', 'text'], 2: ['value', 'text'] } }],
      },
    },
  ],
  3: ['tcpSocket', { message: { 1: ['port', 'integer-or-text'], 2: ['host', 'text'] } }],
};
const probe: FieldShape = {
  message: {
    1: ['', { inline: probeHandler }],
    2: ['initialDelaySeconds', 'integer'],
    3: ['timeoutSeconds', 'integer'],
    4: ['periodSeconds', 'integer'],
    5: ['successThreshold', 'integer'],
    6: ['failureThreshold', 'integer'],
    7: ['terminationGracePeriodSeconds', 'Integer'],
  },
};

const container: MessageShape = {
  1: ['name', 'text'],
  2: ['image', 'text'],
  3: ['command', 'texts'],
  4: ['args', 'texts'],
  5: ['workingDir', 'text'],
  6: ['ports', { messages: containerPort }],
  7: ['env', { messages: envVar }],
  8: ['resources', { message: { 1: ['limits', 'quantity-map'], 2: ['requests', 'quantity-map'] } }],
  9: ['volumeMounts', { messages: volumeMount }],
  10: ['livenessProbe', probe],
  11: ['readinessProbe', probe],
  13: ['terminationMessagePath', 'text'],
  14: ['imagePullPolicy', 'text'],
  16: ['stdin', 'boolean'],
  17: ['stdinOnce', 'boolean'],
  18: ['tty', 'boolean'],
  19: ['envFrom', { messages: envFrom }],
  20: ['terminationMessagePolicy', 'text'],
  22: ['startupProbe', probe],
};

/** A pod's specification; `kubectl create job --from=cronjob/…` sends whatever the template has. */
export const podSpec: MessageShape = {
  1: ['volumes', { messages: { 1: ['name', 'text'], 2: ['', { inline: volumeSource }] } }],
  2: ['containers', { messages: container }],
  3: ['restartPolicy', 'text'],
  4: ['terminationGracePeriodSeconds', 'Integer'],
  5: ['activeDeadlineSeconds', 'Integer'],
  6: ['dnsPolicy', 'text'],
  7: ['nodeSelector', 'text-map'],
  8: ['serviceAccountName', 'text'],
  9: ['serviceAccount', 'text'],
  10: ['nodeName', 'text'],
  14: ['securityContext', { message: nothing }],
  15: ['imagePullSecrets', { messages: ofName }],
  16: ['hostname', 'text'],
  17: ['subdomain', 'text'],
  19: ['schedulerName', 'text'],
  20: ['initContainers', { messages: container }],
  21: ['automountServiceAccountToken', 'Boolean'],
};
