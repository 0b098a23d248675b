import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Reason } from '@fairway/resources/model';
import { codeOfStatusReason, reasonOfCode, reasonOfStatus, statusReasonOf } from './status-reasons.ts';

test('every reason of ours comes back as itself after a round through Kubernetes words', () => {
  for (const [reason, word] of Object.entries(statusReasonOf)) assert.equal(reasonOfStatus[word], reason as Reason);
});

test('a code without a Status body still gives a reason', () => {
  const cases = [
    { code: 404, reason: 'not-found', because: 'a proxy may answer for the cluster' },
    { code: 418, reason: 'invalid', because: 'an unknown 4xx is the fault of the request' },
    { code: 502, reason: 'unavailable', because: 'an unknown 5xx may pass' },
    { code: codeOfStatusReason.TooManyRequests, reason: 'rate-limited', because: 'load balancers shed load without a Status' },
  ];
  for (const { code, reason, because } of cases) assert.equal(reasonOfCode(code), reason, because);
});
