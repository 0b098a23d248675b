import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, realpathSync } from 'node:fs';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { delimiter, dirname, join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { Pod } from '@fairway/contracts/builtin';
import { type ClusterHome, type ClusterProcess, makeHome, startProcess, testToken } from './testing/cluster-process.ts';
import { openImageRegistry } from './testing/image-registry.ts';

const limitMs = 20_000;
const beside = (process.env.PATH ?? '')
  .split(delimiter)
  .map((folder) => join(folder, 'kubectl'))
  .find((path) => existsSync(path));
/** The machine's kubectl, which speaks WebSocket, and when it lies beside it the oldest one that is promised, which speaks SPDY. */
const clients = (beside === undefined ? [] : ['kubectl', 'kubectl.1.28'])
  .map((name) => (name === 'kubectl' ? (beside ?? '') : join(dirname(realpathSync(beside ?? '')), name)))
  .filter((path) => existsSync(path));

const until = async <Value>(what: string, look: () => Promise<Value | undefined | false>): Promise<Value> => {
  const end = Date.now() + limitMs;
  for (;;) {
    const found = await look();
    if (found !== undefined && found !== false) return found;
    if (Date.now() > end) throw new Error(`${what} did not come within ${limitMs} ms`);
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
};

const server = `
import { createServer } from 'node:http';
createServer((request, response) => {
  if (request.url === '/large') return response.end(Buffer.alloc(2_000_000, 'a'));
  let size = 0;
  request.on('data', (chunk) => { size += chunk.length; });
  request.on('end', () => response.end('hello ' + size));
}).listen(Number(process.env.PORT), '127.0.0.1');
setInterval(() => console.log('tick'), 50);
`;

const terminal = ['/usr/bin/script'].find((path) => process.platform === 'linux' && existsSync(path));

const isAlive = (pid: number): boolean => {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
};

test('kubectl is there', { skip: clients.length === 0 ? 'no kubectl is installed' : false }, () => {});

describe('a client that connects with a pod', { skip: clients.length === 0 }, () => {
  let home: ClusterHome;
  let registry: Awaited<ReturnType<typeof openImageRegistry>>;
  let cluster: ClusterProcess;
  let config = '';
  const children = new Set<ChildProcess>();

  before(async () => {
    home = await makeHome();
    registry = await openImageRegistry();
    const image = registry.addImage({ 'app/server.mjs': server }, ['node', 'server.mjs']);
    const process = await startProcess(home, { mirror: registry.url });
    assert.ok('client' in process, 'the cluster starts');
    cluster = process;
    config = join(home.folder, 'config');
    await mkdir(join(home.folder, 'files'));
    await writeFile(
      config,
      JSON.stringify({
        apiVersion: 'v1',
        kind: 'Config',
        clusters: [
          {
            name: 'c',
            cluster: { server: `https://127.0.0.1:${cluster.port}`, 'certificate-authority': join(home.folder, 'pki', 'server.crt') },
          },
        ],
        users: [
          { name: 'u', user: { token: testToken } },
          { name: 'gateway', user: { token: 'the-gateways' } },
        ],
        contexts: [{ name: 'c', context: { cluster: 'c', user: 'u' } }],
        'current-context': 'c',
      }),
      { mode: 0o600 },
    );
    const container = {
      name: 'main',
      image: `registry.test/test/hello@${image}`,
      ports: [{ containerPort: 8080 }],
      env: [{ name: 'GREETING', value: 'good day' }],
    };
    await cluster.client.create(Pod, {
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name: 'hello', namespace: 'default' },
      spec: { containers: [container] },
    });
    await until('the pod is ready', async () => {
      const { status } = (await cluster.client.get(Pod, { namespace: 'default', name: 'hello' })) ?? {};
      return status?.conditions?.some(({ type, status: value }) => type === 'Ready' && value === 'True');
    });
  });
  after(async () => {
    for (const child of children) child.kill('SIGKILL');
    await cluster.end('SIGUSR2');
    await registry.close();
    await home.remove();
  });

  const start = (client: string, args: readonly string[]): ChildProcess => {
    const child = spawn(client, ['--kubeconfig', config, '--cache-dir', join(home.folder, 'cache'), ...args], {
      cwd: join(home.folder, 'files'),
      env: { PATH: process.env.PATH, HOME: home.folder },
      stdio: 'pipe',
    });
    children.add(child);
    child.on('close', () => children.delete(child));
    return child;
  };
  const run = async (
    client: string,
    args: readonly string[],
    input: string | Buffer = '',
  ): Promise<{ code: number | null; stdout: string; stderr: string }> => {
    const child = start(client, args);
    const timer = setTimeout(() => child.kill('SIGKILL'), limitMs);
    const said = { stdout: [] as Buffer[], stderr: [] as Buffer[] };
    child.stdout?.on('data', (chunk: Buffer) => said.stdout.push(chunk));
    child.stderr?.on('data', (chunk: Buffer) => said.stderr.push(chunk));
    child.stdin?.on('error', () => {});
    child.stdin?.end(input);
    const code = await new Promise<number | null>((resolve) => child.on('close', resolve));
    clearTimeout(timer);
    return { code, stdout: Buffer.concat(said.stdout).toString(), stderr: Buffer.concat(said.stderr).toString() };
  };

  for (const client of clients) {
    const name = client.split('/').at(-1) ?? '';

    test(`${name} runs a command in a container's environment and folder`, async () => {
      const { code, stdout, stderr } = await run(client, [
        'exec',
        'hello',
        '--',
        'sh',
        '-c',
        'echo "$GREETING"; ls server.mjs; echo oh >&2',
      ]);
      assert.deepEqual({ code, stdout, stderr }, { code: 0, stdout: 'good day\nserver.mjs\n', stderr: 'oh\n' });
    });

    test(`${name} ends as the command did`, async () => {
      const { code, stderr } = await run(client, ['exec', '-v=4', 'hello', '--', 'sh', '-c', 'exit 7']);
      assert.equal(code, 7);
      assert.match(stderr, /command terminated with exit code 7/);
      assert.doesNotMatch(stderr, /fallback/i);
    });

    test(`${name} is told that a command does not exist`, async () => {
      const { code, stderr } = await run(client, ['exec', 'hello', '--', 'no-such-command']);
      assert.notEqual(code, 0);
      assert.match(stderr, /executable file not found/);
    });

    test(`${name} gives a command its input to the end`, async () => {
      const input = Buffer.alloc(3_000_000, 'line of text\n');
      const { code, stdout, stderr } = await run(client, ['exec', '-i', 'hello', '--', 'cat'], input);
      assert.deepEqual([code, stdout.length, stderr], [0, input.length, '']);
      assert.equal(stdout, input.toString());
    });

    test(`${name} copies files into a pod and out of it`, async () => {
      const file = join(home.folder, 'files', `in-${name}.bin`);
      await writeFile(file, Buffer.alloc(300_000, name));
      const into = await run(client, ['cp', `in-${name}.bin`, `hello:copied-${name}.bin`]);
      assert.deepEqual([into.code, into.stderr], [0, '']);
      const out = await run(client, ['cp', `hello:copied-${name}.bin`, `out-${name}.bin`]);
      assert.equal(out.code, 0, out.stderr);
      assert.deepEqual(await readFile(join(home.folder, 'files', `out-${name}.bin`)), await readFile(file));
    });

    test(`${name} forwards a port, for many requests at a time and large answers`, async () => {
      const child = start(client, ['port-forward', '-v=4', 'pod/hello', ':8080']);
      let text = '';
      child.stdout?.on('data', (chunk: Buffer) => {
        text += chunk.toString();
      });
      let problems = '';
      child.stderr?.on('data', (chunk: Buffer) => {
        problems += chunk.toString();
      });
      const port = await until('the forwarded port', async () => /127\.0\.0\.1:(\d+)/.exec(text)?.[1]);
      const url = `http://127.0.0.1:${port}`;
      const ask = async (path: string, body?: string): Promise<string> => {
        const signal = AbortSignal.timeout(10_000);
        const headers = { connection: 'close' };
        return (await fetch(url + path, { signal, headers, ...(body === undefined ? {} : { method: 'POST', body }) })).text();
      };
      assert.equal(await ask('/'), 'hello 0');
      assert.equal(await ask('/', 'x'.repeat(1_000_000)), 'hello 1000000');
      const answers = await Promise.all(Array.from({ length: 10 }, () => ask('/large')));
      assert.ok(answers.every(({ length }) => length === 2_000_000));
      // Newer ones try WebSocket first, and say so when that does not work.
      assert.doesNotMatch(problems, /fallback|error/i);
      child.kill('SIGINT');
    });

    test(`${name} reaches no port that is not the pod's own`, async () => {
      const child = start(client, ['port-forward', 'pod/hello', `:${cluster.port}`]);
      let text = '';
      let problems = '';
      child.stdout?.on('data', (chunk: Buffer) => {
        text += chunk.toString();
      });
      child.stderr?.on('data', (chunk: Buffer) => {
        problems += chunk.toString();
      });
      const port = await until('the forwarded port', async () => /127\.0\.0\.1:(\d+)/.exec(text)?.[1]);
      await assert.rejects(fetch(`http://127.0.0.1:${port}/`, { signal: AbortSignal.timeout(10_000) }));
      await until('the reason', async () => problems.includes('no process of the pod listens on port'));
      child.kill('SIGINT');
    });

    test(`${name} ends what it started when it goes away`, async () => {
      const child = start(client, ['exec', 'hello', '--', 'sh', '-c', 'echo $$; sleep 300 & echo $!; wait']);
      let text = '';
      child.stdout?.on('data', (chunk: Buffer) => {
        text += chunk.toString();
      });
      const pids = await until('both processes', async () =>
        text.trim().split('\n').length === 2 ? text.trim().split('\n').map(Number) : undefined,
      );
      assert.ok(pids.every(isAlive));
      child.kill('SIGKILL');
      await until('their end', async () => !pids.some(isAlive));
    });

    test(`${name} shows what a container writes`, async () => {
      const child = start(client, ['attach', 'hello']);
      let text = '';
      child.stdout?.on('data', (chunk: Buffer) => {
        text += chunk.toString();
      });
      await until('a line', async () => text.includes('tick\ntick\n'));
      child.kill('SIGINT');
    });

    test(`${name} has a terminal where the machine can give one`, { skip: terminal === undefined }, async () => {
      const args = [
        '--kubeconfig',
        config,
        '--cache-dir',
        join(home.folder, 'cache'),
        'exec',
        '-it',
        'hello',
        '--',
        'sh',
        '-c',
        'tty; until stty size | grep 33.111; do sleep 0.05; done; read word; echo "<$word>"',
      ];
      const child = spawn(
        terminal ?? '',
        ['-q', '-e', '-c', `stty rows 33 cols 111; ${[client, ...args].map((word) => `'${word}'`).join(' ')}`, '/dev/null'],
        { stdio: 'pipe', env: { PATH: process.env.PATH, HOME: home.folder, SHELL: '/bin/sh', TERM: 'dumb' } },
      );
      children.add(child);
      let text = '';
      child.stdout.on('data', (chunk: Buffer) => {
        text += chunk.toString();
      });
      await until('the terminal', async () => /\/dev\/pts\/\d+/.test(text) && /33 111/.test(text));
      child.stdin.write('typed\r');
      await until('the answer', async () => text.includes('<typed>'));
      const code = await new Promise((resolve) => child.on('close', resolve));
      children.delete(child);
      assert.equal(code, 0);
    });

    test(`${name} is refused where its user may not`, async () => {
      const { code, stderr } = await run(client, ['--user', 'gateway', 'exec', 'hello', '--', 'true']);
      assert.equal(code, 1);
      assert.match(stderr, /forbidden/i);
    });

    test(`${name} is told of a container that is not there`, async () => {
      const { code, stderr } = await run(client, ['exec', 'hello', '-c', 'other', '--', 'true']);
      assert.equal(code, 1);
      assert.match(stderr, /other/);
    });
  }
});
