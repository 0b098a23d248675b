import { type BodyLength, type Head, HttpFramer, lengthOf } from './http-framer.ts';

/** Requests that were sent ahead of their answers; a client that sends more is not followed any further. */
const maxPipelined = 64;

const requestLine = /^[A-Z][A-Z-]{0,31} \S+ HTTP\/1\.[01]$/;
const statusLine = /^HTTP\/1\.[01] [1-9]\d\d(?: .*)?$/;

const words = (values: readonly string[] = []): string[] =>
  values.flatMap((value) => value.toLowerCase().split(',')).map((word) => word.trim());

/**
 * Whose turn it is on a connection, as far as it speaks HTTP/1: whether a request is under way, and whether the next one may go to another server.
 * Of any other protocol it knows nothing, and says so.
 */
export class HttpTurns {
  /** Methods of the requests whose answers have not ended. */
  readonly #open: string[] = [];
  /** A side has said that the connection ends with this exchange. */
  #isLast = false;
  #isLost = false;
  readonly #requests = new HttpFramer({ startLine: requestLine, onHead: (head) => this.#onRequest(head), onEnd: () => {} });
  readonly #answers = new HttpFramer({ startLine: statusLine, onHead: (head) => this.#onAnswer(head), onEnd: () => this.#onAnswerEnd() });
  #isInterim = false;

  fromClient(chunk: Buffer): void {
    if (this.isOther) return;
    this.#requests.feed(chunk);
  }

  fromServer(chunk: Buffer): void {
    if (this.isOther) return;
    // A server that speaks first, or more than it was asked, speaks something else.
    if (this.#open.length === 0) this.#isLost = true;
    else this.#answers.feed(chunk);
  }

  /** Not HTTP/1, or no longer: a tunnel, a WebSocket, or something that could be read in two ways. */
  get isOther(): boolean {
    return this.#isLost || this.#requests.isLost || this.#answers.isLost;
  }

  /** A request has begun to come, and its answer has not ended. */
  get isUnderWay(): boolean {
    return !this.isOther && (this.#open.length > 0 || !this.#requests.isBetween);
  }

  /** The next request, if there is one, may go to another server: nothing of it has been sent, and nothing of the one before is missing. */
  get maySwitch(): boolean {
    return !this.isOther && !this.#isLast && this.#open.length === 0 && this.#requests.isBetween;
  }

  #onRequest({ start, headers }: Head): BodyLength | undefined {
    const [method = ''] = start.split(' ', 1);
    const length = lengthOf({ start, headers });
    const connection = words(headers.get('connection'));
    if (method === 'CONNECT' || length === 'strange' || this.#open.length === maxPipelined) return undefined;
    if (start.endsWith('/1.0') || connection.includes('close')) this.#isLast = true;
    this.#open.push(method);
    return length ?? 0;
  }

  #onAnswer({ start, headers }: Head): BodyLength | undefined {
    const status = Number(start.slice(9, 12));
    this.#isInterim = status < 200;
    // Switching Protocols: what follows is another protocol.
    if (status === 101) return undefined;
    if (this.#isInterim) return 0;
    const length = lengthOf({ start, headers });
    if (length === 'strange') return undefined;
    if (start.startsWith('HTTP/1.0') || words(headers.get('connection')).includes('close')) this.#isLast = true;
    if (this.#open[0] === 'HEAD' || status === 204 || status === 304) return 0;
    if (length === undefined) this.#isLast = true;
    return length ?? 'until-end';
  }

  #onAnswerEnd(): void {
    if (!this.#isInterim) this.#open.shift();
  }
}
