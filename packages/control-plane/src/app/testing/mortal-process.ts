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
  /** The object as the process reaches it: every asynchronous method is an act, but for those that only look. */
  hands<T extends object>(room: string, object: T, looks: readonly (keyof T & string)[]): T;
  /** The store as the process reaches it: commits are acts. */
  store(resources: Resources): Resources;
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
  const alive = async <T>(work: () => Promise<T>): Promise<T> => {
    if (isDead) return never();
    // A process that dies while it waits learns of no answer and of no failure.
    const answer = await work().catch((error: unknown) => (isDead ? never<T>() : Promise.reject(error)));
    return isDead ? never() : answer;
  };
  const act = async <T>(name: string, work: () => Promise<T>): Promise<T> => {
    if (isDead) return never();
    acts.push(name);
    const isLast = acts.length === doom?.act;
    if (isLast && doom?.moment === 'before') return end();
    try {
      return await alive(work);
    } finally {
      // Also after an act that failed: nobody learns of it.
      if (isLast) await end();
    }
  };
  const whileAlive = async function* <T>(events: AsyncIterable<T>): AsyncGenerator<T> {
    for await (const event of events) {
      if (isDead) await never();
      yield event;
    }
  };
  return {
    isDead: () => isDead,
    death,
    acts,
    act,
    hands: (room, object, looks) =>
      Object.fromEntries(
        Object.entries(object).map(([name, method]) => {
          // What answers no promise reaches nothing.
          if (method?.constructor?.name !== 'AsyncFunction') return [name, method];
          const call = (...args: unknown[]): Promise<unknown> => method.apply(object, args);
          const isLook = (looks as readonly string[]).includes(name);
          return [name, (...args: unknown[]) => (isLook ? alive(() => call(...args)) : act(`${room} ${name}`, () => call(...args)))];
        }),
      ) as typeof object,
    store: (resources) => ({
      ...resources,
      get: (...args) => alive(() => resources.get(...args)),
      getText: (...args) => alive(() => resources.getText(...args)),
      list: (...args) => alive(() => resources.list(...args)),
      listText: (...args) => alive(() => resources.listText(...args)),
      listOwned: (...args) => alive(() => resources.listOwned(...args)),
      currentVersion: () => alive(() => resources.currentVersion()),
      watch: (...args) => whileAlive(resources.watch(...args)),
      watchGroups: (...args) => whileAlive(resources.watchGroups(...args)),
      commit: (cause, ...rest) => act(`commit ${cause.action}`, () => resources.commit(cause, ...rest)),
      apply: (cause, ...rest) => act(`commit ${cause.action}`, () => resources.apply(cause, ...rest)),
    }),
  };
}
