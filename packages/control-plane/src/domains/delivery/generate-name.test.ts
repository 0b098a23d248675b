import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { generateName, labelValue } from './generate-name.ts';

const vectors: readonly [limit: number, parts: readonly string[], result: string][] = [
  [253, ['project', 'component'], 'project-component-932d1646'],
  [253, ['My_Project$', 'Component@Name'], 'my-project-component-name-40314333'],
  [253, ['-invalid-start', 'invalid-end-'], 'invalid-start-invalid-end-f124257d'],
  [253, ['', ''], '3973e022'],
  [63, ['dp', 'default', 'default', 'development'], 'dp-default-default-development-f8e58905'],
  [63, ['dp', 'default', 'default', 'staging'], 'dp-default-default-staging-1362f732'],
  [63, ['dp', 'default', 'default', 'production'], 'dp-default-default-production-86697425'],
  [63, ['dp', 'default', 'gcp-microservice-demo', 'development'], 'dp-default-gcp-microserv-development-4b8b4fdc'],
  [253, ['greeter-service'], 'greeter-service-483f44a4'],
  [253, ['react-starter'], 'react-starter-5d6e572c'],
  [253, ['reading-list-service'], 'reading-list-service-114738c1'],
  [253, ['frontend'], 'frontend-1cf387c0'],
  [253, ['cart'], 'cart-1c42ddc0'],
  [253, ['redis'], 'redis-34fb46c8'],
  [253, ['github-issue-reporter'], 'github-issue-reporter-b5d70468'],
  [63, ['greeter-service', 'greeter-api', 'public', 'httproute'], 'greeter-servi-greeter-api-public-httproute-7c8cbc62'],
  [63, ['greeter-service', 'greeter-api', 'organization', 'httproute'], 'greeter-servi-greeter-api-organization-httproute-54724069'],
  [63, ['greeter-service', 'greeter-api', 'public'], 'greeter-service-greeter-api-public-17e9931f'],
  [63, ['greeter-service', 'greeter-api', 'public', 'btp'], 'greeter-servi-greeter-api-public-btp-a816b04c'],
  [253, ['react-starter', 'webapp', 'httproute'], 'react-starter-webapp-httproute-e7a4133f'],
  [63, ['reading-list-service-build-01'], 'reading-list-service-build-01-a008bd4a'],
];

describe('names in data planes', () => {
  for (const [limit, parts, result] of vectors) {
    test(`are ${result} for ${JSON.stringify(parts)} within ${limit}`, () => {
      assert.equal(generateName(limit, ...parts), result);
    });
  }

  test('never exceed the limit and stay different for long parts that begin alike', () => {
    const long = 'a'.repeat(80);

    const first = generateName(52, `${long}1`);
    const second = generateName(52, `${long}2`);

    assert.ok(first.length <= 52);
    assert.notEqual(first, second);
  });

  test('label values over 63 characters are shortened, others are left alone', () => {
    assert.equal(labelValue('short'), 'short');
    assert.ok(labelValue('x'.repeat(100)).length <= 63);
  });
});
