import assert from 'node:assert/strict';
import { test } from 'node:test';
import { decodeProtobuf } from './decode-protobuf.ts';

const varint = (value: number): Buffer =>
  value < 0x80 ? Buffer.from([value]) : Buffer.concat([Buffer.from([(value % 0x80) + 0x80]), varint(Math.floor(value / 0x80))]);
const text = (number: number, content: string | Buffer): Buffer => {
  const bytes = Buffer.from(content);
  return Buffer.concat([varint(number * 8 + 2), varint(bytes.length), bytes]);
};
const integer = (number: number, value: number): Buffer => Buffer.from([number * 8, value]);
const envelope = (apiVersion: string, kind: string, raw: Buffer): Buffer =>
  Buffer.concat([
    Buffer.from('k8s\0'),
    text(1, Buffer.concat([text(1, apiVersion), text(2, kind)])),
    text(2, raw),
    text(3, ''),
    text(4, ''),
  ]);
const metadata = text(
  1,
  Buffer.concat([text(1, 'web'), text(3, ''), integer(7, 0), text(8, ''), text(11, Buffer.concat([text(1, 'a'), text(2, 'b')]))]),
);

test('an object in protobuf means the same as in JSON; zero values of plain fields are left out, of pointers kept', () => {
  const spec = text(2, Buffer.concat([integer(1, 0), text(4, text(1, '')), integer(5, 0)]));

  const object = decodeProtobuf(envelope('apps/v1', 'Deployment', Buffer.concat([metadata, spec, text(3, integer(9, 1))])));

  assert.deepEqual(object, {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: 'web', labels: { a: 'b' } },
    spec: { replicas: 0 },
  });
});

test('a Job of another object\u2019s template keeps its owner, its volumes and its limits', () => {
  const owner = Buffer.concat([text(1, 'CronJob'), text(3, 'report'), text(4, 'u-1'), text(5, 'batch/v1'), integer(6, 1)]);
  const ofSecret = Buffer.concat([text(1, text(1, 'passwords')), text(2, 'database'), integer(3, 0)]);
  const container = Buffer.concat([
    text(1, 'main'),
    text(7, Buffer.concat([text(1, 'DB'), text(3, text(4, ofSecret))])),
    text(8, text(1, Buffer.concat([text(1, 'cpu'), text(2, text(1, '500m'))]))),
    text(9, Buffer.concat([text(1, 'tmp'), integer(2, 0), text(3, '/tmp')])),
    text(10, Buffer.concat([text(1, text(3, Buffer.concat([text(1, Buffer.concat([integer(1, 0), integer(2, 80)]))]))), integer(4, 5)])),
  ]);
  const volume = Buffer.concat([text(1, 'tmp'), text(2, text(2, text(1, '')))]);
  const pod = Buffer.concat([text(1, volume), text(2, container), text(15, text(1, 'pull'))]);
  const job = Buffer.concat([text(1, Buffer.concat([text(1, 'by-hand'), text(13, owner)])), text(2, text(6, text(2, pod)))]);

  const object = decodeProtobuf(envelope('batch/v1', 'Job', job));

  assert.deepEqual(object, {
    apiVersion: 'batch/v1',
    kind: 'Job',
    metadata: {
      name: 'by-hand',
      ownerReferences: [{ kind: 'CronJob', name: 'report', uid: 'u-1', apiVersion: 'batch/v1', controller: true }],
    },
    spec: {
      template: {
        spec: {
          volumes: [{ name: 'tmp', emptyDir: {} }],
          containers: [
            {
              name: 'main',
              env: [{ name: 'DB', valueFrom: { secretKeyRef: { name: 'passwords', key: 'database', optional: false } } }],
              resources: { limits: { cpu: '500m' } },
              volumeMounts: [{ name: 'tmp', mountPath: '/tmp' }],
              livenessProbe: { tcpSocket: { port: 80 }, periodSeconds: 5 },
            },
          ],
          imagePullSecrets: [{ name: 'pull' }],
        },
      },
    },
  });
});

test('bytes become base64, and a key named __proto__ is only a key', () => {
  const entry = (key: string) => text(2, Buffer.concat([text(1, key), text(2, 'value')]));

  const object = decodeProtobuf(envelope('v1', 'Secret', Buffer.concat([metadata, entry('a'), entry('__proto__')])));

  assert.deepEqual(Object.entries(object.data as object), [
    ['a', 'dmFsdWU='],
    ['__proto__', 'dmFsdWU='],
  ]);
});

test('what cannot be read whole is refused', () => {
  const cases = [
    { bytes: Buffer.from('{}'), message: /not protobuf/, because: 'no envelope' },
    { bytes: envelope('v1', 'ConfigMap', metadata).subarray(0, 30), message: /not protobuf/, because: 'cut off' },
    { bytes: Buffer.concat([Buffer.from('k8s\0'), Buffer.alloc(12, 0xff)]), message: /not protobuf/, because: 'a number without an end' },
    { bytes: envelope('v1', 'Pod', metadata), message: /Pod cannot be read from protobuf/, because: 'a kind without a shape' },
    {
      bytes: envelope('v1', 'ConfigMap', Buffer.concat([metadata, text(9, 'x')])),
      message: /field 9 of ConfigMap/,
      because: 'a set field that is not known',
    },
  ];
  for (const { bytes, message, because } of cases)
    assert.throws(() => decodeProtobuf(bytes), { name: 'Problem', reason: 'invalid', message }, because);
});
