/**
 * Runs in a process of its own and asks one server as fast as it answers, over connections that stay open.
 * Told by message: a token in the arguments would stand in the list of processes.
 */
import { connect } from 'node:net';
import { connect as connectTls } from 'node:tls';
import { createAnswerReader } from './answer-reader.ts';
import { connectionId, loadId } from './placeholders.ts';

export interface Load {
  port: number;
  connections: number;
  forMs: number;
  /** The whole request. `{id}` stands for six characters that no other request of this run has, `{connection}` for the two digits of its connection. */
  request: string;
  /** Of ids; a prefix of the round. */
  firstId: number;
  /** Also tells the ids whose requests were answered with success, and takes a broken connection for the end. */
  acknowledge?: boolean;
  /** The certificate to trust (PEM); without it the connections are plain. */
  ca?: string;
}

export interface LoadResult {
  answered: number;
  failed: number;
  elapsedMs: number;
  acknowledged: string[];
  /** 99 of 100 answers came within this time. */
  p99Ms: number;
  firstFailure?: string;
}

const run = (load: Load): Promise<LoadResult> =>
  new Promise((resolve) => {
    const result: LoadResult = { answered: 0, failed: 0, elapsedMs: 0, acknowledged: [], p99Ms: 0 };
    const times: number[] = [];
    let next = load.firstId;
    let open = load.connections;
    const startedAt = performance.now();
    const closed = (): void => {
      open -= 1;
      if (open > 0) return;
      result.elapsedMs = performance.now() - startedAt;
      result.p99Ms = times.sort((a, b) => a - b)[Math.floor(times.length * 0.99)] ?? 0;
      resolve(result);
    };
    for (let index = 0; index < load.connections; index += 1) {
      const request = load.request.replaceAll('{connection}', connectionId(index));
      const parts = request.split('{id}');
      const fixed = Buffer.from(request);
      const to = { host: '127.0.0.1', port: load.port };
      const socket = load.ca === undefined ? connect(to) : connectTls({ ...to, ca: load.ca });
      socket.setNoDelay(true);
      let id = '';
      let askedAt = 0;
      const ask = (): void => {
        askedAt = performance.now();
        if (parts.length === 1) {
          socket.write(fixed);
          return;
        }
        id = loadId(next);
        next += 1;
        socket.write(parts.join(id));
      };
      const read = createAnswerReader((status, head) => {
        times.push(performance.now() - askedAt);
        if (status >= 200 && status < 300) {
          result.answered += 1;
          if (load.acknowledge === true) result.acknowledged.push(id);
        } else {
          result.failed += 1;
          result.firstFailure ??= head;
        }
        if (performance.now() - startedAt >= load.forMs) socket.destroy();
        else ask();
      });
      socket.on(load.ca === undefined ? 'connect' : 'secureConnect', ask);
      socket.on('data', read);
      socket.on('error', () => {});
      socket.on('close', closed);
    }
  });

process.on('message', (load: Load) => {
  void run(load).then((result) => process.send?.(result));
});
