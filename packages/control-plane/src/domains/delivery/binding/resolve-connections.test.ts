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
  { because: 'an object of JavaScript has more than was given', template: '{{ .constructor }}', value: '{{ .constructor }}' },
  { because: 'braces that never close are text', template: '{{ {{ .port }}', value: '{{ 7070' },
  { because: 'plain text is plain text', template: 'cart', value: 'cart' },
];
for (const { because, template, value } of cases) {
  test(`${template} becomes ${value}: ${because}`, () => {
    assert.equal(fill(template, address), value);
  });
}

test('a long template without an end is read in a moment', () => {
  const startedAt = performance.now();
  for (const template of ['{'.repeat(300_000), `{{${'a'.repeat(300_000)}`, `{{.${' '.repeat(300_000)}`])
    assert.equal(fill(template, address), template);
  assert.ok(performance.now() - startedAt < 2_000, 'looking from each brace to the end takes minutes');
});
