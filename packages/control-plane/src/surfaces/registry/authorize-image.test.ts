import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Caller, isProblem } from '@fairway/resources/model';
import { authorizeImage, type ImagePermission } from './authorize-image.ts';

const callers = {
  administrator: { principal: 'user:admin', permissions: ['*'] },
  member: { principal: 'user:ada', organization: 'default', permissions: ['artifacts.*'] },
  run: {
    principal: 'service:run/one',
    organization: 'default',
    permissions: ['artifacts.image.read', 'artifacts.image.push'],
    limits: { image: 'default/shop/hello' },
  },
  pull: {
    principal: 'service:pull/default/dp-default',
    organization: 'default',
    permissions: ['artifacts.image.read'],
    limits: { image: 'default/' },
  },
  idle: { principal: 'user:idle', organization: 'default', permissions: [] },
  squatter: { principal: 'user:eve', organization: 'fairway', permissions: ['*'] },
} satisfies Record<string, Caller>;

const cases: {
  who: keyof typeof callers;
  verb: 'read' | 'push' | 'delete';
  image: string;
  expect: 'allowed' | 'not-found' | 'forbidden';
  because: string;
}[] = [
  { who: 'administrator', verb: 'push', image: 'any/shop/hello', expect: 'allowed', because: 'the administrator is not confined' },
  {
    who: 'administrator',
    verb: 'push',
    image: 'fairway/system/builder',
    expect: 'allowed',
    because: 'the installation writes its own images',
  },
  { who: 'member', verb: 'push', image: 'default/shop/hello', expect: 'allowed', because: 'it is of the own organization' },
  { who: 'member', verb: 'read', image: 'other/shop/hello', expect: 'not-found', because: 'another organization is not even there' },
  { who: 'member', verb: 'read', image: 'default2/shop/hello', expect: 'not-found', because: 'a longer name is another organization' },
  { who: 'run', verb: 'push', image: 'default/shop/hello', expect: 'allowed', because: 'it is the image of the run' },
  { who: 'run', verb: 'read', image: 'default/shop/hello2', expect: 'not-found', because: 'a run sees its own image only' },
  { who: 'run', verb: 'read', image: 'fairway/system/builder', expect: 'allowed', because: 'the builder is read by all who read images' },
  { who: 'run', verb: 'push', image: 'fairway/system/builder', expect: 'not-found', because: 'a build never replaces the builder' },
  { who: 'pull', verb: 'read', image: 'default/shop/hello', expect: 'allowed', because: 'it is an image of the organization' },
  { who: 'pull', verb: 'read', image: 'other/shop/hello', expect: 'not-found', because: 'it is an image of another organization' },
  { who: 'pull', verb: 'push', image: 'default/shop/hello', expect: 'forbidden', because: 'a node only pulls' },
  { who: 'pull', verb: 'read', image: 'fairway/system/builder', expect: 'allowed', because: 'build planes pull the builder' },
  { who: 'idle', verb: 'read', image: 'default/shop/hello', expect: 'forbidden', because: 'it holds no permission' },
  { who: 'idle', verb: 'read', image: 'fairway/system/builder', expect: 'forbidden', because: 'the builder needs the permission too' },
  {
    who: 'squatter',
    verb: 'push',
    image: 'fairway/system/builder',
    expect: 'not-found',
    because: 'the name of an organization gives no right to it',
  },
];

for (const { who, verb, image, expect, because } of cases)
  test(`${who} ${verb} ${image}: ${expect}, because ${because}`, () => {
    const attempt = (): void => authorizeImage(callers[who], `artifacts.image.${verb}` as ImagePermission, image);
    if (expect === 'allowed') attempt();
    else assert.throws(attempt, (error) => isProblem(error, expect));
  });
