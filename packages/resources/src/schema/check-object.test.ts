import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { controlPlaneKinds, Project, Workload } from '@fairway/contracts';
import { builtinKinds } from '@fairway/contracts/builtin';
import type { AnyResource } from '../model/index.ts';
import { checkObject, describeProblems, unknownKeywords } from './index.ts';

const project = (metadata: Record<string, unknown>, rest: Record<string, unknown> = { spec: {} }): AnyResource =>
  ({ apiVersion: 'openchoreo.dev/v1alpha1', kind: 'Project', metadata, ...rest }) as unknown as AnyResource;

describe('checkObject', () => {
  test('knows every keyword of every generated schema', () => {
    for (const kind of [...controlPlaneKinds, ...builtinKinds]) assert.deepEqual(unknownKeywords(kind.schema, kind.kind), []);
    assert.deepEqual(unknownKeywords({ type: 'object', properties: { a: { if: [] } } }), ['/a/if']);
    assert.ok(controlPlaneKinds.length > 0);
  });

  test('fills the defaults of a kind', () => {
    const { object, problems, unknownFields } = checkObject(Project, project({ name: 'shop', namespace: 'default' }));

    assert.deepEqual(problems, []);
    assert.deepEqual(unknownFields, []);
    assert.deepEqual(object.spec, { deploymentPipelineRef: 'default-pipeline' });
  });

  test('checks maps by pattern and lists by item in one walk', () => {
    const workload = {
      apiVersion: 'openchoreo.dev/v1alpha1',
      kind: 'Workload',
      metadata: { name: 'w', namespace: 'default' },
      spec: { owner: {}, containers: { main: { image: '' } }, endpoints: { http: { type: 'HTTPS', port: '80' } } },
    } as unknown as AnyResource;

    assert.deepEqual(
      checkObject(Workload, workload).problems.map(({ field, type }) => `${field} ${type}`),
      [
        'spec.owner.projectName FieldValueRequired',
        'spec.owner.componentName FieldValueRequired',
        'spec.containers.main.image FieldValueInvalid',
        'spec.endpoints.http.type FieldValueNotSupported',
        'spec.endpoints.http.port FieldValueTypeInvalid',
      ],
    );
  });

  const metadataCases: { because: string; metadata: Record<string, unknown>; says: RegExp }[] = [
    {
      because: 'a name is missing',
      metadata: { namespace: 'a' },
      says: /^metadata.name: Required value: name or generateName is required$/,
    },
    {
      because: 'a name has capital letters',
      metadata: { name: 'Shop', namespace: 'a' },
      says: /^metadata.name: Invalid value: "Shop": a lowercase RFC 1123 subdomain/,
    },
    {
      because: 'a name is too long',
      metadata: { name: 'a'.repeat(254), namespace: 'a' },
      says: /^metadata.name: Invalid value: "a{254}": must be no more than 253 characters$/,
    },
    {
      because: 'a finalizer is no name',
      metadata: { name: 'a', namespace: 'a', finalizers: ['a b'] },
      says: /^metadata.finalizers: Invalid value: "a b": name part must consist of/,
    },
    {
      because: 'an owner has no uid',
      metadata: { name: 'a', namespace: 'a', ownerReferences: [{ apiVersion: 'v1', kind: 'Pod', name: 'b', uid: '' }] },
      says: /^metadata.ownerReferences.uid: Invalid value: "": must not be empty$/,
    },
    { because: 'a namespace is missing', metadata: { name: 'a' }, says: /^metadata.namespace: Required value$/ },
    { because: 'a namespace climbs', metadata: { name: 'a', namespace: '../b' }, says: /^metadata.namespace: Invalid value: "..\/b"/ },
    {
      because: 'a label is a number',
      metadata: { name: 'a', namespace: 'a', labels: { x: 1 } },
      says: /^metadata.labels.x: Invalid value: "integer"/,
    },
    {
      because: 'a label value has blanks',
      metadata: { name: 'a', namespace: 'a', labels: { x: 'a b' } },
      says: /^metadata.labels: Invalid value: "a b"/,
    },
    {
      because: 'a label key is empty after its prefix',
      metadata: { name: 'a', namespace: 'a', labels: { 'x/': 'a' } },
      says: /^metadata.labels: Invalid value: "x\/"/,
    },
    {
      because: 'annotations are too large',
      metadata: { name: 'a', namespace: 'a', annotations: { x: 'a'.repeat(262_144) } },
      says: /^metadata.annotations: Too long/,
    },
  ];
  for (const { because, metadata, says } of metadataCases)
    test(`refuses metadata: ${because}`, () => {
      assert.match(describeProblems(checkObject(Project, project(metadata)).problems), says);
    });

  test('prunes unknown fields of metadata and of the top level', () => {
    const { object, unknownFields } = checkObject(Project, project({ name: 'a', namespace: 'b', nick: 'c' }, { spec: {}, extra: 1 }));

    assert.deepEqual(unknownFields.sort(), ['extra', 'metadata.nick']);
    assert.deepEqual(Object.keys(object).sort(), ['apiVersion', 'kind', 'metadata', 'spec']);
  });
});
