import { testManifest } from '../../../../test/support/containers';
import { inPublic } from '../../../../test/support/in-public';
import { problem, warning, type Finding } from '../../findings/finding';
import type { BackupIndex } from '../../container/read/backup-reader';
import { spaceFindings } from './space-findings';

const MB = 1_000_000;

/** A database of 5 MB on the disk, of which 4 MB are tables, and 3 MB of rows in the container. */
function index(): BackupIndex {
  const manifest = testManifest();
  const stream = {
    id: 0,
    compression: 'none' as const,
    plain_sha256: '',
    stored_size: 0,
    segments: 1,
    frame_offsets: '',
  };
  return {
    format: 2,
    ...manifest,
    database: { ...manifest.database, size_bytes: 5 * MB },
    tables: [
      { rows: 1, schema: 'public', name: 'a', bytes: 3 * MB },
      { rows: 1, schema: 'public', name: 'b', bytes: MB },
      { rows: 1, schema: 'other', name: 'a', bytes: 9 },
    ],
    streams: [
      { ...stream, name: 'schema', kind: 'schema', plain_size: 50 * MB },
      { ...stream, name: 'data/0', kind: 'data', plain_size: 2 * MB },
      { ...stream, name: 'data/1', kind: 'data', plain_size: MB },
    ],
  };
}

describe('the room that a restore needs', () => {
  it.each<[string, number | undefined, readonly string[] | undefined, Finding[]]>([
    ['it is not known', undefined, undefined, []],
    ['there is enough', 5 * MB, undefined, []],
    [
      'less is free than the database has on its disk',
      5 * MB - 1,
      undefined,
      [warning('server.little_room', { free: 5, needed: 5 })],
    ],
    ['as much is free as its rows have', 3 * MB, undefined, [warning('server.little_room', { free: 3, needed: 5 })]],
    ['not even its rows fit', 3 * MB - 1, undefined, [problem('server.little_room', { free: 3, needed: 5 })]],
    ['the tables of a scope fit', MB, ['b'], []],
    ['the tables of a scope do not fit', MB - 1, ['b'], [problem('server.little_room', { free: 1, needed: 1 })]],
    ['only public tables are in a scope', 3 * MB, ['a'], []],
    ['a scope has no table', 0, ['none'], []],
  ])('where %s', (_, freeBytes, scope, found) => {
    const scopeTables = scope && inPublic(...scope);
    expect(spaceFindings({ freeBytes, scopeTables, index: index() })).toEqual(found);
  });
});
