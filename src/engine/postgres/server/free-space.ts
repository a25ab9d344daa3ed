import { statfs } from 'node:fs/promises';
import type pg from 'pg';
import type { DatabaseAddress } from '../../address/database-address';

const LOCAL: ReadonlySet<string> = new Set(['localhost', '127.0.0.1', '::1']);

/**
 * Free space where the server keeps its data, bytes; `undefined` where it cannot be known: on another machine, or when
 * the role may not ask or this process may not look.
 */
export async function freeServerBytes(admin: pg.Client, address: DatabaseAddress): Promise<number | undefined> {
  if (!address.places.every(({ host }) => LOCAL.has(host) || host.startsWith('/'))) return undefined;
  try {
    const { rows } = await admin.query<{ path: string }>(`SELECT pg_catalog.current_setting('data_directory') AS path`);
    const { bavail, bsize } = await statfs(rows[0]?.path ?? '');
    return bavail * bsize;
  } catch {
    return undefined;
  }
}
