/** Time and identity come from outside, so that tests set them. */
export interface Clock {
  /** Epoch milliseconds. */
  now(): number;
  /** Runs `task` once after `delayMs`; the answer cancels it. Does not keep the process alive. */
  after(delayMs: number, task: () => void): () => void;
}

export const systemClock: Clock = {
  now: () => Date.now(),
  after: (delayMs, task) => {
    const timer = setTimeout(task, delayMs);
    timer.unref();
    return () => clearTimeout(timer);
  },
};

let lastSecond = { second: Number.NaN, text: '' };

/** RFC 3339 with seconds, as Kubernetes writes times. The last one is kept: a busy second asks for it hundreds of times. */
export const timestamp = (epochMs: number): string => {
  const second = Math.floor(epochMs / 1000);
  if (second !== lastSecond.second) lastSecond = { second, text: new Date(second * 1000).toISOString().replace('.000Z', 'Z') };
  return lastSecond.text;
};
