import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type TestContext, test } from 'node:test';
import type { DeploymentEvent } from '@fairway/sdk';
import { followToUrl } from './follow-to-url.ts';
import type { Terminal } from './terminal.ts';

function scene(events: readonly DeploymentEvent[], runsBefore?: string) {
  const notes: string[] = [];
  const terminal = { note: (text: string) => void notes.push(text), style: (_: string, text: string) => text } as unknown as Terminal;
  async function* stream(): AsyncGenerator<DeploymentEvent> {
    yield* events;
  }
  return { notes, follow: (signal = AbortSignal.timeout(5_000)) => followToUrl(terminal, { events: stream(), runsBefore, signal }) };
}
async function serve(t: TestContext, headersOf: (call: number) => Record<string, string>): Promise<string> {
  let calls = 0;
  const server = createServer((_, response) => {
    calls += 1;
    response.writeHead(calls < 3 ? 503 : 200, headersOf(calls)).end();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.after(() => server.close());
  return `http://web.localhost:${(server.address() as AddressInfo).port}/`;
}
const ready = (urls: string[]): DeploymentEvent => ({ type: 'ready', environment: 'development', release: 'web-v1', urls });

test('the log is shown as it comes, and the end is a URL at which the application itself answers', async (t) => {
  const url = await serve(t, (call): Record<string, string> => (call < 3 ? { 'x-fairway-gateway': 'no route' } : {}));
  const { notes, follow } = scene([
    { type: 'build', build: 'b1' },
    { type: 'log', line: '==> install\u001b[2J' },
    { type: 'built', build: 'b1', image: 'i', notes: ['a Dockerfile is there'] },
    ready([url]),
  ]);

  assert.deepEqual(await follow(), { environment: 'development', release: 'web-v1', urls: [url] });
  assert.deepEqual(notes, ['build b1', '==> install?[2J', 'note: a Dockerfile is there', 'image i']);
});

test('a task or worker without a URL is done when it is ready', async () => {
  assert.deepEqual((await scene([ready([])]).follow()).urls, []);
});

test('a failed build says the failing line first, and which release goes on', async () => {
  const failed: DeploymentEvent = {
    type: 'failed',
    stage: 'build',
    line: 'server.js:3 SyntaxError',
    message: 'npm run build ended with 1',
  };

  await assert.rejects(scene([failed], 'web-v1').follow(), {
    exitCode: 1,
    message: 'the build failed: server.js:3 SyntaxError — npm run build ended with 1',
    hint: 'mend it and deploy again; web-v1 keeps running',
    details: { stage: 'build', line: 'server.js:3 SyntaxError' },
  });
});

test('nothing is said to go on when nothing ran before', async () => {
  for (const stage of ['build', 'deploy', 'superseded'] as const)
    await assert.rejects(
      scene([{ type: 'failed', stage, message: 'no' }]).follow(),
      ({ hint }: { hint: string }) => !hint.includes('keeps'),
    );
});

test('a release that does not get ready, a stop and an empty stream are told apart', async () => {
  await assert.rejects(scene([{ type: 'failed', stage: 'deploy', message: 'exit 1' }]).follow(), {
    exitCode: 1,
    message: /did not get ready: exit 1/,
  });
  await assert.rejects(scene([]).follow(AbortSignal.abort()), { exitCode: 8 });
  await assert.rejects(scene([]).follow(), { exitCode: 1, message: /no build appeared/ });
});
