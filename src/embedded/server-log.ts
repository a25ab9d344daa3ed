import { readFile } from 'node:fs/promises';

/** The last lines of a log, for the message of an error. */
export async function lastLines(logPath: string): Promise<string> {
  try {
    return (await readFile(logPath, 'utf8')).trimEnd().split('\n').slice(-10).join('\n');
  } catch {
    return 'no log was written';
  }
}
