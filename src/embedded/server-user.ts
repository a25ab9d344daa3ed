import { readFile } from 'node:fs/promises';

/** Whom the embedded server runs as, when that is not the user of this process. */
export interface ServerUser {
  readonly name: string;
  readonly uid: number;
  readonly gid: number;
}

/**
 * PostgreSQL refuses to run as root, so root lends the server to the user `postgres`, which every package of the server
 * makes. Any other user runs it as itself: `undefined`.
 *
 * @throws Error when this process is root and the machine has no such user
 */
export async function findServerUser(): Promise<ServerUser | undefined> {
  if (process.getuid?.() !== 0) return undefined;
  for (const line of (await readFile('/etc/passwd', 'utf8')).split('\n')) {
    const [name, , uid, gid] = line.split(':');
    if (name === 'postgres' && uid !== undefined && gid !== undefined) {
      return { name, uid: Number(uid), gid: Number(gid) };
    }
  }
  throw new Error('PostgreSQL does not run as root and there is no user "postgres"; run this as an ordinary user');
}
