import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { openChoreoDocument } from '../openchoreo/document.ts';
import { openChoreoOperations } from '../openchoreo/operations.ts';

interface Document {
  openapi: string;
  paths: Record<
    string,
    Record<
      string,
      { operationId: string; 'x-permission': string; parameters: { name: string; in: string }[]; responses: Record<string, unknown> }
    >
  >;
  components: { schemas: Record<string, unknown> };
}

describe('the OpenAPI document of the OpenChoreo dialect', () => {
  const document = openChoreoDocument() as Document;

  test('tells every operation of the table once, with its permission', () => {
    const told = Object.values(document.paths).flatMap((methods) => Object.values(methods));

    assert.equal(document.openapi, '3.1.0');
    assert.deepEqual(told.map(({ operationId }) => operationId).sort(), openChoreoOperations.map(({ id }) => id).sort());
    for (const operation of told) assert.match(operation['x-permission'], /^[a-z]+\.[a-z]+\.[a-z]+$/);
  });

  test('refers only to schemas that it holds', () => {
    const names = [...JSON.stringify(document).matchAll(/#\/components\/schemas\/(\w+)/g)].map(([, name]) => name ?? '');

    assert.ok(names.length > 20);
    assert.deepEqual(
      [...new Set(names)].filter((name) => document.components.schemas[name] === undefined),
      [],
    );
  });

  test('declares a parameter for every part of a path in braces', () => {
    for (const [path, methods] of Object.entries(document.paths))
      for (const { parameters } of Object.values(methods))
        assert.deepEqual(
          parameters.filter(({ in: where }) => where === 'path').map(({ name }) => `{${name}}`),
          path.match(/\{\w+\}/g) ?? [],
        );
  });
});
