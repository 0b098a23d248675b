import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fill } from './resolve-connections.ts';

const address = { host: 'cart-1c42ddc0', port: 7070, scheme: 'grpc', uri: 'grpc://cart-1c42ddc0:7070' };
const cases = [
  { because: 'fields become values', template: '{{ .host }}:{{ .port }}', value: 'cart-1c42ddc0:7070' },
  { because: 'blanks do not matter', template: '{{.uri}}', value: 'grpc://cart-1c42ddc0:7070' },
  { because: 'url is another word for uri', template: '{{ .url }}/x', value: 'grpc://cart-1c42ddc0:7070/x' },
  {
    because: 'a field that is not known leaves the template as it is',
    template: '{{ .nothing }}-{{ .host }}',
    value: '{{ .nothing }}-{{ .host }}',
  },
  {
    because: 'what is more than a field leaves the template as it is',
    template: '{{ printf "%s" .host }}',
    value: '{{ printf "%s" .host }}',
  },
  { because: 'plain text is plain text', template: 'cart', value: 'cart' },
];
for (const { because, template, value } of cases) {
  test(`${template} becomes ${value}: ${because}`, () => {
    assert.equal(fill(template, address), value);
  });
}
