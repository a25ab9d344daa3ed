import { readFile, writeFile } from 'node:fs/promises';

/** Bytes of a process now (`VmRSS`), or at most since it began or was reset (`VmHWM`); 0 when it is gone. See proc(5). */
export async function memoryOf(pid: number, field: 'VmHWM' | 'VmRSS'): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8').catch(() => '');
  return Number(new RegExp(`^${field}:\\s+(\\d+) kB`, 'm').exec(status)?.[1] ?? 0) * 1024;
}

/** Resets the peak to the current size. */
export async function resetPeakOf(pid: number): Promise<void> {
  await writeFile(`/proc/${pid}/clear_refs`, '5');
}
