import type { ClientRequest, IncomingMessage } from 'node:http';

/** Memory for bodies that may have to be sent again, shared by all requests. */
export interface ReplayBudget {
  /** Most bytes of one body. */
  perBody: number;
  left: number;
}

/**
 * A request's body on its way upstream. It streams at the speed of the slower side; what fits into the budget is kept until the answer begins,
 * so that a failed attempt can be repeated from the first byte.
 */
export class RequestBody {
  readonly #request: IncomingMessage;
  readonly #budget: ReplayBudget;
  readonly #onActivity: () => void;
  #kept: Buffer[] | undefined = [];
  #keptBytes = 0;
  #sink: ClientRequest | undefined;
  #isStarted = false;
  #isEnded = false;

  constructor(request: IncomingMessage, budget: ReplayBudget, onActivity: () => void) {
    this.#request = request;
    this.#budget = budget;
    this.#onActivity = onActivity;
  }

  /** The client has sent all of it. */
  get isEnded(): boolean {
    return this.#isEnded;
  }

  /** Another attempt would get every byte. */
  get canReplay(): boolean {
    return this.#kept !== undefined;
  }

  /** Sends what is kept and everything that follows. */
  sendTo(sink: ClientRequest): void {
    this.#sink = sink;
    for (const chunk of this.#kept ?? []) sink.write(chunk);
    if (this.#isEnded) {
      this.#endSink(sink);
      return;
    }
    if (!this.#isStarted) this.#start();
    else this.#request.resume();
  }

  /** Stops sending; the client is not read any further. */
  detach(): void {
    this.#sink = undefined;
    if (this.#isStarted && !this.#isEnded) this.#request.pause();
  }

  /** The answer has begun: nothing is sent again. */
  forget(): void {
    this.#budget.left += this.#keptBytes;
    this.#keptBytes = 0;
    this.#kept = undefined;
  }

  #start(): void {
    this.#isStarted = true;
    this.#request.on('data', (chunk: Buffer) => this.#take(chunk));
    this.#request.on('end', () => {
      this.#isEnded = true;
      if (this.#sink !== undefined) this.#endSink(this.#sink);
    });
  }

  #take(chunk: Buffer): void {
    this.#onActivity();
    if (this.#kept !== undefined) this.#keep(this.#kept, chunk);
    const sink = this.#sink;
    if (sink === undefined || sink.destroyed) return;
    if (sink.write(chunk)) return;
    this.#request.pause();
    sink.once('drain', () => {
      if (this.#sink === sink) this.#request.resume();
    });
  }

  #keep(kept: Buffer[], chunk: Buffer): void {
    const bytes = chunk.byteLength;
    if (this.#keptBytes + bytes > this.#budget.perBody || bytes > this.#budget.left) {
      this.forget();
      return;
    }
    kept.push(chunk);
    this.#keptBytes += bytes;
    this.#budget.left -= bytes;
  }

  #endSink(sink: ClientRequest): void {
    const trailers = this.#request.rawTrailers;
    if (trailers.length > 0) sink.addTrailers(pairsOf(trailers));
    sink.end();
  }
}

/** A flat list of names and values as the pairs that `addTrailers` takes. */
export function pairsOf(flat: readonly string[]): [string, string][] {
  const pairs: [string, string][] = [];
  for (let index = 0; index + 1 < flat.length; index += 2) pairs.push([flat[index] ?? '', flat[index + 1] ?? '']);
  return pairs;
}
