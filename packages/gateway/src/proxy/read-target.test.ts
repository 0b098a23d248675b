import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readTarget } from './read-target.ts';

const cases: { url: string; host?: string; expected: string | undefined; because: string }[] = [
  { url: '/a?b=c', expected: 'a.localhost /a ?b=c', because: 'the usual form' },
  { url: '/', host: 'A.LocalHost.:80', expected: 'a.localhost / ', because: 'case, port and the last dot do not count' },
  { url: 'http://b.localhost:1/x', expected: 'b.localhost /x ', because: 'the host of an absolute target wins' },
  { url: 'http://b.localhost?x', expected: 'b.localhost / ?x', because: 'an absolute target without a path' },
  { url: '/public/../admin', expected: 'a.localhost /admin ', because: 'dot segments are resolved before matching' },
  { url: '/public/%2e%2E/admin/.', expected: 'a.localhost /admin/ ', because: 'encoded dot segments too' },
  { url: '/../..', expected: 'a.localhost / ', because: 'nothing is above the root' },
  { url: '/.well-known/x', expected: 'a.localhost /.well-known/x ', because: 'a name may begin with a dot' },
  { url: '/a?x=/../b', expected: 'a.localhost /a ?x=/../b', because: 'the query is left alone' },
  { url: 'a.localhost:80', expected: undefined, because: 'this is the form of CONNECT' },
  { url: '/', host: 'a b', expected: undefined, because: 'a host has no space' },
  { url: '/', host: 'a.localhost:1@b', expected: undefined, because: 'a port is a number' },
  { url: '/', host: 'a.localhost, b.localhost', expected: undefined, because: 'there is one host' },
  { url: '/', host: '[::1]:80', expected: '[::1] / ', because: 'addresses of version 6 have brackets' },
  { url: '/', host: '[::1]x', expected: undefined, because: 'nothing but a port comes after the bracket' },
  { url: '/', host: '', expected: undefined, because: 'there must be a host' },
];
for (const { url, host = 'a.localhost', expected, because } of cases)
  test(`target ${url}: ${because}`, () => {
    const target = readTarget(url, host);
    assert.equal(target === undefined ? undefined : `${target.host} ${target.path} ${target.search}`, expected);
  });
