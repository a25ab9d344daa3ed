import type { FileHandle } from 'node:fs/promises';
import { systemCode } from '../storage/file-fault';
import type { FilesReport } from './files-report';
import type { Attributes } from './tar/tar-entry';
import { NS_PER_SECOND } from './tar/nanoseconds';

const SET_USER_ID = 0o4000;
const SET_GROUP_ID = 0o2000;
/** EINVAL: a number that this user namespace does not know. */
const NOT_ALLOWED: ReadonlySet<unknown> = new Set(['EPERM', 'EINVAL', 'ENOTSUP', 'EOPNOTSUPP']);

interface Owner {
  readonly uid: number;
  readonly gid: number;
}

/**
 * Gives an open file or directory its owner, permissions and time. Where the process may not give files away the owner stays, and
 * with it goes the right to run as that owner.
 *
 * @param name for the report
 */
export async function giveAttributes(
  handle: FileHandle,
  attributes: Attributes,
  name: Buffer,
  report: FilesReport,
): Promise<void> {
  const { mode, mtimeNs } = attributes;
  const owner = await giveOwner(
    attributes,
    await handle.stat(),
    (uid, gid) => handle.chown(uid, gid),
    () => report.add('owners and groups, which only root can give', name),
  );
  const refusedBits =
    (owner.uid === attributes.uid ? 0 : mode & SET_USER_ID) | (owner.gid === attributes.gid ? 0 : mode & SET_GROUP_ID);
  if (refusedBits !== 0) report.add('set-user-id and set-group-id bits of files whose owner is another one now', name);
  await handle.chmod(mode & ~refusedBits);
  await handle.utimes(seconds(mtimeNs), seconds(mtimeNs));
}

/**
 * Gives something its owner and group, or at least its group.
 *
 * @param refused called when it has not got both
 * @returns whose it is now
 */
export async function giveOwner(
  { uid, gid }: Owner,
  now: Owner,
  give: (uid: number, gid: number) => Promise<void>,
  refused: () => void,
): Promise<Owner> {
  if (now.uid === uid && now.gid === gid) return { uid, gid };
  if (await succeeds(() => give(uid, gid))) return { uid, gid };
  refused();
  // A member of the group may give it.
  const hasGroup = now.gid === gid || (await succeeds(() => give(now.uid, gid)));
  return { uid: now.uid, gid: hasGroup ? gid : now.gid };
}

/** As Node takes times; it keeps a quarter of a microsecond. */
export function seconds(timeNs: bigint): number {
  return Number(timeNs / NS_PER_SECOND) + Number(timeNs % NS_PER_SECOND) / 1e9;
}

async function succeeds(act: () => Promise<void>): Promise<boolean> {
  try {
    await act();
    return true;
  } catch (error) {
    if (NOT_ALLOWED.has(systemCode(error))) return false;
    throw error;
  }
}
