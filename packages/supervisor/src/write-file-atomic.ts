import { mkdir, open, rename } from 'node:fs/promises';
import { dirname } from 'node:path';

/** Written aside, flushed and renamed: a reader sees the old file or the new one, never half of it. */
export async function writeFileAtomic(file: string, text: string, mode = 0o600): Promise<void> {
  await mkdir(dirname(file), { recursive: true, mode: 0o700 });
  const aside = `${file}.${process.pid}.new`;
  const handle = await open(aside, 'w', mode);
  try {
    await handle.writeFile(text);
    await handle.sync();
  } finally {
    await handle.close();
  }
  await rename(aside, file);
}
