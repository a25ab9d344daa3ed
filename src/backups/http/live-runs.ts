import { LiveRows } from '../../kernel/http/live-rows';
import type { Caller } from '../../kernel/request/caller';
import type { RunStatus } from '../catalogue/backup.entity';
import { isFinal } from '../catalogue/run-status';

/** What of a run a caller is shown besides what all see. */
export interface Sees {
  /** What a server, a program or the system said. */
  readonly causes: boolean;
}

/** What a server or the system has said is for those who could do something about it. */
export function seenBy({ permissions }: Caller): Sees {
  return { causes: permissions.has('backups.restore') };
}

/** A row that is watched until its run has ended: a backup, or a restore run. */
interface Run {
  readonly status: RunStatus;
  readonly updatedAt: Date;
}

/**
 * Runs that are watched while they change. Those who see the same watch the same rows.
 *
 * @param view a run as its own route shows it
 */
export function liveRuns<Row extends Run>(
  get: (id: number) => Promise<Row>,
  view: (run: Row, sees: Sees) => object,
): (sees: Sees) => LiveRows {
  const watchedBy = (sees: Sees): LiveRows =>
    new LiveRows(async (id) => {
      const run = await get(id);
      return {
        version: run.updatedAt.getTime(),
        json: JSON.stringify({ item: view(run, sees) }),
        isEnded: isFinal(run.status),
      };
    });
  const [withCauses, withoutCauses] = [watchedBy({ causes: true }), watchedBy({ causes: false })];
  return ({ causes }) => (causes ? withCauses : withoutCauses);
}
