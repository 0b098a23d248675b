/**
 * Runs in a process of its own and asks one server as fast as it answers, over connections that stay open.
 * Told by message: a token in the arguments would stand in the list of processes.
 */
import { connect } from 'node:net';
import { createAnswerReader } from './answer-reader.ts';

export interface Load {
  port: number;
  connections: number;
  forMs: number;
  /** The whole request. `{id}` stands for six characters that no other request of this run has. */
  request: string;
  /** Of ids; a prefix of the round. */
  firstId: number;
  /** Also tells the ids whose requests were answered with success, and takes a broken connection for the end. */
  acknowledge?: boolean;
}

export interface LoadResult {
  answered: number;
  failed: number;
  elapsedMs: number;
  acknowledged: string[];
  firstFailure?: string;
}

export const loadId = (number: number): string => number.toString(36).padStart(6, '0');

const run = (load: Load): Promise<LoadResult> =>
  new Promise((resolve) => {
    const parts = load.request.split('{id}');
    const fixed = Buffer.from(load.request);
    const result: LoadResult = { answered: 0, failed: 0, elapsedMs: 0, acknowledged: [] };
    let next = load.firstId;
    let open = load.connections;
    const startedAt = performance.now();
    const closed = (): void => {
      open -= 1;
      if (open > 0) return;
      result.elapsedMs = performance.now() - startedAt;
      resolve(result);
    };
    for (let index = 0; index < load.connections; index += 1) {
      const socket = connect(load.port, '127.0.0.1');
      socket.setNoDelay(true);
      let id = '';
      const ask = (): void => {
        if (parts.length === 1) {
          socket.write(fixed);
          return;
        }
        id = loadId(next);
        next += 1;
        socket.write(parts.join(id));
      };
      const read = createAnswerReader((status, head) => {
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
      socket.on('connect', ask);
      socket.on('data', read);
      socket.on('error', () => {});
      socket.on('close', closed);
    }
  });

process.on('message', (load: Load) => {
  void run(load).then((result) => process.send?.(result));
});
