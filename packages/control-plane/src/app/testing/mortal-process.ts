import type { Resources } from '@fairway/resources/model';

/** At which act a process dies, counted from 1, and whether before or after it took place. */
export interface Doom {
  act: number;
  moment: 'before' | 'after';
}

/** A process whose acts on everything that outlives it are counted, and which ends at one of them. Whoever waits for a dead process waits for ever. */
export interface MortalProcess {
  isDead(): boolean;
  /** Resolves with the death. */
  death: Promise<void>;
  /** Names of the acts so far. */
  acts: readonly string[];
  act<T>(name: string, work: () => Promise<T>): Promise<T>;
  /** What changes nothing, and so is no act: it has an answer while the process lives. */
  look<T>(work: () => Promise<T>): Promise<T>;
}

const never = <T>(): Promise<T> => new Promise<T>(() => {});

export function createMortalProcess(doom: Doom | undefined): MortalProcess {
  const acts: string[] = [];
  const { promise: death, resolve: die } = Promise.withResolvers<void>();
  let isDead = false;
  const end = <T>(): Promise<T> => {
    isDead = true;
    die();
    return never<T>();
  };
  const look = async <T>(work: () => Promise<T>): Promise<T> => {
    if (isDead) return never();
    // A process that dies while it waits learns of no answer and of no failure.
    const answer = await work().catch((error: unknown) => (isDead ? never<T>() : Promise.reject(error)));
    return isDead ? never() : answer;
  };
  return {
    isDead: () => isDead,
    death,
    acts,
    look,
    act: async (name, work) => {
      if (isDead) return never();
      acts.push(name);
      const isLast = acts.length === doom?.act;
      if (isLast && doom?.moment === 'before') return end();
      try {
        return await look(work);
      } finally {
        // Also after an act that failed: nobody learns of it.
        if (isLast) await end();
      }
    },
  };
}

/** An object as the process reaches it: every asynchronous method is an act, but for those that only look. */
export const handsOf = <T extends object>(
  life: MortalProcess,
  of: { room: string; object: T; looks: readonly (keyof T & string)[] },
): T => {
  const { room, object } = of;
  const looks: readonly string[] = of.looks;
  const methods = Object.entries(object).map(([name, method]) => {
    // What answers no promise reaches nothing.
    if (method?.constructor?.name !== 'AsyncFunction') return [name, method];
    const call = (args: readonly unknown[]): Promise<unknown> => method.apply(object, args);
    return [
      name,
      (...args: unknown[]) => (looks.includes(name) ? life.look(() => call(args)) : life.act(`${room} ${name}`, () => call(args))),
    ];
  });
  return Object.fromEntries(methods) as T;
};

async function* whileAlive<T>(life: MortalProcess, events: AsyncIterable<T>): AsyncGenerator<T> {
  for await (const event of events) {
    if (life.isDead()) await never();
    yield event;
  }
}

/** The store as the process reaches it: commits are acts. */
export const storeOf = (life: MortalProcess, resources: Resources): Resources => ({
  ...resources,
  get: (...args) => life.look(() => resources.get(...args)),
  getText: (...args) => life.look(() => resources.getText(...args)),
  list: (...args) => life.look(() => resources.list(...args)),
  listText: (...args) => life.look(() => resources.listText(...args)),
  listOwned: (...args) => life.look(() => resources.listOwned(...args)),
  reindex: (kind) => life.look(() => resources.reindex(kind)),
  currentVersion: () => life.look(() => resources.currentVersion()),
  watch: (...args) => whileAlive(life, resources.watch(...args)),
  watchGroups: (...args) => whileAlive(life, resources.watchGroups(...args)),
  commit: (cause, ...rest) => life.act(`commit ${cause.action}`, () => resources.commit(cause, ...rest)),
  apply: (cause, ...rest) => life.act(`commit ${cause.action}`, () => resources.apply(cause, ...rest)),
});
