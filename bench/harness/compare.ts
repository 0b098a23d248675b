import type { LoadDriver } from './drive-load.ts';
import type { Load } from './load-generator.ts';
import { processCpu } from './process-cpu.ts';
import { median, percent, perSecond } from './statistics.ts';

export interface Contestant {
  pid: number;
  /** Further processes behind the port. */
  otherPids?: readonly number[];
  port: number;
  /** The whole request; the peer gets the same bytes. */
  request: string;
  /** The certificate to trust (PEM), where it speaks TLS. */
  ca?: string;
}

export interface Round {
  perSecond: number;
  cpuMicros: number;
  p99Ms: number;
}

export interface Comparison {
  ours: Round;
  peer: Round;
  /** Median of the rounds' ratios: what slows the machine for a moment slows both of a round. */
  ratio: number;
  note: string;
}

// Until both are compiled, which is told by the number of requests and not by the clock: on a busy machine a second holds few of them.
const warmUpRequests = 8_000;
const warmUpSliceMs = 1_000;
const warmUpSlices = 10;
// Many short ones: what slows the machine for a second then touches few of them.
const roundMs = 500;
const rounds = 10;

/** Lets both answer the same load in turns. */
export const compare = async (
  driver: LoadDriver,
  { ours, peer, connections }: { ours: Contestant; peer: Contestant; connections: number },
): Promise<Comparison> => {
  let firstId = 0;
  let answers = 0;
  const run = async ({ pid, otherPids = [], port, request, ca }: Contestant, forMs: number): Promise<Round> => {
    const load: Load = { port, connections, forMs, request, firstId, ...(ca === undefined ? {} : { ca }) };
    const cpuOfAll = (): number => [pid, ...otherPids].reduce((sum, one) => sum + processCpu(one), 0);
    const cpu = cpuOfAll();
    const { answered, failed, elapsedMs, p99Ms, firstFailure } = await driver.drive(load);
    answers += answered;
    if (failed > 0) throw new Error(`${failed} of ${answered + failed} requests failed: ${firstFailure}`);
    firstId += answered + connections;
    return { perSecond: (answered / elapsedMs) * 1_000, cpuMicros: (cpuOfAll() - cpu) / answered, p99Ms };
  };
  for (const contestant of [ours, peer]) {
    answers = 0;
    for (let slice = 0; slice < warmUpSlices && answers < warmUpRequests; slice += 1) await run(contestant, warmUpSliceMs);
  }
  const all: { ours: Round; peer: Round }[] = [];
  for (let round = 0; round < rounds; round += 1) all.push({ ours: await run(ours, roundMs), peer: await run(peer, roundMs) });
  const ratios = all.map((round) => round.ours.perSecond / round.peer.perSecond);
  const middle = (side: 'ours' | 'peer'): Round => ({
    perSecond: median(all.map((round) => round[side].perSecond)),
    cpuMicros: median(all.map((round) => round[side].cpuMicros)),
    p99Ms: median(all.map((round) => round[side].p99Ms)),
  });
  const found = { ours: middle('ours'), peer: middle('peer'), ratio: median(ratios) };
  const cpu = found.peer.cpuMicros / found.ours.cpuMicros;
  const spread = `${percent(Math.min(...ratios))}–${percent(Math.max(...ratios))}`;
  return { ...found, note: `${rounds} rounds of ${roundMs} ms, ${connections} connections, ratios ${spread}, by CPU ${percent(cpu)}` };
};

export const shown = (round: Round): string => `${perSecond(round.perSecond)}, ${Math.round(round.cpuMicros)} CPU-µs`;
