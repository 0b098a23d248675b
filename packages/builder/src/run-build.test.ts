import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { ask, runImage } from './testing/run-image.ts';
import { exampleFolder, layerFiles, openWorkbench, type Workbench } from './testing/workbench.ts';
import { findProgram } from './toolchain.ts';

/** A missing toolchain skips on a developer's machine, and fails where everything is required. */
const lacks = (...programs: string[]): string | false => {
  const missing = programs.filter((program) => findProgram(program, process.env.PATH ?? '') === undefined);
  return missing.length > 0 && process.env.FAIRWAY_TEST_REQUIRE !== 'all' ? `not on this machine: ${missing.join(', ')}` : false;
};

describe('a build of an example', () => {
  let bench: Workbench;
  before(async () => {
    bench = await openWorkbench();
  });
  after(() => bench.close());

  test('node-hello: one layer, the direct command, a graceful stop', async () => {
    const commit = bench.commit('node-hello', { folder: exampleFolder('node-hello') });

    const { outcome, log } = await bench.build('node-hello', commit);
    const image = bench.image(outcome);
    const running = await runImage(image, bench.unpack(image), { GREETING: 'Ahoy' });
    const answer = (await (await ask(running, '/')).json()) as Record<string, unknown>;

    assert.deepEqual([answer.greeting, answer.version], ['Ahoy', '1.0.0']);
    assert.equal((await ask(running, '/healthz')).status, 200);
    assert.equal(await running.stop(), 0);
    assert.deepEqual(image.config.Cmd, ['node', 'server.js']);
    assert.deepEqual(
      image.layers.map(({ kind }) => kind),
      ['application'],
    );
    assert.equal(image.result.commit, commit);
    assert.match(String(image.result.detected.toolchain), /^node v\d+/);
    assert.deepEqual(image.result.workload, { endpoints: { http: { type: 'HTTP', port: 8080 } } });
    assert.deepEqual(phases(log), ['clone', 'detect', 'install', 'build', 'pack', 'push', 'done']);
  });

  test('node-build: dependencies are a layer of their own', { skip: lacks('npm') }, async () => {
    const commit = bench.commit('node-build', { folder: exampleFolder('node-build') });

    const image = bench.image((await bench.build('node-build', commit)).outcome);
    const running = await runImage(image, bench.unpack(image));
    const answer = (await (await ask(running, '/')).json()) as Record<string, unknown>;
    await running.stop();

    assert.equal(answer.version, '1.0.0');
    assert.deepEqual(
      image.layers.map(({ kind }) => kind),
      ['dependencies', 'application'],
    );
    const [dependencies, application] = image.layers.map(({ bytes }) => layerFiles(bytes));
    assert.ok(dependencies?.every((file) => file.startsWith('app/node_modules/')));
    assert.ok(application?.includes('app/dist/server.js') && !application.some((file) => file.includes('node_modules')));
  });

  test('python-flask: Flask answers from the unpacked layers', { skip: lacks('python3') }, async () => {
    const commit = bench.commit('python-flask', { folder: exampleFolder('python-flask') });

    const image = bench.image((await bench.build('python-flask', commit)).outcome);
    const running = await runImage(image, bench.unpack(image), { GREETING: 'Bonjour' });
    const answer = await (await ask(running, '/')).json();
    await running.stop();

    assert.deepEqual(answer, { greeting: 'Bonjour', language: 'python' });
    assert.equal(image.result.detected.language, 'python');
  });

  test('go-hello: the image holds one static binary', { skip: lacks('go') }, async () => {
    const commit = bench.commit('go-hello', { folder: exampleFolder('go-hello') });

    const image = bench.image((await bench.build('go-hello', commit)).outcome);
    const running = await runImage(image, bench.unpack(image));
    const answer = await (await ask(running, '/')).json();

    assert.deepEqual(answer, { greeting: 'Hello', language: 'go' });
    assert.equal(await running.stop(), 0);
    assert.deepEqual(
      image.layers.flatMap(({ bytes }) => layerFiles(bytes)),
      ['app/server'],
    );
  });

  test('static-site: files, ranges, pages without a file, and no way out', async () => {
    const commit = bench.commit('static-site', { folder: exampleFolder('static-site') });

    const image = bench.image((await bench.build('static-site', commit)).outcome);
    const running = await runImage(image, bench.unpack(image));
    const page = await ask(running, '/');
    const tag = page.headers.get('etag') ?? '';
    const cached = await ask(running, '/', { headers: { 'if-none-match': tag } });
    const range = await ask(running, '/index.html', { headers: { range: 'bytes=0-14' } });
    const deep = await ask(running, '/orders/7', { headers: { accept: 'text/html' } });
    const missing = await ask(running, '/assets/no.css', { headers: { accept: 'text/html' } });
    const outside = await ask(running, '/%2e%2e/.fairway/static-server.mjs');
    const asset = await ask(running, '/assets/style.css');
    await running.stop();

    assert.match(await page.text(), /Hello from files/);
    assert.equal(cached.status, 304);
    assert.deepEqual([range.status, await range.text()], [206, '<!doctype html>']);
    assert.match(await deep.text(), /Hello from files/);
    assert.deepEqual([missing.status, outside.status], [404, 404]);
    assert.match(asset.headers.get('content-type') ?? '', /^text\/css/);
  });

  test('procfile-worker: a worker has no endpoint', async () => {
    const commit = bench.commit('procfile-worker', { folder: exampleFolder('procfile-worker') });

    const image = bench.image((await bench.build('procfile-worker', commit)).outcome);

    assert.equal(image.result.detected.shape, 'worker');
    assert.deepEqual(image.result.workload, {});
    assert.deepEqual(image.config.Cmd, ['node', 'worker.js']);
    assert.equal(image.config.ExposedPorts, undefined);
  });

  test('scheduled-task: the schedule is recorded and the command ends with 0', async () => {
    const commit = bench.commit('scheduled-task', { folder: exampleFolder('scheduled-task') });

    const image = bench.image((await bench.build('scheduled-task', commit)).outcome);
    const running = await runImage(image, bench.unpack(image));

    assert.equal(await running.exited, 0);
    assert.match(running.output(), /memory-report/);
    assert.deepEqual([image.result.detected.shape, image.result.detected.schedule], ['task', '*/5 * * * *']);
  });

  test('service-greeter: workload.yaml names the workload and its endpoint, schema inlined', async () => {
    const commit = bench.commit('service-greeter', { folder: exampleFolder('service-greeter') });

    const image = bench.image((await bench.build('service-greeter', commit)).outcome);
    const running = await runImage(image, bench.unpack(image));
    const answer = await (await ask(running, '/greetings/Ada')).json();
    await running.stop();

    assert.deepEqual(answer, { message: 'Hello, Ada!' });
    assert.deepEqual([image.result.detected.shape, image.result.workloadName], ['service', 'service-greeter']);
    const endpoint = (image.result.workload.endpoints as Record<string, { port: number; schema: { content: string } }>)['greeter-api'];
    assert.equal(endpoint?.port, 9090);
    assert.match(endpoint?.schema.content ?? '', /^openapi: 3/);
  });

  test('nothing of a build is left in its temporary folder', () => {
    const left = readdirSync(bench.folder)
      .filter((name) => name.startsWith('tmp-'))
      .flatMap((name) => readdirSync(join(bench.folder, name)));
    assert.deepEqual(
      left.filter((name) => name.startsWith('fairway-build-')),
      [],
    );
  });
});

const phases = (log: readonly string[]): string[] => log.flatMap((line) => (line.startsWith('==> ') ? [line.split(' ')[1] ?? ''] : []));
