import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import type { Log } from '@fairway/resources/log';
import type { RouteTable } from '../routes/route-table.ts';
import type { ChooseEndpoint } from './choose-endpoint.ts';
import type { HoldQueue } from './hold-queue.ts';
import type { Identify } from './identify-request.ts';
import type { Limits } from './limits.ts';
import type { ReplayBudget } from './request-body.ts';
import type { Upstreams } from './upstreams.ts';

export interface Figures {
  begin(): void;
  end(outcome: { route: string; status: number; isOwn: boolean; seconds: number }): void;
  retried(): void;
}

export interface ExchangeDeps {
  table: () => RouteTable | undefined;
  choose: ChooseEndpoint;
  upstreams: Upstreams;
  holds: HoldQueue;
  budget: ReplayBudget;
  limits: Limits;
  identify: Identify;
  figures: Figures;
  /** Epoch ms. */
  now: () => number;
  /** Monotonic, in ms with fractions. */
  elapsed: () => number;
  log: Log;
  trustForwarded: boolean;
  /** Value of the header that marks the gateway's own answers. */
  installation: string;
  /** Told when an exchange is over, once. */
  onEnd: (exchange: Running) => void;
}

/** An exchange as those see it who only watch over it. */
export interface Running {
  readonly response: ServerResponse;
  sweep(now: number): void;
}

/** How the client's side came in. */
export interface Incoming {
  request: IncomingMessage;
  response: ServerResponse;
  expectsContinue: boolean;
  /** Set for an Upgrade: what to do when the upstream agrees. */
  onUpgrade?: (answer: IncomingMessage, socket: Socket, head: Buffer) => void;
}
