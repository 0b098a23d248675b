import { randomUUID } from 'node:crypto';

let lastTime = { ms: Number.NaN, text: '' };

/** The last one is kept: a busy millisecond asks for it again and again. */
const timePart = (nowMs: number): string => {
  if (nowMs === lastTime.ms) return lastTime.text;
  const time = Math.max(0, Math.floor(nowMs)).toString(16).padStart(12, '0').slice(-12);
  lastTime = { ms: nowMs, text: `${time.slice(0, 8)}-${time.slice(8)}-7` };
  return lastTime.text;
};

/** A UUID of version 7: the time first, so that ids sort by age and indexes grow at their end. */
export const newUid = (nowMs: number): string => timePart(nowMs) + randomUUID().slice(15);

// Without vowels and look-alikes: a suffix never spells a word and is read aloud without doubt.
const alphabet = 'bcdfghjklmnpqrstvwxz2456789';

/** Five characters for `generateName`, from the random part of a uid. */
export const nameSuffix = (uid: string): string => {
  let rest = Number.parseInt(uid.replaceAll('-', '').slice(-12), 16);
  let suffix = '';
  for (let index = 0; index < 5; index += 1) {
    suffix += alphabet[rest % alphabet.length];
    rest = Math.floor(rest / alphabet.length);
  }
  return suffix;
};
