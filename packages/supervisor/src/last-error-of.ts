import { open } from 'node:fs/promises';

// The end of a log is enough: what ended a program stands last.
const tailBytes = 16_384;
const maxChars = 500;

/** The message of the last error in a log of JSON lines; else of its last line (a crash of the runtime itself). Undefined for an empty or absent one. */
export async function lastErrorOf(file: string): Promise<string | undefined> {
  const lines = (await tailOf(file)).split('\n').filter((line) => line.trim() !== '');
  for (const line of lines.toReversed()) {
    const message = errorIn(line);
    if (message !== undefined) return message.slice(0, maxChars);
  }
  return lines.findLast((line) => !line.startsWith('{') && /\w*Error\b.*:/.test(line))?.slice(0, maxChars);
}

function errorIn(line: string): string | undefined {
  try {
    const { level, msg, error } = JSON.parse(line) as { level?: unknown; msg?: unknown; error?: unknown };
    if (level !== 'error' && level !== 'fatal') return undefined;
    const cause = typeof error === 'string' ? error : (error as { message?: unknown } | undefined)?.message;
    return [msg, cause].filter((part) => typeof part === 'string').join(': ');
  } catch {
    return undefined;
  }
}

async function tailOf(file: string): Promise<string> {
  const handle = await open(file, 'r').catch(() => undefined);
  if (handle === undefined) return '';
  try {
    const { size } = await handle.stat();
    const length = Math.min(size, tailBytes);
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(length), 0, length, size - length);
    return buffer.toString('utf8', 0, bytesRead);
  } finally {
    await handle.close();
  }
}
