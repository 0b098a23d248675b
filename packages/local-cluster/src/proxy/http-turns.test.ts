import assert from 'node:assert/strict';
import { test } from 'node:test';
import { HttpTurns } from './http-turns.ts';

type Step = ['client' | 'server', string];
type State = 'under way' | 'between' | 'last' | 'other';

const get = 'GET /a HTTP/1.1\r\nHost: x\r\n\r\n';
const ok = 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok';
const stateOf = (turns: HttpTurns): State =>
  turns.isOther ? 'other' : turns.isUnderWay ? 'under way' : turns.maySwitch ? 'between' : 'last';

const cases: { because: string; steps: Step[]; state: State }[] = [
  { because: 'nothing has come', steps: [], state: 'between' },
  { because: 'a request waits for its answer', steps: [['client', get]], state: 'under way' },
  { because: 'half a head is a request', steps: [['client', 'GET /']], state: 'under way' },
  {
    because: 'an answer ended',
    steps: [
      ['client', get],
      ['server', ok],
    ],
    state: 'between',
  },
  {
    because: 'a body is not all there',
    steps: [
      ['client', get],
      ['server', ok.slice(0, -1)],
    ],
    state: 'under way',
  },
  {
    because: 'the answer came before the end of the request',
    steps: [
      ['client', 'POST / HTTP/1.1\r\nContent-Length: 5\r\n\r\nhal'],
      ['server', ok],
    ],
    state: 'under way',
  },
  {
    because: 'the answer came first, then the rest of the request',
    steps: [
      ['client', 'POST / HTTP/1.1\r\nContent-Length: 5\r\n\r\nhal'],
      ['server', ok],
      ['client', 'ly'],
    ],
    state: 'between',
  },
  {
    because: 'two requests were sent ahead, one was answered',
    steps: [
      ['client', get + get],
      ['server', ok],
    ],
    state: 'under way',
  },
  {
    because: 'two requests were sent ahead, both were answered',
    steps: [
      ['client', get + get],
      ['server', ok + ok],
    ],
    state: 'between',
  },
  {
    because: 'chunks have an end',
    steps: [
      ['client', 'POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n3;a=b\r\nabc\r\n0\r\n\r\n'],
      ['server', 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nA\r\n0123456789\r\n0\r\nX-Trailer: y\r\n\r\n'],
    ],
    state: 'between',
  },
  {
    because: 'an event stream goes on between its chunks',
    steps: [
      ['client', get],
      ['server', 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n'],
    ],
    state: 'under way',
  },
  {
    because: 'an answer to HEAD has no body whatever its length says',
    steps: [
      ['client', 'HEAD / HTTP/1.1\r\n\r\n'],
      ['server', 'HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n'],
    ],
    state: 'between',
  },
  {
    because: '304 has no body',
    steps: [
      ['client', get],
      ['server', 'HTTP/1.1 304 Not Modified\r\nContent-Length: 9\r\n\r\n'],
    ],
    state: 'between',
  },
  {
    because: '100 is not yet the answer',
    steps: [
      ['client', get],
      ['server', 'HTTP/1.1 100 Continue\r\n\r\n'],
    ],
    state: 'under way',
  },
  {
    because: '103 and the answer after it',
    steps: [
      ['client', get],
      ['server', `HTTP/1.1 103 Early Hints\r\nLink: a\r\n\r\n${ok}`],
    ],
    state: 'between',
  },
  {
    because: 'the server closes after this',
    steps: [
      ['client', get],
      ['server', 'HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 0\r\n\r\n'],
    ],
    state: 'last',
  },
  {
    because: 'the client asked for the end',
    steps: [
      ['client', 'GET / HTTP/1.1\r\nConnection: Close\r\n\r\n'],
      ['server', ok],
    ],
    state: 'last',
  },
  {
    because: 'HTTP/1.0 ends with its answer',
    steps: [
      ['client', 'GET / HTTP/1.0\r\n\r\n'],
      ['server', ok],
    ],
    state: 'last',
  },
  {
    because: 'without a length the answer ends with the connection',
    steps: [
      ['client', get],
      ['server', 'HTTP/1.1 200 OK\r\n\r\nsome'],
    ],
    state: 'under way',
  },
  {
    because: 'a WebSocket is no HTTP any more',
    steps: [
      ['client', 'GET /ws HTTP/1.1\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n'],
      ['server', 'HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n\r\n'],
    ],
    state: 'other',
  },
  { because: 'a tunnel is none either', steps: [['client', 'CONNECT a:1 HTTP/1.1\r\n\r\n']], state: 'other' },
  { because: 'HTTP/2 begins otherwise', steps: [['client', 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n']], state: 'other' },
  { because: 'TLS is not text', steps: [['client', '\x16\x03\x01']], state: 'other' },
  { because: 'a command of another protocol', steps: [['client', 'PING\r\n']], state: 'other' },
  { because: 'binary data may begin with a letter', steps: [['client', 'Q\0\0\0\x0c']], state: 'other' },
  { because: 'a server that greets', steps: [['server', '220 mail ready\r\n']], state: 'other' },
  {
    because: 'two lengths could be read in two ways',
    steps: [['client', 'POST / HTTP/1.1\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n']],
    state: 'other',
  },
  {
    because: 'chunks and a length too',
    steps: [['client', 'POST / HTTP/1.1\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n']],
    state: 'other',
  },
  { because: 'a folded header is obsolete', steps: [['client', 'GET / HTTP/1.1\r\nA: b\r\n c\r\n\r\n']], state: 'other' },
  {
    because: 'a size of a chunk that is no number',
    steps: [['client', 'POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n']],
    state: 'other',
  },
  { because: 'a head without end', steps: [['client', `GET / HTTP/1.1\r\nA: ${'b'.repeat(70_000)}`]], state: 'other' },
];

for (const { because, steps, state } of cases) {
  test(`${state}, in one piece and byte by byte: ${because}`, () => {
    const [whole, pieces] = [new HttpTurns(), new HttpTurns()];
    const feed = (turns: HttpTurns, side: Step[0], bytes: Buffer): void =>
      side === 'client' ? turns.fromClient(bytes) : turns.fromServer(bytes);

    for (const [side, text] of steps) {
      const bytes = Buffer.from(text, 'latin1');
      feed(whole, side, bytes);
      for (const byte of bytes) feed(pieces, side, Buffer.from([byte]));
    }

    assert.equal(stateOf(whole), state);
    assert.equal(stateOf(pieces), state);
  });
}
